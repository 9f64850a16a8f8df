"""The gate at ``socket.connect``: the address rules for every client that is not ours (smtplib, aiohttp, httpx …).

An audit hook sees each connection of the process before it is made. A hook can never be taken out again, so it
is installed once and asks a policy that can be replaced; without a policy it lets everything pass. Unix sockets
pass: they stay on this machine, and only the configuration names them. What connects in C (libpq) is not seen;
its host stands in the configuration too.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

from errors import NeedsAttention
from net.addresses import LOOPBACK_ONLY, NOWHERE, Rules, refusal

__all__ = ["LOOPBACK_ONLY", "NOWHERE", "Rules", "guard", "guarded", "unguard"]

_REACHING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


@dataclass(frozen=True, slots=True)
class _Policy:
    rules: Rules
    trusted: frozenset[tuple[str, int]]
    resolved: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)


_policy: _Policy | None = None
_installed = False
_lock = threading.Lock()


def guard(rules: Rules, *, trusted: Iterable[tuple[str, int]] = ()) -> None:
    """Hold the whole process to these rules from now on. Trusted (host, port) pairs pass wherever they lead."""
    _replace(_Policy(rules, frozenset((host.lower(), port) for host, port in trusted)))


def unguard() -> None:
    """Let everything pass again."""
    _replace(None)


@contextmanager
def guarded(rules: Rules = LOOPBACK_ONLY, *, trusted: Iterable[tuple[str, int]] = ()) -> Iterator[None]:
    """Hold the whole process, every thread of it, to these rules for a while; then to those from before."""
    before = _policy
    guard(rules, trusted=trusted)
    try:
        yield
    finally:
        _replace(before)


def _replace(policy: _Policy | None) -> None:
    global _policy, _installed
    with _lock:
        _policy = policy
        if not _installed and policy is not None:
            sys.addaudithook(_hook)
            _installed = True


def _hook(event: str, args: tuple[object, ...]) -> None:
    policy = _policy
    if policy is None or not event.startswith("socket."):
        return
    if event in _REACHING:
        _check_reach(policy, args[0], args[1])
    elif event in _RESOLVING and (policy.rules.loopback_only or policy.rules.nowhere):
        _check_name(policy, args[0])


def _check_reach(policy: _Policy, sock: object, address: object) -> None:
    if not isinstance(sock, socket.SocketType) or sock.family == socket.AF_UNIX or address is None:
        return
    reason = _reason(policy, address)
    if reason is None:
        return
    sock.close()  # the caller may not expect this error, and would leave the socket open
    raise NeedsAttention(f"{_words(address)}: {reason}")


def _reason(policy: _Policy, address: object) -> str | None:
    if not isinstance(address, tuple) or len(address) < 2 or not isinstance(address[1], int):
        return "only TCP and UDP are known here"
    host, port = _host(address[0]), address[1]
    if (host.lower(), port) in policy.trusted or (host == "localhost" and _loopback_allowed(policy.rules)):
        return None
    try:
        reason = refusal(ip_address(host), policy.rules)
    except ValueError:
        # The system would look the name up after this check, and might find another machine than we did.
        return "connecting by name is refused; resolve it first"
    if reason is not None and host in _trusted_addresses(policy, port):
        return None
    return reason


def _trusted_addresses(policy: _Policy, port: int) -> frozenset[str]:
    """Return where the trusted hosts of this port live; asked for only when a connection would be refused."""
    found: frozenset[str] = frozenset()
    for name in policy.trusted:
        if name[1] != port:
            continue
        if name not in policy.resolved:
            policy.resolved[name] = _lookup(*name)
        found |= policy.resolved[name]
    return found


def _lookup(host: str, port: int) -> frozenset[str]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return frozenset()
    return frozenset(str(address[0]) for *_, address in answers)


def _check_name(policy: _Policy, name: object) -> None:
    """Refuse to ask the resolver, which is another machine, for more than ourselves."""
    host = "" if name is None else _host(name).lower()
    if host in ("", "localhost") or any(host == trusted for trusted, _ in policy.trusted):
        return
    try:
        reason = refusal(ip_address(host), policy.rules)
    except ValueError:
        told = "nothing may be reached in a dry run" if policy.rules.nowhere else ""
        reason = told or "only this machine itself may be reached here"
    if reason is not None:
        raise NeedsAttention(f"{_words((host,))}: {reason}")


def _loopback_allowed(rules: Rules) -> bool:
    return rules.loopback_only or rules.allow_private_networks


def _host(value: object) -> str:
    if isinstance(value, (bytes, bytearray)):
        return value.decode("ascii", "replace")
    return str(value)


def _words(address: object) -> str:
    parts = address if isinstance(address, tuple) else (address,)
    return ":".join(_host(part) for part in parts[:2])[:200]
