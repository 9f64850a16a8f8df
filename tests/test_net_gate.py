"""The gate at socket.connect holds whatever client a library brings along."""

from __future__ import annotations

import asyncio
import http.client
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from errors import NeedsAttention
from net import gate
from net.gate import LOOPBACK_ONLY, Rules, guard, guarded, unguard
from net.http import Http
from tests.scripted import Answer, ScriptedServer

PUBLIC = Rules()

vars(gate._hook)["__cantrace__"] = True  # else Python hides the hook from coverage


def by_http_client(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.close()


def by_create_connection(port: int) -> None:
    socket.create_connection(("localhost", port), timeout=5).close()


def by_connect_ex(port: int) -> None:
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", port)) == 0


def by_asyncio(port: int) -> None:
    async def ask() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()

    asyncio.run(ask())


def by_datagram(port: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("127.0.0.1", port))


def by_message(port: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendmsg([b"x"], [], 0, ("127.0.0.1", port))


def by_mapped_address(port: int) -> None:
    with socket.socket(socket.AF_INET6) as sock:
        sock.connect(("::ffff:127.0.0.1", port))


WAYS = [
    by_http_client,
    by_create_connection,
    by_connect_ex,
    by_asyncio,
    by_datagram,
    by_message,
    by_mapped_address,
]


@pytest.mark.parametrize("reach", WAYS)
def test_holds_every_client_to_the_rules(server: ScriptedServer, reach: Callable[[int], None]) -> None:
    """faults.md 1, 8."""
    with guarded(PUBLIC), pytest.raises(NeedsAttention, match="private address refused"):
        reach(server.port)

    assert server.requests == []


@pytest.mark.parametrize("reach", WAYS)
def test_lets_pass_what_the_rules_allow(server: ScriptedServer, reach: Callable[[int], None]) -> None:
    with guarded(Rules(allow_private_networks=True)):
        reach(server.port)
    with guarded(LOOPBACK_ONLY):
        reach(server.port)
    with guarded(PUBLIC, trusted=[("127.0.0.1", server.port), ("::ffff:127.0.0.1", server.port)]):
        reach(server.port)
    reach(server.port)


def test_a_mail_server_of_the_file_is_trusted_and_its_neighbour_is_not(server: ScriptedServer) -> None:
    """faults.md 8."""
    with ScriptedServer() as mail:
        with guarded(PUBLIC, trusted=[("LocalHost", mail.port)]):
            socket.create_connection(("localhost", mail.port), timeout=5).close()
            with pytest.raises(NeedsAttention, match=f"127.0.0.1:{server.port}: private"):
                smtplib.SMTP("127.0.0.1", server.port, timeout=5)


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"])
def test_refuses_without_a_packet_and_leaves_no_socket_open(host: str) -> None:
    """faults.md 1."""
    sock = socket.socket()

    with guarded(PUBLIC), pytest.raises(NeedsAttention, match="refused"):
        sock.connect((host, 80))

    assert sock.fileno() == -1


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "", "<broadcast>"])
def test_refuses_names_that_could_lead_elsewhere_after_the_check(host: str) -> None:
    """faults.md 2, 4."""
    with guarded(LOOPBACK_ONLY), socket.socket() as sock, pytest.raises(NeedsAttention, match="by name"):
        sock.connect((host, 80))


@pytest.mark.parametrize("name", ["feeds.example", "93.184.216.34", b"feeds.example"])
def test_loopback_only_asks_no_resolver(name: str | bytes) -> None:
    """faults.md 62."""
    with guarded(LOOPBACK_ONLY), pytest.raises(NeedsAttention, match="only this machine itself"):
        socket.getaddrinfo(name, 80)
    with guarded(LOOPBACK_ONLY), pytest.raises(NeedsAttention, match="only this machine itself"):
        socket.gethostbyname(name if isinstance(name, str) else name.decode())


def test_loopback_only_knows_this_machine() -> None:
    with guarded(LOOPBACK_ONLY):
        assert socket.getaddrinfo("localhost", 80)
        assert socket.getaddrinfo(None, 80)
        assert socket.getaddrinfo("127.0.0.1", 80)


def test_holds_in_every_thread(server: ScriptedServer) -> None:
    caught: list[BaseException] = []

    def reach() -> None:
        try:
            by_create_connection(server.port)
        except NeedsAttention as error:
            caught.append(error)

    with guarded(PUBLIC):
        thread = threading.Thread(target=reach)
        thread.start()
        thread.join(5)

    assert len(caught) == 1


def test_unix_sockets_stay_on_this_machine_and_pass(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as sock:
        listening.bind(path)
        listening.listen()
        with guarded(PUBLIC):
            sock.connect(path)
        with guarded(LOOPBACK_ONLY):
            first, second = socket.socketpair()
            first.close()
            second.close()


def test_inner_rules_give_way_to_the_outer_ones_again(server: ScriptedServer) -> None:
    with guarded(PUBLIC):
        with guarded(LOOPBACK_ONLY):
            by_create_connection(server.port)
        with pytest.raises(NeedsAttention):
            by_create_connection(server.port)

    by_create_connection(server.port)


def test_stays_until_it_is_taken_back(server: ScriptedServer) -> None:
    guard(PUBLIC)
    try:
        with pytest.raises(NeedsAttention):
            by_create_connection(server.port)
    finally:
        unguard()

    by_create_connection(server.port)


def test_the_stricter_of_client_and_gate_decides(server: ScriptedServer) -> None:
    server.route("/", Answer(body="ok"))
    http = Http(LOOPBACK_ONLY)

    with guarded(PUBLIC), pytest.raises(NeedsAttention, match="private address refused"):
        http.get(server.url)
    with guarded(LOOPBACK_ONLY):
        assert http.get(server.url).body == b"ok"
    http.close()


def test_a_process_without_rules_is_not_watched() -> None:
    code = "import sys, net.gate; print(net.gate._installed)"
    folder = Path(__file__).resolve().parent.parent

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=30, check=True
    )

    assert done.stdout.strip() == "False"
