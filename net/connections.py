"""Connections through our own door: each name is resolved once, each address checked, each read timed.

The address that was checked is the one that is connected to, so a name that changes its answer in between
gains nothing. Host header, SNI and the certificate's check keep the name.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urllib3.util.ssl_ import create_urllib3_context

from errors import NeedsAttention, TryLater
from net.addresses import Rules, refusal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Resolve = Callable[[str, int], Sequence[tuple[int, Any]]]
"""Name and port in, pairs of family and socket address out, best first; raises OSError."""

LONGEST_CONNECT = (
    10.0  # seconds for one of a name's addresses, so that a dead first one leaves time for the next
)
SLACK = 0.02  # of what is left until the deadline: by so much may a call wait longer or shorter


def look_up(host: str, port: int) -> list[tuple[int, Any]]:
    """Ask the system for a name's addresses. Its own limits hold (resolv.conf), not the deadline."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in answers]


class Clock(threading.local):
    """The deadline of the request that this thread is at."""

    at = float("inf")

    def start(self, seconds: float) -> None:
        """Begin to count; the whole request, redirects and body included, has this long."""
        self.at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left; TimeoutError when none are."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left


class Door:
    """Connects to machines that may be reached, and to no other."""

    def __init__(self, rules: Rules, ask: Resolve, clock: Clock | None = None) -> None:
        self.rules = rules
        self.clock = clock or Clock()
        self._ask = ask

    def connect(self, host: str, port: int) -> TimedSocket:
        """Return a connection to the first address that is allowed and answers; TryLater or NeedsAttention."""
        name = f"{host}:{port}"
        trouble: OSError | None = None
        for family, address in self._allowed(host, port):
            sock = TimedSocket(family, socket.SOCK_STREAM)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(min(self.clock.left(), LONGEST_CONNECT))
                sock.connect(address)
            except OSError as error:
                sock.close()
                trouble = error
                continue
            except BaseException:
                sock.close()
                raise
            sock.settimeout(self.clock.left())
            sock.clock = self.clock
            return sock
        if isinstance(trouble, TimeoutError):
            raise TryLater(f"{name} timed out: it does not take a connection") from trouble
        raise TryLater(f"{name} cannot be reached: {_plain(trouble)}") from trouble

    def _allowed(self, host: str, port: int) -> Sequence[tuple[int, Any]]:
        answers = self._answers(host, port)
        reasons = [(answer, refusal(ip_address(answer[1][0]), self.rules)) for answer in answers]
        allowed = [answer for answer, reason in reasons if reason is None]
        if allowed:
            return allowed
        raise NeedsAttention(f"{host}: {reasons[0][1]}")

    def _answers(self, host: str, port: int) -> Sequence[tuple[int, Any]]:
        try:
            answers = self._ask(host, port)
        except (OSError, UnicodeError) as error:
            raise TryLater(f"{host}: its name cannot be resolved (DNS: {_plain(error)})") from error
        if not answers:
            raise TryLater(f"{host}: its name has no address (DNS)")
        return answers


class TimedSocket(socket.socket):
    """A socket that does not wait past the deadline, however slowly the bytes drip."""

    clock: Clock | None = None

    def settimeout(self, value: float | None) -> None:
        """Set how long a call may wait, where no clock decides; where one does, urllib3 would undo it."""
        if self.clock is None:
            super().settimeout(value)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive as socket.recv_into does, within what is left."""
        _keep_time(self, self.clock)
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        """Send as socket.sendall does, within what is left."""
        _keep_time(self, self.clock)
        super().sendall(data, flags)


class TimedTls(ssl.SSLSocket):
    """The same over TLS."""

    clock: Clock | None = None

    def settimeout(self, value: float | None) -> None:
        """Set how long a call may wait, where no clock decides."""
        if self.clock is None:
            super().settimeout(value)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive as SSLSocket.recv_into does, within what is left."""
        _keep_time(self, self.clock)
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        """Send as SSLSocket.sendall does, within what is left."""
        _keep_time(self, self.clock)
        super().sendall(data, flags)


def _keep_time(sock: socket.socket, clock: Clock | None) -> None:
    """Let the next call wait for what is left, to a fiftieth of it.

    The system is told only where that has changed: each time, another thread takes the interpreter meanwhile. Told
    anew at each call, and by urllib3 between them, threads took over 14 times a request instead of 8 (measured).
    """
    if clock is None:
        return
    left, told = clock.left(), sock.gettimeout()
    if told is None or abs(told - left) > left * SLACK:
        socket.socket.settimeout(sock, left)


def tls_context(trusted: Sequence[Path]) -> ssl.SSLContext:
    """Return what checks a server's certificate and name; its sockets are timed ones.

    It trusts the system's authorities and those in the files, where a server's own certificate may stand too.
    NeedsAttention for a file that holds none.
    """
    made = create_urllib3_context()
    made.load_default_certs()
    for file in trusted:
        try:
            made.load_verify_locations(file)
        except OSError as error:
            raise NeedsAttention(
                f"{file} cannot be read as certificates ({error.strerror or error}); name a PEM file"
            ) from error
    if trusted:  # else a certificate that another one signed ends nothing
        made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    made.sslsocket_class = TimedTls
    return made


def _plain(error: BaseException | None) -> str:
    return getattr(error, "strerror", None) or str(error)
