"""A real mail server (pymap) on loopback, and in front of it one that breaks as a test tells it to."""

from __future__ import annotations

import imaplib
import itertools
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from collectors.contract import Reach
from collectors.contract_suite import NOW, Fault, Post, World
from collectors.imap import Imap
from model import Secret
from net.addresses import LOOPBACK_ONLY
from net.http import Http

USER, PASSWORD = "listener", "canary-imap-password"
LONGEST_START = 30.0
_numbers = itertools.count(1)


@dataclass
class Pymap:
    """A running pymap with one account; ``certificate`` where it offers STARTTLS."""

    port: int
    certificate: Path | None = None
    box: Any = None

    def folder(self) -> str:
        """Make a mailbox that no other test has, and return its name."""
        name = f"list-{next(_numbers)}"
        self.box.create(name)
        return name

    def add(self, folder: str, letter: bytes | str, *, at: datetime = NOW) -> None:
        """Deliver a letter; the server's own date is ``at``."""
        told = letter if isinstance(letter, bytes) else letter.encode()
        told = re.sub(rb"\r?\n", b"\r\n", told)
        months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
        at = at.astimezone(UTC)
        moment = f'"{at.day:02d}-{months[at.month - 1]}-{at.year} {at:%H:%M:%S} +0000"'
        status, words = self.box.append(folder, "", moment, told)
        assert status == "OK", words

    def number_anew(self, folder: str) -> None:
        """Take a mailbox away and put an empty one of the same name in its place: another UIDVALIDITY."""
        before = self.validity(folder)
        while self.validity(folder) == before:
            self.box.delete(folder)
            self.box.create(folder)

    def validity(self, folder: str) -> bytes:
        status, told = self.box.status(folder, "(UIDVALIDITY)")
        assert status == "OK"
        return bytes(told[0])

    def seen(self, folder: str) -> list[bytes]:
        """Return the numbers of the letters that somebody marked as read."""
        self.box.select(folder, readonly=True)
        found = self.box.uid("SEARCH", "SEEN")[1][0].split()
        self.box.close()
        return list(found)


@contextmanager
def running_pymap(*, certificate: Path | None = None, key: Path | None = None) -> Iterator[Pymap]:
    """Start pymap on a free port of loopback, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tls = ["--cert", str(certificate), "--key", str(key)] if certificate else ["--no-tls"]
    command = [sys.executable, "-c", "from pymap.main import main; main()", "--host", "127.0.0.1"]
    command += ["--port", str(port), *tls, "--no-service", "managesieve", "--no-service", "admin"]
    command += ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        box = _signed_in(port)
        yield Pymap(port, certificate, box)
        with suppress(imaplib.IMAP4.error, OSError):
            box.logout()
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + LONGEST_START
    while time.monotonic() < ends:
        assert process.poll() is None, "pymap ended by itself"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        threading.Event().wait(0.02)
    raise AssertionError("pymap did not start")


def _signed_in(port: int) -> imaplib.IMAP4:
    box = imaplib.IMAP4("127.0.0.1", port)
    box.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a letter took 48 ms without, measured
    box.login(USER, PASSWORD)
    return box


def letter(
    number: int,
    text: str,
    *,
    at: datetime = NOW - timedelta(hours=1),
    headers: Mapping[str, str] | None = None,
) -> str:
    """Return a letter as a list sends it; a header given as "" is left out."""
    told = {
        "From": "Ana Ruiz <ana@northside.example>",
        "To": "foodbanks@lists.example",
        "Subject": f"[foodbanks] Letter {number}",
        "Date": format_datetime(at),
        "Message-ID": f"<letter-{number}@northside.example>",
        "List-Id": "Food banks <foodbanks.lists.example>",
        "Content-Type": "text/plain; charset=utf-8",
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\n" for name, value in told.items() if value)
    return f"{head}\n{text}\n"


def imap(port: int, folder: str, **changed: Any) -> Imap:
    """Return a collector of one mailbox there."""
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "username": USER,
        "password": Secret(PASSWORD),
        "mailbox": folder,
    }
    return Imap(**{**settings, **changed})


def reach(*, now: datetime = NOW, authorities: Path | None = None) -> Reach:
    """Return what a collector is lent: it reaches loopback only, and its clock stands still."""
    return Reach(http=Http(LOOPBACK_ONLY, authorities=authorities), now=lambda: now, ours={})


def throttled(pause: timedelta) -> Mapping[str, str]:
    """Ask for a pause as Exchange does."""
    return {"backoff": str(int(pause.total_seconds() * 1000))}


REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("LOGIN", "NO [AUTHENTICATIONFAILED] no"),
    403: ("EXAMINE", "NO [NOPERM] no"),
    404: ("EXAMINE", "NO [NONEXISTENT] no such mailbox"),
    410: ("LOGIN", "NO [EXPIRED] the account is closed"),
    500: ("LOGIN", "NO [SERVERBUG] oops"),
    504: ("LOGIN", "NO [UNAVAILABLE] try again"),
}


@contextmanager
def acted_mailbox(server: Pymap, world: World) -> Iterator[Mapping[str, object]]:
    """Keep the World as a mailbox of a real server, behind a front that acts its faults."""
    folder = server.folder()
    delivered: set[object] = set()

    def deliver() -> None:
        for post in world.posts:
            if post.number not in delivered:
                server.add(folder, _posted(post), at=post.at)
                delivered.add(post.number)
        if world.has_bad_item and "bad" not in delivered:
            server.add(folder, b"X-Nothing: here\r\n\r\n")
            delivered.add("bad")

    def meet(client: socket.socket) -> None:
        if world.fault is None or world.fault.cut_after is not None:
            deliver()
            relay(client, server.port, cut_after=world.fault.cut_after if world.fault else None)
        else:
            act(client, world.fault)

    with front(meet) as port:
        yield {
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "username": USER,
            "password": Secret(PASSWORD),
            "mailbox": folder,
        }


def _posted(post: Post) -> str:
    headers = {"From": f"{post.author} <{post.author}@lists.example>"}
    return letter(post.number, post.text, at=post.at, headers=headers)


@contextmanager
def front(meet: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen on a port, and hand each connection to ``meet`` in a thread of its own."""
    faults: list[BaseException] = []
    threads: list[threading.Thread] = []

    def serve(client: socket.socket) -> None:
        try:
            meet(client)
        except OSError:
            pass  # a client that leaves is no fault
        except Exception as error:  # noqa: BLE001  whatever the script raised belongs to the test
            faults.append(error)
        finally:
            client.close()

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.settimeout(20)
            threads.append(threading.Thread(target=serve, args=(client,), daemon=True))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept, args=(listener,), daemon=True)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
            for thread in threads:
                thread.join(5)
    if faults:
        raise faults[0]


def relay(client: socket.socket, port: int, *, cut_after: int | None = None) -> None:
    """Pass everything on between a client and the real server; with ``cut_after``, so many bytes of its answers."""
    with socket.create_connection(("127.0.0.1", port), 20) as server:
        asking = threading.Thread(target=_pump, args=(client, server, None), daemon=True)
        asking.start()
        _pump(server, client, cut_after)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        asking.join(5)


def _pump(source: socket.socket, sink: socket.socket, left: int | None) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data if left is None else data[:left])
            left = None if left is None else left - len(data)
            if left is not None and left <= 0:
                break
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def act(client: socket.socket, fault: Fault) -> None:
    """Break as a mail server breaks: what a web server says by a status, it says in words."""
    if fault.status == 200:
        client.sendall(fault.body.encode())
    elif fault.status == 503:
        client.sendall(b"* BYE [UNAVAILABLE] too busy\r\n")
    elif fault.status == 502:
        return
    elif fault.status == 429:
        backoff = fault.headers.get("backoff")
        pause = f"BAD Request is throttled. Suggested Backoff Time: {backoff} milliseconds"
        converse(client, {"LOGIN": pause if backoff else "NO [LIMIT] try again soon"})
    else:
        converse(client, dict([REFUSALS[fault.status]]))


def converse(client: socket.socket, answers: Mapping[str, str], *, greeting: str = "* OK ready") -> list[str]:
    """Speak just enough IMAP: each command is answered OK, but for those that are given other words.

    ``answers`` are by command; lines of an answer before the last are sent as they are. Returns what was asked.
    """
    asked: list[str] = []
    with client.makefile("rwb") as line:
        line.write(greeting.encode() + b"\r\n")
        line.flush()
        for told in line:
            tag, _, command = told.decode("utf-8", "replace").strip().partition(" ")
            asked.append(command)
            first = command.split(" ")[0].upper()
            words = answers.get(
                first, "OK done" if first != "CAPABILITY" else "* CAPABILITY IMAP4rev1\r\nOK done"
            )
            *before, last = words.split("\r\n")
            line.write("".join(f"{each}\r\n" for each in before).encode() + f"{tag} {last}\r\n".encode())
            line.flush()
    return asked
