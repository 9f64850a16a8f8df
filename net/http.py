"""The one HTTP client: every request that a source, a webhook or a discovery makes goes through here.

It never waits past its deadline, never reads past its cap, never follows a redirect unchecked, and never tries
twice: when to ask again is the pipeline's to say. No proxy is taken from the environment, only from the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from errors import NeedsAttention
from model import Secret
from net import bodies
from net.addresses import PUBLIC, Rules, WebAddress, joined, shown, web_address

if TYPE_CHECKING:
    from net.connections import Door, Resolve

__all__ = ["Http", "Response", "Rules"]

USER_AGENT = "Earshot/0.1 (self-hosted community listener)"
MAX_BYTES = 10 * 1024 * 1024
MAX_HOPS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
# What another site may see of a request that was meant for the first one: nothing that could be a credential.
HARMLESS = frozenset(
    {"accept", "accept-language", "content-type", "if-modified-since", "if-none-match", "user-agent"}
)
_PACKED = {"accept-encoding": ("Accept-Encoding", bodies.ACCEPT)}
_BAD_HEADER = re.compile(r"[\x00\r\n]")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, unpacked. ``headers`` find a name in any case; ``url`` is where it came from in the end.

    ``moved_to`` is the source's new address: where the leading 301 and 308 hops led, if the answer was good.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    address: WebAddress
    headers: Mapping[str, str]
    body: bytes | None


class Http:
    """A client for one set of rules; safe to share between threads. ``close`` it when the work is over.

    ``deadline`` is for a whole request, redirects and body included; ``max_bytes`` for a body, packed or unpacked.
    ``authorities`` is a PEM file of further certificate authorities (an intranet's own), ``certificates`` one more
    that this client alone trusts. ``proxy`` is the address of what is asked for the public internet. ``resolve``
    looks names up in place of the system.
    """

    def __init__(
        self,
        rules: Rules = PUBLIC,
        *,
        user_agent: str = USER_AGENT,
        deadline: timedelta = timedelta(seconds=30),
        max_bytes: int = MAX_BYTES,
        authorities: Path | None = None,
        certificates: Path | None = None,
        proxy: Secret | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        from net.wire import Wire

        self.rules = rules
        self.trusted = tuple(file for file in (authorities, certificates) if file is not None)
        self._resolve = resolve
        self._user_agent = user_agent
        self._wire = Wire(rules, deadline, max_bytes, trusted=self.trusted, proxy=proxy, resolve=resolve)
        self._like_this = partial(
            Http, rules, user_agent=user_agent, deadline=deadline, max_bytes=max_bytes, authorities=authorities,
            proxy=proxy, resolve=resolve,
        )  # fmt: skip
        self._trusting: dict[Path, Http] = {}

    def trusting(self, file: Path | None) -> Http:
        """Return the client that also trusts the certificates in a PEM file; this one where there is none.

        It is one for each file, and closed with this one.
        """
        if file is None:
            return self
        if file not in self._trusting:
            # another thread may have been first
            self._trusting.setdefault(file, self._like_this(certificates=file))
        return self._trusting[file]

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None
    ) -> Response:
        """Read an address, following redirects. Any status comes back; trouble is TryLater or NeedsAttention."""
        if params:
            url = url.partition("#")[0]
            url += ("&" if "?" in url else "?") + urlencode(params)
        return self.request("GET", url, headers=headers)

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        """Send a request and follow up to five redirects, each of them checked; errors as for get."""
        self._wire.start_clock()
        asked = self._asked(method, url, headers, body)
        first = moved = asked.address
        permanent = True
        for _ in range(MAX_HOPS + 1):
            response = self._send(asked)
            location = _location(response)
            if not location:
                good = response.status < 300 or response.status == 304
                return replace(response, moved_to=moved.url) if good and moved != first else response
            following = _redirected(asked, response.status, joined(asked.address, location, self.rules))
            permanent = permanent and _is_move(asked.address, following.address, response.status)
            moved = following.address if permanent else moved
            asked = following
        raise NeedsAttention(
            f"{shown(url)} redirects more than {MAX_HOPS} times; give the address where it ends"
        )

    def request_once(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        """Send a request and return the answer, a redirect too; errors as for get."""
        self._wire.start_clock()
        return self._send(self._asked(method, url, headers, body))

    def door(self) -> Door:
        """Return a door of its own, with these rules, for a protocol that is not HTTP."""
        from net.connections import Door, look_up

        return Door(self.rules, self._resolve or look_up)

    def close(self) -> None:
        """Close the idle connections."""
        for each in list(self._trusting.values()):
            each.close()
        self._wire.close()

    def _asked(self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None) -> _Asked:
        address = web_address(url, self.rules)
        usual = {"user-agent": ("User-Agent", self._user_agent), "accept": ("Accept", "*/*")}
        given = {name.lower(): (name, value) for name, value in (headers or {}).items()}
        asked = dict((usual | given | _PACKED).values())
        for name, value in asked.items():
            _check_header(name, value, address)
        return _Asked(method.upper(), address, asked, body)

    def _send(self, asked: _Asked) -> Response:
        status, headers, body = self._wire.send(asked.method, asked.address, asked.headers, asked.body)
        return Response(status, headers, body, asked.address.url)


def _location(response: Response) -> str:
    """Return where a redirect points, or nothing; servers write UTF-8 where the protocol knows Latin-1."""
    location = response.headers.get("location", "") if response.status in REDIRECTS else ""
    return location.encode("latin-1", "replace").decode("utf-8", "replace")


def _redirected(asked: _Asked, status: int, address: WebAddress) -> _Asked:
    """Return the request that a redirect asks for; another origin gets no credentials and no body."""
    method, body, headers = asked.method, asked.body, asked.headers
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, body = "GET", None
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
    if address.origin == asked.address.origin:
        return _Asked(method, address, headers, body)
    if body is not None:
        raise NeedsAttention(
            f"{shown(asked.address.url)} sends what is posted there on to another site ({address.host}); "
            "give that address if it is right"
        )
    headers = {name: value for name, value in headers.items() if name.lower() in HARMLESS}
    return _Asked(method, address, headers | {"Accept-Encoding": bodies.ACCEPT}, None)


def _is_move(before: WebAddress, after: WebAddress, status: int) -> bool:
    """Say whether a hop means a new address for good; never one from https down to http."""
    return status in _PERMANENT and not (before.scheme == "https" and after.scheme == "http")


def _check_header(name: str, value: str, address: WebAddress) -> None:
    """Refuse what would break out of a header; the value is not shown, it may be a key."""
    if _HEADER_NAME.fullmatch(name) and not _BAD_HEADER.search(value) and _is_latin(value):
        return
    raise NeedsAttention(
        f"{shown(address.url)}: the value for the header {name[:40]!r} holds a line break or a character that "
        "cannot be sent; look for a line end in the key's file"
    )


def _is_latin(value: str) -> bool:
    return value.isascii() or max(value) < "\u0100"
