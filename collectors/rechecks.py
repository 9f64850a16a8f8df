"""When a mention is asked about again: often while it is young, then rarely, and for as long as it is kept. Pure."""

from __future__ import annotations

from datetime import timedelta
from random import Random

FIRST_RECHECK = timedelta(hours=1)
LADDER = (
    (timedelta(days=1), timedelta(hours=6)),
    (timedelta(days=7), timedelta(days=1)),
    (timedelta(days=90), timedelta(days=7)),
)
"""Younger than the first is asked about every second; most edits and deletions come soon (and terms ask for it)."""
AT_LAST = timedelta(days=30)


def next_recheck(age: timedelta, *, random: Random) -> timedelta:
    """Return how long to wait before a mention of this age is asked about again.

    A tenth either way is by chance, so that what was collected together is not asked about together for ever.
    """
    pause = next((every for younger, every in LADDER if age < younger), AT_LAST)
    return pause * random.uniform(0.9, 1.1)
