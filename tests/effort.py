"""How much work something is, in a measure that a slow or busy machine does not change."""

from __future__ import annotations

import time
from collections.abc import Callable

STEPS = 500_000


def effort(work: Callable[[], object]) -> float:
    """Return this thread's CPU time for the work, in times of half a million steps of an empty loop just now.

    A step is timed before and after, and the slower one counts: whatever slows the machine slows both.
    """
    before = _loop()
    began = time.thread_time()
    work()
    took = time.thread_time() - began
    return took / max(before, _loop())


def _loop() -> float:
    began = time.thread_time()
    for _ in range(STEPS):
        pass
    return time.thread_time() - began
