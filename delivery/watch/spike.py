"""A spike: far more in the last hour than in the twelve before, than yesterday, and than a week ago at this hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import sqrt

from delivery.watch.level import NOTHING_KNOWN, Level, State
from model import Period, Point

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
HOURS_BEFORE = 12
PROMPT = timedelta(hours=2)
"""What was published longer before it was collected is a backlog (a new source, a night asleep), and no spike."""
AT_LEAST = 8
"""With fewer in an hour nothing is a spike: where one an hour is usual, eight come by chance once in ten years."""
TIMES = 3.0
BEYOND_CHANCE = 5.0
"""Standard deviations of a count that comes by chance (its square root) above the usual."""
BESIDE = 2.0
"""Times as many as in the same hour of the day before, and of the week before."""
BACK = 1.5
"""Times the usual, at which a spike is over."""


def stretches(now: datetime) -> tuple[Period, ...]:
    """Return the times whose mentions are counted, by their collection."""
    return (
        Period(now - (HOURS_BEFORE + 1) * HOUR, now),
        Period(now - DAY - HOUR, now - DAY),
        Period(now - WEEK - HOUR, now - WEEK),
    )


def spike(
    points: Sequence[Point], state: State | None, *, at_least: int | None, since: datetime, now: datetime
) -> Level:
    """Return how the last hour stands among the hours before; ``since`` is when we began to listen.

    In the first twenty-five hours no spike is seen: the day's own rise each morning would be one.
    """
    if now - since < DAY + HOUR:
        return NOTHING_KNOWN
    prompt = [point for point in points if point.collected_at - point.published_at <= PROMPT]
    last = _in(prompt, now - HOUR, now)
    usual = len(_in(prompt, now - (HOURS_BEFORE + 1) * HOUR, now - HOUR)) / HOURS_BEFORE
    beside = max(
        len(_in(prompt, now - ago - HOUR, now - ago)) for ago in (DAY, WEEK)
    )  # before we listened: none
    floor = AT_LEAST if at_least is None else at_least
    enough = max(floor, TIMES * usual, usual + BEYOND_CHANCE * sqrt(usual), BESIDE * beside)
    then = usual if state is None else state.usual
    return Level(
        is_over=len(last) >= enough,
        is_back=len(last) < max(floor / 2, BACK * then),
        count=len(last),
        usual=max(usual, beside),
        mentions=tuple(point.id for point in sorted(last, key=lambda point: -point.id)),
    )


def _in(points: Sequence[Point], start: datetime, end: datetime) -> list[Point]:
    # A mention that is collected at this very moment belongs to the hour that ends now.
    return [point for point in points if start < point.collected_at <= end]
