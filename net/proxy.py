"""The way through a company's proxy, where the configuration names one.

The proxy may stand in a private network, for it stands in the file. What it is asked for is held to the rules like
everything else: an address written as numbers by what it is, a name by what our own look-up finds. The proxy looks
the name up once more, and what it finds then is its own to guard; a name that only the proxy can resolve is let
through unless it is plainly one of an intranet. What lies in a private network that may be reached is reached
without the proxy.
"""

from __future__ import annotations

import time
from base64 import b64encode
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from errors import NeedsAttention, TryLater
from model import Secret
from net.addresses import PUBLIC, IPAddress, Rules, WebAddress, refusal, shown
from net.connections import Door, Resolve, TimedSocket

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN_FOR = 300.0
"""Seconds: where names of the outside are not known at all, each look-up may take as many as ten."""
MOST_UNKNOWN = 4096
INTRANET = ("local", "localhost", "internal", "intranet", "lan", "corp", "home", "home.arpa", "private")
"""Ends of names that mean nothing on the public internet; a name without a dot means nothing there either."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, taken apart."""

    host: str
    port: int
    login: Secret | None = None  # user and password, with a colon between

    @property
    def url(self) -> str:
        """Its address, without the login."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


def taken_apart(address: Secret) -> Proxy:
    """Return the proxy of an address like ``http://user:password@proxy.example:3128``, which the file has checked."""
    parts = urlsplit(address.reveal())
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    login = Secret(f"{user}:{password}") if user else None
    return Proxy(parts.hostname or "", parts.port or 80, login)


class ProxyDoor(Door):
    """Connects to the proxy, wherever it stands; its trouble is told as the proxy's."""

    def connect(self, host: str, port: int) -> TimedSocket:
        """Return a connection to the proxy; TryLater where it cannot be reached."""
        try:
            return super().connect(host, port)
        except TryLater as error:
            raise TryLater(f"the proxy of [http]: {error}") from error

    def _allowed(self, host: str, port: int) -> Sequence[tuple[int, Any]]:
        return self._answers(host, port)


class Road:
    """Decides for each request whether the proxy is asked, and remembers a while which names only it knows."""

    def __init__(self, rules: Rules, ask: Resolve) -> None:
        self._rules = rules
        self._ask = ask
        self._unknown: dict[str, float] = {}

    def leads_through(self, address: WebAddress) -> bool:
        """Tell whether the proxy is asked for this; not for what is near. NeedsAttention where it is refused."""
        found = self._found(address.host, address.port)
        if not found:
            return _unseen(address, self._rules)
        for each in found:  # the proxy chooses among them, so one that is refused is one too many
            reason = refusal(each, self._rules)
            if reason is not None:
                raise NeedsAttention(f"{shown(address.url)}: {reason}")
        return all(refusal(each, PUBLIC) is None for each in found)

    def _found(self, host: str, port: int) -> list[IPAddress]:
        """Return where a host lives as far as this machine knows; nothing where only the proxy may know it."""
        try:
            return [ip_address(host)]
        except ValueError:
            pass
        if self._unknown.get(host, 0.0) > time.monotonic():
            return []
        try:
            return [ip_address(answer[0]) for _, answer in self._ask(host, port)]
        except (OSError, UnicodeError):
            if len(self._unknown) >= MOST_UNKNOWN:
                self._unknown.clear()
            self._unknown[host] = time.monotonic() + UNKNOWN_FOR
            return []


def _unseen(address: WebAddress, rules: Rules) -> bool:
    """Tell whether the proxy is asked for a name that we cannot resolve; one of an intranet is not its business."""
    name = address.host.rstrip(".")
    if "." in name and not name.endswith(tuple(f".{end}" for end in INTRANET)):
        return True
    if rules.allow_private_networks:
        return False  # reached directly: the door then says that its name cannot be resolved
    raise NeedsAttention(
        f"{shown(address.url)}: a name of a private network is refused, and the proxy is not asked for it "
        "(http.allow_private_networks = true allows such names, without the proxy)"
    )


def login(proxy: Proxy) -> dict[str, str]:
    """Return the header by which we sign in at the proxy; none where it wants no login."""
    if proxy.login is None:
        return {}
    return {"Proxy-Authorization": "Basic " + b64encode(proxy.login.reveal().encode()).decode()}
