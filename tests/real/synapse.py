"""A real homeserver (Synapse, which pip installs into .venv-real) on loopback, started and ended by a test."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.matrix_people import Member, Place

NAME = "real.example"
SECRET = "a-secret-of-this-test"
LONGEST_START = 60.0
FAST = {"per_second": 10_000, "burst_count": 10_000}


@contextmanager
def running_synapse(python: Path, folder: Path) -> Iterator[Place]:
    """Start Synapse with its files in a folder, register three people, and end it."""
    port = _free_port()
    config = _configuration(folder, port)
    command = [str(python), "-m", "synapse.app.homeserver", "--config-path", str(config)]
    subprocess.run([*command, "--generate-keys"], check=True, capture_output=True, cwd=folder, timeout=60)
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        url = f"http://127.0.0.1:{port}"
        with closing(Http(LOOPBACK_ONLY, deadline=timedelta(seconds=20))) as http:
            _wait_for(port, process, folder / "output.log")
            ana, ben, us = (_registered(url, name, http) for name in ("ana", "ben", "us"))
            yield Place(NAME, url, ana, ben, us, http)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _configuration(folder: Path, port: int) -> Path:
    """Write a configuration: one listener on loopback, nobody else to talk to, no limits that a test would meet."""
    limits = dict.fromkeys(("rc_message", "rc_registration", "rc_admin_redaction", "rc_room_creation"), FAST)
    told = {
        "server_name": NAME,
        "pid_file": str(folder / "synapse.pid"),
        "listeners": [
            {
                "port": port,
                "type": "http",
                "bind_addresses": ["127.0.0.1"],
                "resources": [{"names": ["client"]}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "report_stats": False,
        "registration_shared_secret": SECRET,
        "macaroon_secret_key": SECRET,
        "form_secret": SECRET,
        **limits,
        "rc_joins": {"local": FAST, "remote": FAST},
        "rc_invites": {"per_room": FAST, "per_user": FAST, "per_issuer": FAST},
    }
    path = folder / "homeserver.yaml"
    path.write_text(json.dumps(told), encoding="utf-8")  # JSON is YAML
    return path


def _registered(url: str, name: str, http: Http) -> Member:
    """Register somebody by the shared secret, as register_new_matrix_user does."""
    address = f"{url}/_synapse/admin/v1/register"
    nonce = json.loads(http.get(address).body)["nonce"]
    password = "not-a-secret"
    signed = "\0".join([nonce, name, password, "notadmin"]).encode()
    told = {
        "nonce": nonce,
        "username": name,
        "password": password,
        "admin": False,
        "mac": hmac.new(SECRET.encode(), signed, hashlib.sha1).hexdigest(),
    }
    answer = http.request(
        "POST", address, headers={"Content-Type": "application/json"}, body=json.dumps(told).encode()
    )
    assert answer.status == 200, answer.body
    return Member(url, f"@{name}:{NAME}", json.loads(answer.body)["access_token"], http)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + LONGEST_START
    while time.monotonic() < ends:
        assert process.poll() is None, f"Synapse ended by itself: {log.read_text()[-2000:]}"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        threading.Event().wait(0.1)
    raise AssertionError(f"Synapse did not start: {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
