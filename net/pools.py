"""urllib3's pools of connections, through our own door: what is kept open, for how long, and what proxies refuse."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from errors import TryLater
from net.connections import Door, TimedTls, tls_context

Through = tuple[str, Mapping[str, str]]

LONGEST_IDLE = (
    30.0  # seconds; routers forget a quiet connection without a word, and the next request would hang
)

KEPT_OPEN, KEPT_OPEN_AT_PROXY = 8, 64
"""Connections of one host that wait for its next request. urllib3 makes a place for each of them at the first
request; 64 took 4 % of the first reading of a small feed (under a profiler). Readings ask a host four things at once
at most (stages/turns.py); by a proxy they all go to one host."""


class _Kept(HTTPConnection):
    """A connection that the door makes, and that is closed when it was idle for too long."""

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


class _KeptTls(_Kept, HTTPSConnection):
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


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Kept


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _KeptTls


def proxy_refusal(host: str, status: int) -> str:
    """Say what a proxy holds against a request, and what to do."""
    if status == 407:
        return f"{host}: the proxy of [http] wants a login, or another one (407); write it into http.proxy"
    return (
        f"{host}: the proxy of [http] does not lead there ({status}); ask whoever runs it to allow this host"
    )


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


def _origin(asked: Mapping[str, Any]) -> tuple[str, str, int]:
    """Return what tells one pool from another here. urllib3's own key has every option, at each request anew."""
    return asked["scheme"], asked["host"], asked["port"]
