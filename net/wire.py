"""One request and its whole answer over urllib3: the part of the client that touches the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path

from urllib3 import BaseHTTPResponse, Retry
from urllib3.exceptions import HTTPError

from errors import TryLater
from model import Secret
from net.addresses import Rules, WebAddress
from net.bodies import PIECE, OversizeError, UnreadableError, gathered
from net.connections import Door, Resolve, look_up
from net.pools import pools, proxy_refusal
from net.proxy import ProxyDoor, Road, login, taken_apart
from net.reasons import explained

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BODILESS = frozenset({204, 304})  # most answers to a poll; to stream nothing takes as long as to read headers
MAX_REDIRECT_BODY = 65536  # a longer one is not worth reading for the sake of the connection


class Wire:
    """The pools of connections and their limits; safe to share between threads."""

    def __init__(
        self,
        rules: Rules,
        deadline: timedelta,
        max_bytes: int,
        *,
        trusted: Sequence[Path] = (),
        proxy: Secret | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._door = Door(rules, resolve or look_up)
        self._pools = pools(self._door, trusted=trusted)
        self._road = None if proxy is None else Road(rules, resolve or look_up)
        self._proxied = self._pools
        if proxy is not None:
            known, door = taken_apart(proxy), ProxyDoor(rules, resolve or look_up, self._door.clock)
            self._proxied = pools(door, trusted=trusted, through=(known.url, login(known)))
        self._never = Retry(False)

    def start_clock(self) -> None:
        """Begin this thread's deadline, which holds for all it sends until it is begun again."""
        self._door.clock.start(self._deadline.total_seconds())

    def send(
        self, method: str, address: WebAddress, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and unpacked body; TryLater or NeedsAttention with the reason."""
        proxied = self._road is not None and self._road.leads_through(address)
        pools = self._proxied if proxied else self._pools
        try:
            pool = pools.connection_from_host(address.host, address.port, address.scheme)
            answer = pool.urlopen(
                method,
                address.url if proxied and address.scheme == "http" else address.target,
                body=body,
                headers=dict(headers),
                retries=self._never,
                redirect=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
            content = self._body(answer)
        except (HTTPError, HTTPException, OSError, OversizeError, UnreadableError) as error:
            failed = explained(error, address.url, deadline=self._deadline, max_bytes=self._max_bytes)
            raise failed from error
        if proxied and answer.status == 407:
            raise TryLater(proxy_refusal(address.host, 407))
        return answer.status, answer.headers, content

    def close(self) -> None:
        """Close the idle connections."""
        self._pools.clear()
        self._proxied.clear()

    def _body(self, answer: BaseHTTPResponse) -> bytes:
        """Read the whole body; a connection that cannot be used again is closed."""
        if answer.status in BODILESS:
            answer.drain_conn()
            answer.release_conn()
            return b""
        length = answer.headers.get("content-length", "")
        size = int(length) if length.isdecimal() and len(length) < 20 else None
        try:
            if answer.status in REDIRECTS and (size is None or size > MAX_REDIRECT_BODY):
                answer.close()
                return b""
            if size is not None and size > self._max_bytes and answer.length_remaining:
                raise OversizeError
            encoding = answer.headers.get("content-encoding", "")
            pieces = answer.stream(PIECE, decode_content=False)
            body = gathered(pieces, encoding, cap=self._max_bytes, check=self._door.clock.left)
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        return body
