"""When a message that could not be handed over is tried again, when it has failed for good, and how long a way rests.

Each is a pure decision. A way that fails rests for longer each time; after a week of it, it is tried once a day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)
GIVE_UP_AFTER = timedelta(hours=24)
LONGEST_REST = timedelta(hours=1)
DEAD_AFTER = timedelta(days=7)
REST_OF_THE_DEAD = timedelta(hours=24)
HOUR = timedelta(hours=1)


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
    return now + _pause(attempts, LONGEST_PAUSE, random, after)


def rests_until(
    failures: int,
    failing_since: datetime,
    now: datetime,
    random: Callable[[], float],
    *,
    after: timedelta | None = None,
) -> datetime:
    """Return until when nothing is handed to a way that failed at ``now``.

    failures: in a row, at least 1, the first of them at ``failing_since``; the rest is as for next_try.
    """
    if now - failing_since >= DEAD_AFTER:
        return now + REST_OF_THE_DEAD
    return now + _pause(failures, LONGEST_REST, random, after)


def worth_telling(failing_since: datetime, told_at: datetime | None, now: datetime) -> bool:
    """Whether people are to be told by another way: when a way has failed for a day, and when it is dead."""
    for moment in (failing_since + GIVE_UP_AFTER, failing_since + DEAD_AFTER):
        if now >= moment and (told_at is None or told_at < moment):
            return True
    return False


def room(sent: Sequence[datetime], per_hour: int, now: datetime) -> tuple[int, datetime]:
    """Return how many letters may go now, and from when on there is room for one more.

    sent: when letters went by this way in the last hour, in order.
    """
    recent = [moment for moment in sent if moment > now - HOUR]
    free = per_hour - len(recent)
    return max(free, 0), now if free > 0 else recent[-per_hour] + HOUR


def _pause(times: int, longest: timedelta, random: Callable[[], float], after: timedelta | None) -> timedelta:
    doublings = min(max(times, 1) - 1, 16)  # beyond that the longest pause holds anyway
    pause = min(FIRST_PAUSE * (1 << doublings), longest)
    chosen = pause * (0.5 + 0.5 * random())
    return max(chosen, min(after or chosen, GIVE_UP_AFTER))
