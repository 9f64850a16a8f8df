"""A silence: a partner or a source has been quiet for longer than its own rhythm explains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from delivery.watch.level import NOTHING_KNOWN, Level, State
from model import Period, Point

LOOKED_BACK = timedelta(days=90)
LATEST = 20
"""Mentions that show a rhythm."""
AT_LEAST = 6
QUOTED = 3

Rhythm = Callable[[Sequence[datetime]], timedelta]
"""From the times of publication to the pause that is longer than usual (collectors/attempts.py)."""


def stretches(now: datetime) -> tuple[Period, ...]:
    """Return the times whose mentions are looked at, by their collection."""
    return (Period(now - LOOKED_BACK, now),)


def silence(
    points: Sequence[Point],
    state: State | None,
    *,
    at_least: int | None,
    since: datetime,
    now: datetime,
    rhythm: Rhythm,
) -> Level:
    """Return how long one partner or source has been quiet, by publication; ``points`` are its own.

    Who fell silent before we began to listen is no news, and who was hardly heard has no rhythm.
    """
    said = sorted((point for point in points if point.published_at <= now), key=_published)[-LATEST:]
    if len(said) < (AT_LEAST if at_least is None else at_least):
        return NOTHING_KNOWN
    last, usual = said[-1].published_at, rhythm([point.published_at for point in said])
    is_silent = now - last > usual
    if is_silent and state is None and last + usual < since:
        return NOTHING_KNOWN
    return Level(
        is_over=is_silent,
        is_back=not is_silent,
        since=last,
        span=usual,
        mentions=tuple(point.id for point in reversed(said[-QUOTED:])),
    )


def _published(point: Point) -> tuple[datetime, int]:
    return point.published_at, point.id
