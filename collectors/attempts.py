"""How a reading ended, turned into when the next one is. Pure: facts and ``now`` in, an Attempt out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from errors import EarshotError, NeedsAttention, TryLater
from model import Attempt
from net.backoff import pause
from text import one_line

FIRST_PAUSE = timedelta(minutes=2)
SHORTEST_PAUSE = timedelta(
    seconds=20
)  # stands before what jitter draws: it may draw nothing, and that is no pause
LONGEST_PAUSE = timedelta(hours=12)
RESTS_AFTER = 6
"""So many failures in a row are no accident: from then on the source rests between two probes (a circuit breaker)."""
MISSING_FOR = timedelta(days=3)
"""A 404 may be a mistake of the day; after this long it is a matter for a person."""
AFTER_A_BUG = timedelta(hours=1)
QUIET_AFTER = timedelta(days=14)
"""Where too little is known of a source's rhythm: silence for this long, perhaps its people have moved."""
SHORTEST_SILENCE, LONGEST_SILENCE = timedelta(days=2), timedelta(days=60)
ENOUGH_TO_TELL = 6


def silence_of(published: Sequence[datetime]) -> timedelta:
    """Return the silence after which a source is quiet, by its own rhythm: twice its second-longest usual pause.

    ``published`` are the times of its latest mentions, in any order. The longest pause is left out: it was a
    holiday. Few mentions tell nothing, and then QUIET_AFTER holds.
    """
    if len(published) < ENOUGH_TO_TELL:
        return QUIET_AFTER
    times = sorted(published)
    pauses = sorted(later - earlier for earlier, later in pairwise(times))
    return min(max(2 * pauses[-2], SHORTEST_SILENCE), LONGEST_SILENCE)


def after_answer(
    *,
    every: timedelta,
    wait: timedelta | None,
    last_new_at: datetime | None,
    since: datetime,
    now: datetime,
    silence: timedelta = QUIET_AFTER,
    unread: str = "",
) -> Attempt:
    """The source was read to its end; ``wait`` is the pause that the service asked for though it answered.

    ``since`` is when we began to listen, ``silence`` what is longer than this source's usual pauses. ``unread`` says
    what of it could not be read.
    """
    quiet = now - (last_new_at or since) > silence
    asked = None if wait is None else now + wait
    next_at = now + every if asked is None else max(now + every, asked)
    silent = f"nothing new for {(now - (last_new_at or since)).days} days" if quiet else ""
    reason = "; ".join(filter(None, (silent, unread)))
    return Attempt(
        status="quiet" if quiet else "ok", reason=reason, next_attempt_at=next_at, asked_to_wait_until=asked
    )


def unread_of(skipped: Sequence[str]) -> str:
    """Return in a line what of a reading could not be read; "" where it was all read."""
    if not skipped:
        return ""
    first = one_line(skipped[0], 300)
    return first if len(skipped) == 1 else f"{first}; {len(skipped) - 1} more could not be read"


def after_error(
    error: EarshotError, *, failures: int, missing_since: datetime | None, now: datetime, random: Random
) -> Attempt:
    """The source could not be read, in a way that was to be expected."""
    if isinstance(error, TryLater):
        return _later(error, failures=failures, missing_since=missing_since, now=now, random=random)
    return Attempt(status="off", reason=one_line(str(error)), next_attempt_at=None, failures=failures + 1)


def after_bug(error: Exception, *, failures: int, now: datetime) -> Attempt:
    """Our own code failed: this source is pushed on an hour, and the others go on."""
    reason = f"a fault in Earshot ({type(error).__name__}), written to the log; please report it"
    return Attempt(status="failing", reason=reason, next_attempt_at=now + AFTER_A_BUG, failures=failures + 1)


def _rest(failures: int) -> timedelta:
    """Return the least pause after so many failures: full jitter alone may draw nothing, and that is no rest."""
    if failures < RESTS_AFTER:
        return timedelta()
    doublings: int = 2 ** min(failures - 1, 20)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE) / 2


def _later(
    error: TryLater, *, failures: int, missing_since: datetime | None, now: datetime, random: Random
) -> Attempt:
    missing = (missing_since or now) if error.missing else None
    if missing is not None and now - missing >= MISSING_FOR:
        return after_error(
            NeedsAttention(
                f"{error}; not found for {(now - missing).days} days: mend its address, or remove it"
            ),
            failures=failures,
            missing_since=missing,
            now=now,
            random=random,
        )
    drawn = pause(failures + 1, first=FIRST_PAUSE, longest=LONGEST_PAUSE, random=random)
    rest = _rest(failures + 1)
    next_at = now + SHORTEST_PAUSE + (rest + drawn / 2 if rest else drawn)
    asked = None if error.after is None else now + error.after
    if asked is not None:  # a service names one moment to all its sources, and they must not meet there
        apart = pause(1, first=FIRST_PAUSE, longest=FIRST_PAUSE, random=random)
        next_at = max(next_at, asked + apart)
    return Attempt(
        status="failing" if asked is None else "waiting",
        reason=one_line(str(error)),
        next_attempt_at=next_at,
        failures=failures + 1,
        missing_since=missing,
        asked_to_wait_until=asked,
    )
