"""urllib3's connections, with our own door: each name is resolved once, each address checked, each read timed.

The address that was checked is the one that is connected to, so a name that changes its answer in between
gains nothing. Host header, SNI and the certificate's check keep the name.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from errors import NeedsAttention, TryLater
from net.addresses import Rules, refusal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Resolve = Callable[[str, int], Sequence[tuple[int, Any]]]
"""Name and port in, pairs of family and socket address out, best first; raises OSError."""

Through = tuple[str, Mapping[str, str]]

LONGEST_CONNECT = (
    10.0  # seconds for one of a name's addresses, so that a dead first one leaves time for the next
)
LONGEST_IDLE = (
    30.0  # seconds; routers forget a quiet connection without a word, and the next request would hang
)

KEPT_OPEN, KEPT_OPEN_AT_PROXY = 8, 64
"""Connections of one host that wait for its next request. urllib3 makes a place for each of them at the first
request; 64 took 4 % of the first reading of a small feed (under a profiler). Readings ask a host four things at once
at most; by a proxy they all go to one host."""

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


class _Plain(HTTPConnection):
    def __init__(self, *args: Any, door: Door, **options: Any) -> None:
        super().__init__(*args, **options)
        self.door = door
        self.used = time.monotonic()

    def _new_conn(self) -> socket.socket:
        return self.door.connect(self._dns_host, self.port)

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self.used < LONGEST_IDLE and super().is_connected

    def getresponse(self) -> Any:
        self.used = time.monotonic()
        return super().getresponse()


class _Tls(HTTPSConnection):
    def __init__(self, *args: Any, door: Door, **options: Any) -> None:
        super().__init__(*args, **options)
        self.door = door
        self.used = time.monotonic()

    def _new_conn(self) -> socket.socket:
        return self.door.connect(self._dns_host, self.port)

    def connect(self) -> None:
        super().connect()
        if isinstance(self.sock, TimedTls):
            self.sock.clock = self.door.clock

    def _tunnel(self) -> None:
        """Ask the proxy for the way to the server; what it says against that is told as the proxy's.

        TryLater, also for a wrong login: it is one proxy for all sources, which would else all wait for a person.
        """
        host = self._tunnel_host or ""  # forgotten when the connection is closed
        try:
            super()._tunnel()
        except OSError as error:
            told = re.search(r"Tunnel connection failed: (\d{3})", str(error))
            if told is None:
                raise
            raise TryLater(proxy_refusal(host, int(told[1]))) from None

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self.used < LONGEST_IDLE and super().is_connected

    def getresponse(self) -> Any:
        self.used = time.monotonic()
        return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


def proxy_refusal(host: str, status: int) -> str:
    """Say what a proxy holds against a request, and what to do."""
    if status == 407:
        return f"{host}: the proxy of [http] wants a login, or another one (407); write it into http.proxy"
    return (
        f"{host}: the proxy of [http] does not lead there ({status}); ask whoever runs it to allow this host"
    )


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


def pools(door: Door, *, trusted: Sequence[Path], through: Through | None = None) -> PoolManager:
    """Return pools of connections for 256 hosts that all pass the door.

    ``through`` is the address of a proxy that they all go by, and the header that signs in there.
    """

    @cache  # read at the first https address only: the system's certificates take 30 ms
    def context() -> ssl.SSLContext:
        return tls_context(trusted)

    def secure(host: str, port: int, **options: Any) -> _TlsPool:
        return _TlsPool(host, port, **options, ssl_context=context(), door=door)

    if through is None:
        manager = PoolManager(num_pools=256, maxsize=KEPT_OPEN)
    else:
        manager = ProxyManager(
            through[0], num_pools=256, maxsize=KEPT_OPEN_AT_PROXY, proxy_headers=through[1]
        )
    manager.pool_classes_by_scheme = {  # declared as classes, used as what makes a pool
        "http": partial(_PlainPool, door=door),  # type: ignore[dict-item]
        "https": secure,  # type: ignore[dict-item]
    }
    manager.key_fn_by_scheme = {"http": _origin, "https": _origin}  # type: ignore[dict-item]
    return manager


class Origin(NamedTuple):
    """What tells one pool from another here: its other options, of which urllib3 makes a key at each request too,
    are the same for all."""

    scheme: str
    host: str
    port: int


def _origin(asked: Mapping[str, Any]) -> Origin:
    return Origin(asked["scheme"], asked["host"], asked["port"])


def _plain(error: BaseException | None) -> str:
    return getattr(error, "strerror", None) or str(error)
