"""Whose turn it is: many sources are read at once, but no more than a few of one host, and not at one moment."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from model import Source
from storage.sources import KeptSource

PER_HOST = 4
"""Readings of one host at the same time: fewer than a browser makes."""
MOST_REMEMBERED = 10_000
"""Hosts that were asked; beyond, those that may be asked again are forgotten."""
NAMES_A_HOST = ("base_url", "url", "instance", "homeserver", "host")
"""Keys of the channels that say which machine is asked."""


def host_of(source: Source | None, kept: KeptSource) -> str:
    """Return what is asked when a source is read: the host that its settings name, else its channel's service."""
    settings = {} if source is None else source.settings
    named = next((settings[key] for key in NAMES_A_HOST if settings.get(key)), "")
    return _host_at(str(named)) or kept.channel


@lru_cache(maxsize=10_000)  # the same few at each reading
def _host_at(address: str) -> str:
    return urlsplit(address if "//" in address else f"//{address}").netloc


class Hosts:
    """What each host has to bear at this moment, over all rounds of this process; safe to share by threads.

    ``delay`` lies between the beginnings of two readings of one host. ``clock`` counts seconds.
    """

    def __init__(
        self,
        per_host: int = PER_HOST,
        *,
        delay: timedelta = timedelta(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_host = per_host
        self.delay = delay.total_seconds()
        self._clock = clock
        self._busy: Counter[str] = Counter()
        self._again_at: dict[str, float] = {}
        self._changed = threading.Condition()

    def enter(self, host: str) -> bool:
        """Begin a reading, if the host may have one more now."""
        with self._changed:
            now = self._clock()
            if self._busy[host] >= self._per_host or self._again_at.get(host, now) > now:
                return False
            self._busy[host] += 1
            if self.delay:
                if len(self._again_at) >= MOST_REMEMBERED:
                    self._again_at = {each: at for each, at in self._again_at.items() if at > now}
                self._again_at[host] = now + self.delay
            return True

    def leave(self, host: str) -> None:
        """End a reading."""
        with self._changed:
            self._busy[host] -= 1
            if not self._busy[host]:
                del self._busy[host]
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Return when some reading has ended, or after so many seconds."""
        with self._changed:
            self._changed.wait(seconds)


class Turns:
    """Sources of one round that wait to be read, by host, in the order in which they came."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._waiting: dict[str, deque[KeptSource]] = {}
        self._n_waiting = 0

    def __len__(self) -> int:
        return self._n_waiting

    def add(self, sources: Iterable[tuple[str, KeptSource]]) -> None:
        """Let more sources wait, each behind the others of its host."""
        for host, source in sources:
            self._waiting.setdefault(host, deque()).append(source)
            self._n_waiting += 1

    def take(self) -> tuple[str, KeptSource] | None:
        """Return the next source whose host may be asked now; None while there is none."""
        host = next(filter(self._hosts.enter, self._waiting), None)
        if host is None:
            return None
        queue = self._waiting.pop(host)
        source = queue.popleft()
        if queue:  # the others of this host line up behind the other hosts
            self._waiting[host] = queue
        self._n_waiting -= 1
        return host, source
