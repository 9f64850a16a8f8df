"""Which web addresses may be asked for, and which machines may be reached: rules only, no socket is opened here.

Whoever may add a source could else read what only this machine can see: the cloud's metadata, the router, the
neighbour's database. Nothing here trusts Python's ``is_private``: on 3.11 it misses CGNAT, NAT64, 6to4 and more.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import quote, urljoin, urlsplit

from errors import NeedsAttention

IPAddress: TypeAlias = IPv4Address | IPv6Address
_Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be reached: the public internet; with ``allow_private_networks`` also loopback and an intranet.

    ``loopback_only`` turns it round: loopback and nothing else, for tests and the demo. ``nowhere``: nothing at all,
    for a dry run.
    """

    allow_private_networks: bool = False
    loopback_only: bool = False
    nowhere: bool = False


PUBLIC = Rules()
LOOPBACK_ONLY = Rules(loopback_only=True)
NOWHERE = Rules(nowhere=True)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A checked http or https address, taken apart. ``host`` is ASCII without brackets, ``target`` path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what credentials belong to."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The whole address as one string, without a fragment."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def _networks(*texts: str) -> _Networks:
    return tuple(ip_network(text) for text in texts)


_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_PRIVATE = _LOOPBACK + _networks(
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "198.18.0.0/15",
    "fc00::/7",
    "64:ff9b:1::/48",
)
# Never reached, whatever is allowed: "this" network, link-local, multicast, reserved, and where clouds keep
# their machines' credentials (Azure, Alibaba, Oracle and Amazon and Google by IPv6; the rest is link-local).
_NEVER = _networks(
    "0.0.0.0/8",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "100::/64",
    "2001:db8::/32",
    "3fff::/20",
    "fd00:ec2::/32",
    "fd20:ce::/32",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
)
_WRAPPED_LAST = _networks("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")


def embedded(address: IPAddress) -> tuple[IPAddress, ...]:
    """Return the addresses that a packet to this one can end at: what is wrapped in it, or itself."""
    if isinstance(address, IPv4Address) or int(address) <= 1:
        return (address,)
    if any(address in network for network in _WRAPPED_LAST):
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or (address,)


def refusal(address: IPAddress, rules: Rules) -> str | None:
    """Say why this machine may not be reached; None where it may."""
    for inner in embedded(address):
        reason = _refusal(inner, rules)
        if reason is not None:
            return reason
    return None


def _refusal(address: IPAddress, rules: Rules) -> str | None:
    if rules.nowhere:
        return "nothing may be reached in a dry run"
    if rules.loopback_only:
        return None if _among(address, _LOOPBACK) else "only this machine itself may be reached here"
    if _among(address, _NEVER):
        return "special address refused (link-local, multicast, reserved or a cloud's metadata)"
    if _among(address, _PRIVATE):
        allowed = rules.allow_private_networks
        return None if allowed else "private address refused (http.allow_private_networks = true allows it)"
    if not address.is_global or address.is_multicast:
        return "special address refused (not on the public internet)"
    return None


def _among(address: IPAddress, networks: _Networks) -> bool:
    return any(address in network for network in networks)


_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")


@lru_cache(maxsize=2048)  # sources ask for the same few addresses again and again
def web_address(url: str, rules: Rules = PUBLIC) -> WebAddress:
    """Take a URL apart. NeedsAttention when it is not http(s), not well formed, or names a refused machine."""
    url = url.strip()
    scheme = _scheme(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NeedsAttention(f"{shown(url)!r} is not a well-formed web address") from None
    if "@" in parts.netloc:
        raise NeedsAttention(
            f"{shown(url)!r}: a user name or password in the address is refused, since addresses are shown in "
            "reports; remove the part before the @"
        )
    if _CONTROL.search(parts.netloc) or "\\" in url.partition("?")[0] or port == 0:
        raise NeedsAttention(f"{shown(url)!r} is not a well-formed web address")
    host = _host(parts.hostname or "", url, rules)
    target = _quoted(parts.path or "/") + (f"?{_quoted(parts.query)}" if parts.query else "")
    return WebAddress(scheme, host, port or PORTS[scheme], target)


def joined(base: WebAddress, location: str, rules: Rules) -> WebAddress:
    """Return where a redirect leads; it obeys the same rules as any address."""
    try:
        target = urljoin(base.url, location.strip())
    except ValueError:
        raise NeedsAttention(f"{shown(base.url)} redirects to what is no web address") from None
    return web_address(target, rules)


def shown(url: str) -> str:
    """Return a URL fit for an error or a log line: without user, password, query and control characters."""
    bare = re.split(r"[?#]", url.strip(), maxsplit=1)[0]
    head, slashes, rest = bare.partition("//")
    host, slash, path = rest.partition("/")
    bare = head + slashes + host.rpartition("@")[2] + slash + path
    return re.sub(r"[^\x21-\x7e\xa0-\ud7ff\ue000-\uffff]", "·", bare)[:200]


def _scheme(url: str) -> str:
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if colon and scheme in PORTS and rest.startswith("//"):
        return scheme
    if not colon or "." in scheme or not re.fullmatch(r"[a-z][a-z0-9+-]*", scheme):
        raise NeedsAttention(f"{shown(url)!r} is not a web address: it must begin with https:// or http://")
    raise NeedsAttention(f"{shown(url)!r}: {scheme}: is refused, only https:// and http:// are read")


def _host(host: str, url: str, rules: Rules) -> str:
    """Return the host in ASCII; refuse numbers in any disguise that stand for a refused machine."""
    if not host.isascii():
        host = _ascii(host, url)
    literal = _literal(host)
    if literal is not None:
        reason = refusal(literal, rules)
        if reason is not None:
            raise NeedsAttention(f"{shown(url)}: {reason}")
        return str(literal)
    if len(host) > 253 or not _HOST.fullmatch(host) or ".." in host:
        raise NeedsAttention(f"{shown(url)!r} names no valid host")
    return host


def _ascii(host: str, url: str) -> str:
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        raise NeedsAttention(f"{shown(url)!r} names no valid host") from None


def _literal(host: str) -> IPAddress | None:
    """Return the address that a host is by itself, the old forms (127.1, 0x7f.1, 2130706433) included."""
    bare = host[:-1] if host.endswith(".") else host
    if "%" in bare:
        return None
    try:
        return ip_address(bare)
    except ValueError:
        pass
    if not _NUMBER.fullmatch(bare.rpartition(".")[2]):
        return None
    try:
        return IPv4Address(socket.inet_aton(bare))
    except OSError:
        return IPv4Address(0)  # it ends in a number and is no address: refused like 0.0.0.0


def _quoted(text: str) -> str:
    return quote(text, safe="/%:@!$&'()*+,;=~-._?[]|")
