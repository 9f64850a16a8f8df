"""Whose turn it is: many sources are read at once, but no more than a few of one host."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from urllib.parse import urlsplit

from model import Source
from storage.sources import KeptSource

PER_HOST = 4
"""Readings of one host at the same time; what a browser would do, and half of it."""


def host_of(source: Source | None, kept: KeptSource) -> str:
    """Return what is asked when a source is read: the host that its settings name, else its channel's service."""
    settings = {} if source is None else source.settings
    address = settings.get("url") or settings.get("base_url")
    host = urlsplit(address).netloc if isinstance(address, str) else ""
    return host or kept.channel


class Turns:
    """Sources that wait to be read, by host, in the order in which they came. Not safe to share by threads."""

    def __init__(self, per_host: int = PER_HOST) -> None:
        self._per_host = per_host
        self._waiting: dict[str, deque[KeptSource]] = {}
        self._busy: Counter[str] = Counter()

    def add(self, sources: Iterable[tuple[str, KeptSource]]) -> None:
        """Let more sources wait, each behind the others of its host."""
        for host, source in sources:
            self._waiting.setdefault(host, deque()).append(source)

    def take(self) -> tuple[str, KeptSource] | None:
        """Return the next source whose host may be asked now; None while there is none."""
        for host, queue in self._waiting.items():
            if self._busy[host] < self._per_host:
                source = queue.popleft()
                del self._waiting[host]
                if queue:  # the others of this host line up behind the other hosts
                    self._waiting[host] = queue
                self._busy[host] += 1
                return host, source
        return None

    def done(self, host: str) -> None:
        """Say that a reading of a host has ended."""
        self._busy[host] -= 1
