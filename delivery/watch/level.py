"""What a look at the counts has found, and what follows: an alert fires when a state begins, not while it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Turn = Literal["fire", "end", "stay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How it stands with what a rule watches.

    ``is_over``: it stands out enough for an alert. ``is_back``: it is usual again. Between the two nothing changes,
    so that what goes up and down around a bound is told once.
    """

    is_over: bool
    is_back: bool
    count: int = 0  # spike: mentions of the last hour; sentiment: the negative ones
    among: int = 0  # sentiment: of so many
    usual: float = 0.0  # spike: mentions an hour; sentiment: the share that was negative before
    before: tuple[int, int] = (0, 0)  # sentiment: so many negative ones before, of so many
    since: datetime | None = None  # sentiment: when the days began; silence: when it was heard last
    span: timedelta = timedelta()  # silence: a pause that would be usual
    mentions: tuple[int, ...] = ()  # what it rests on, newest first


NOTHING_KNOWN = Level(is_over=False, is_back=False)
"""Too little was heard to tell anything: whatever the state is, it stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is remembered between two looks: the last alert, what was usual then, and whether it still lasts."""

    fired_at: datetime
    usual: float
    is_on: bool


def turn(level: Level, state: State | None, *, cooldown: timedelta, now: datetime) -> Turn:
    """Return what a look leads to. Within the cooldown after an alert nothing fires; what still lasts then does."""
    if state is not None and state.is_on:
        return "end" if level.is_back else "stay"
    if not level.is_over or (state is not None and now < state.fired_at + cooldown):
        return "stay"
    return "fire"
