"""A clock that stands still while others have the machine: the processor's time of this process and of a server."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PARENT, _TIMES = 1, slice(11, 15)
"""Fields of /proc/PID/stat behind the name: the parent; user and system time, its own and of children that ended."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds of processor time: this process', and of a server and what it has started (to 10 ms)."""

    server: int | None = None

    def __call__(self) -> float:
        """Return the seconds so far."""
        return time.process_time() + (0.0 if self.server is None else _tree(self.server))

    def of(self, work: Callable[[], object], *, times: int = 1) -> float:
        """Return the seconds that one of several times took, in the mean."""
        began = self()
        for _ in range(times):
            work()
        return (self() - began) / times


def _tree(server: int) -> float:
    """Sum over a process and its children; those that ended are in the server's own figures."""
    while True:
        before = _times(server)
        below = [_times(child) for child in _children(server)]
        # Where one ended between the two, it would be counted twice, or not at all.
        if _times(server)[2:] == before[2:]:
            return sum(map(sum, [before, *below])) / _TICK


def _children(server: int) -> list[int]:
    everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [one for one in everybody if _fields(one)[_PARENT:][:1] == [str(server)]]


def _times(process: int) -> list[int]:
    """Return ticks: user and system, its own and of children that ended; nothing of one that is gone."""
    return [int(ticks) for ticks in _fields(process)[_TIMES]]


def _fields(process: int) -> list[str]:
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:  # it ended meanwhile
        return []
    return told.rpartition(")")[2].split()
