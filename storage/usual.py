"""Counts against the usual: the last seven days beside the seven and the twenty-eight before them. Pure.

Counts are small here, and a share of few says nothing: whether a week is unusual is asked of the counts themselves,
and a percentage is told only where the usual week has enough in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log
from typing import Literal

WEEK = 7
USUAL = 28
"""Days before the last seven that say what is usual: four whole weeks, so that each weekday counts as often."""
FEWEST = 10
"""Mentions in both together; of fewer, nothing is said."""
ENOUGH_FOR_PERCENT = 20
"""Mentions in a usual week from which on a percentage is told."""
BY_CHANCE = 0.01
"""More or less is said where chance alone would do it this rarely."""

Change = Literal["more", "less", "as usual", "too few", "too new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The counts of one line by day, oldest first, and its last seven days against the usual."""

    by: str
    label: str
    counts: tuple[int, ...]
    last_7: int
    before_7: int
    before_28: int
    days_before: int  # of the 28, those in which anything was heard at all, first to last

    @property
    def usual_week(self) -> float | None:
        """Return how many a week had in the days before, None where they are less than a week."""
        return None if self.days_before < WEEK else round(self.before_28 * WEEK / self.days_before, 1)

    @property
    def percent(self) -> int | None:
        """Return by how many percent the last week differs; None where the usual is too little to be divided by."""
        usual = self.usual_week
        if usual is None or usual < ENOUGH_FOR_PERCENT:
            return None
        return round(100 * (self.last_7 - usual) / usual)

    @property
    def change(self) -> Change:
        """Return what the last week is, beside the days before."""
        if self.days_before < WEEK:
            return "too new"
        if self.last_7 + self.before_28 < FEWEST:
            return "too few"
        if chance(self.last_7, self.before_28, WEEK / (WEEK + self.days_before)) >= BY_CHANCE:
            return "as usual"
        return "more" if self.last_7 * self.days_before > self.before_28 * WEEK else "less"


def trend(by: str, label: str, counts: Sequence[int], *, shown: int, heard_for: int) -> Trend:
    """Return a line of which at least 35 days are given, oldest first, and the last ``shown`` are kept.

    ``heard_for`` is how many days ago the store's first mention was published: what lies before is no silence.
    """
    days_before = max(0, min(USUAL, heard_for - WEEK))
    before = counts[-WEEK - days_before : -WEEK] if days_before else ()
    return Trend(
        by=by,
        label=label,
        counts=tuple(counts[-shown:]),
        last_7=sum(counts[-WEEK:]),
        before_7=sum(counts[-2 * WEEK : -WEEK]),
        before_28=sum(before),
        days_before=days_before,
    )


def chance(here: int, there: int, share: float) -> float:
    """Return how probable it is that ``here`` of all is so far from its share, or farther, by chance alone.

    It is the exact test of two counts over unequal times, given their sum (binomial, twice the smaller tail).

    >>> round(chance(3, 0, 0.5), 2), chance(5, 20, 0.2)
    (0.25, 1.0)
    """
    n = here + there
    expected = n * share
    if n == 0 or here == expected:
        return 1.0
    step = 1 if here > expected else -1
    total, k = 0.0, here
    while 0 <= k <= n:
        part = exp(_log_binomial(k, n, share))
        total += part
        if part < total * 1e-12:  # outwards each is smaller than the one before
            break
        k += step
    return min(1.0, 2 * total)


def binned(counts: Sequence[int], most: int) -> tuple[list[int], int]:
    """Return counts added up to at most so many bars, the newest whole, and how many days each has.

    Days at the beginning that would make no whole bar are left out.

    >>> binned([9, 1, 1, 2, 2], 3)
    ([2, 4], 2)
    """
    days = max(1, -(-len(counts) // max(1, most)))
    first = len(counts) % days
    return [sum(counts[start : start + days]) for start in range(first, len(counts), days)], days


def _log_binomial(k: int, n: int, share: float) -> float:
    ways = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return ways + k * log(share) + (n - k) * log(1 - share)
