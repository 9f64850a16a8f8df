"""When to try again: later each time, and never in step with others that failed at the same moment."""

from __future__ import annotations

from datetime import timedelta
from random import Random


def pause(failures: int, *, first: timedelta, longest: timedelta, random: Random) -> timedelta:
    """Return how long to wait after so many failures in a row: anything between nothing and first · 2ⁿ⁻¹.

    Full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015): the whole span is drawn from, so that a
    hundred sources of one failed server do not come back together. Never more than ``longest``.
    """
    if failures < 1:
        return timedelta()
    factor: int = 1 << min(failures - 1, 62)  # a span of centuries; more would not fit into a timedelta
    try:
        span = min(first * factor, longest)
    except OverflowError:
        span = longest
    return span * random.random()
