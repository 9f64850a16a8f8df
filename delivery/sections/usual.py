"""What is usual, and what differs from it by more than chance. Counts beside counts, never percent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from gettext import NullTranslations
from math import sqrt

from delivery.facts import DigestFacts, Usual
from delivery.items import said_at
from delivery.voices import by_channel, voices
from delivery.words import number
from model import Mention

LATE = timedelta(days=1)
"""So long before its period a mention may have been said and is still compared with the usual: many come late."""


def stands_out(heard: float, usual: float) -> bool:
    """Return whether a count is worth a sentence: two standard deviations of a Poisson count off, and at least 3."""
    return abs(heard - usual) >= max(3.0, 2 * sqrt(usual))


def differs(heard: int, week: float | None, month: float | None) -> int:
    """Return 1 where more was heard than usual, -1 where less, 0 where that is within chance or unknown.

    Where both are known, both must say so: a quiet week makes an ordinary day no news.
    """
    sides = {
        (1 if heard > usual else -1) if stands_out(heard, usual) else 0
        for usual in (week, month)
        if usual is not None
    }
    return sides.pop() if len(sides) == 1 else 0


def of_now(facts: DigestFacts) -> list[Mention]:
    """Return what others said in the period, or hardly before: without the past that a new source brings along."""
    since = facts.period.start - LATE
    return [mention for mention in voices(facts.mentions) if (said_at(mention) or since) >= since]


def is_known(facts: DigestFacts) -> bool:
    """Return whether every channel that was heard has a usual, so that the sums can be compared."""
    return facts.week is not None and not set(by_channel(of_now(facts))) - set(facts.week.by_channel)


def total_of(usual: Usual | None) -> float | None:
    """Return the usual of all channels together."""
    return None if usual is None else sum(usual.by_channel.values())


def usual_columns(facts: DigestFacts, w: NullTranslations) -> tuple[str, ...]:
    """Return the headings over what is usual: as many as are known."""
    headings = ((facts.week, w.gettext("7 days")), (facts.month, w.gettext("28 days")))
    return tuple(heading for usual, heading in headings if usual is not None)


def usual_cells(counts: Sequence[float | None], w: NullTranslations) -> tuple[str, ...]:
    """Return what is usual as cells of a table, a dash where it is unknown."""
    return tuple("–" if count is None else number(count, w) for count in counts)


def usual_of(facts: DigestFacts) -> tuple[Usual, ...]:
    """Return what is known to be usual: by the week, and by the four weeks, or less."""
    return tuple(usual for usual in (facts.week, facts.month) if usual is not None)
