"""A shift for the worse: a larger share of what was said in the last days is negative than in the weeks before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import sqrt

from delivery.watch.level import NOTHING_KNOWN, Level, State
from model import Period, Point

LATELY = (timedelta(days=1), timedelta(days=7))
"""The last day where enough was said in it, else the last week."""
BEFORE = timedelta(days=28)
AT_LEAST = 8
SHIFT = 0.3
"""So much larger the negative share must be …"""
BEYOND_CHANCE = 3.0
"""… and so many standard errors: by chance that comes once in 700 looks at days that have nothing to do with each
other."""
BACK = 0.15


def stretches(now: datetime) -> tuple[Period, ...]:
    """Return the times whose mentions are counted, by their collection."""
    return (Period(now - BEFORE - LATELY[-1], now),)


def shift(points: Sequence[Point], state: State | None, *, at_least: int | None, now: datetime) -> Level:
    """Return how the last days stand beside the weeks before, by publication. A story counts once."""
    floor = AT_LEAST if at_least is None else at_least
    for lately in LATELY:
        begins = now - lately
        new = _stories(points, begins, now)
        if len(new) >= floor:
            break
    else:
        return NOTHING_KNOWN
    old = _stories(points, begins - BEFORE, begins)
    if len(old) < 2 * floor:
        return NOTHING_KNOWN
    bad, bad_before = _negative(new), _negative(old)
    share, usual = len(bad) / len(new), len(bad_before) / len(old)
    then = usual if state is None or not state.is_on else state.usual
    return Level(
        is_over=share - usual >= SHIFT
        and _errors(len(bad), len(new), len(bad_before), len(old)) >= BEYOND_CHANCE,
        is_back=share - then < BACK,
        count=len(bad),
        among=len(new),
        usual=usual,
        before=(len(bad_before), len(old)),
        since=begins,
        mentions=tuple(point.id for point in sorted(bad, key=lambda point: -point.id)),
    )


def _errors(bad: int, of: int, bad_before: int, of_before: int) -> float:
    """Return by how many standard errors two shares differ (the pooled two-proportion z)."""
    pooled = (bad + bad_before) / (of + of_before)
    error = sqrt(pooled * (1 - pooled) * (1 / of + 1 / of_before))
    return 0.0 if error == 0 else (bad / of - bad_before / of_before) / error


def _stories(points: Sequence[Point], start: datetime, end: datetime) -> list[Point]:
    found: dict[int, Point] = {}
    for point in points:
        if start < point.published_at <= end:
            found.setdefault(point.story, point)
    return list(found.values())


def _negative(points: Sequence[Point]) -> list[Point]:
    return [point for point in points if point.negative]
