"""When a message that could not be handed over is tried again, and when it has failed for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)
GIVE_UP_AFTER = timedelta(hours=24)


def next_try(
    attempts: int,
    first_attempt_at: datetime,
    now: datetime,
    random: Callable[[], float],
    *,
    after: timedelta | None = None,
) -> datetime | None:
    """Return when to try again after a failure at ``now``; None once the message has failed for good.

    attempts: tries so far, at least 1. random: uniform in [0, 1); half of each pause is by chance, so that letters
    that failed together do not come back together. after: the pause that the server asked for (TryLater.after).
    Tries go on until one has failed a full GIVE_UP_AFTER after the first.
    """
    if now - first_attempt_at >= GIVE_UP_AFTER:
        return None
    doublings = min(max(attempts, 1) - 1, 16)  # beyond that the longest pause holds anyway
    pause = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    chosen = pause * (0.5 + 0.5 * random())
    return now + max(chosen, min(after or chosen, GIVE_UP_AFTER))
