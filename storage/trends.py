"""Trends: counts by day from the roll-up (storage/daily.py), whatever the number of mentions behind them.

Our own accounts are left out. Days are those of the organisation's zone; the last one is yesterday, for today is not
over. The caller has brought the roll-up up to date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, literal, select

from storage.daily import KINDS, MENTION, NOBODY, daily_counts
from storage.schema import partners
from storage.usual import USUAL, WEEK, Trend, trend

BY = ("partner", "channel", *KINDS)
"""What mentions can be counted by."""
DAY = timedelta(days=1)
Counted = dict[str, dict[date, int]]
"""Counts by label and day; days without one are not there."""


def trends(
    connection: Connection, by: Sequence[str], *, since: date, today: date, most: int
) -> tuple[list[Trend], dict[str, int]]:
    """Return the trend of all mentions, and of the ``most`` largest labels of each dimension, the largest first.

    The counts go from ``since`` to yesterday. Also returned is how many labels of a dimension were left out.
    """
    start = min(since, today - (WEEK + USUAL) * DAY)
    shown = (today - since).days
    heard_for = _heard_for(connection, today)
    found, left = [], {}
    for each in ("all", *by):
        counted = count(connection, each, start, today)
        lines = [
            trend(each, label, _by_day(days, start, today), shown=shown, heard_for=heard_for)
            for label, days in counted.items()
        ]
        lines = sorted(
            (one for one in lines if any(one.counts)), key=lambda one: (-sum(one.counts), one.label)
        )
        found += lines[:most]
        left[each] = len(lines[most:])
    return found, {each: n for each, n in left.items() if n}


def count(connection: Connection, by: str, start: date, end: date) -> Counted:
    """Return how many mentions there are by day and label, ``start <= day < end``; for "all" under one label."""
    counted: Counted = defaultdict(dict)
    for label, day, n in connection.execute(
        _counts(by).where(daily_counts.c.day >= start, daily_counts.c.day < end)
    ):
        counted[label][day] = n
    return dict(counted)


def _counts(by: str) -> Select[Any]:
    of = daily_counts.c
    n_mentions = func.sum(of.mentions)
    if by == "all":
        return _of_others(MENTION, select(literal("all mentions"), of.day, n_mentions)).group_by(of.day)
    if by == "channel":
        return _of_others(MENTION, select(of.channel, of.day, n_mentions)).group_by(of.channel, of.day)
    if by == "partner":
        asked = select(partners.c.name, of.day, n_mentions).join(partners, partners.c.id == of.partner_id)
        return _of_others(MENTION, asked).where(of.partner_id != NOBODY).group_by(partners.c.name, of.day)
    tagged = _of_others(by, select(of.label, of.day, n_mentions))
    if by == "concern":
        tagged = tagged.where(of.label == "yes")
    return tagged.group_by(of.label, of.day)


def _of_others(kind: str, asked: Select[Any]) -> Select[Any]:
    return asked.where(and_(daily_counts.c.kind == kind, ~daily_counts.c.by_us))


def _heard_for(connection: Connection, today: date) -> int:
    first = connection.execute(
        select(func.min(daily_counts.c.day)).where(daily_counts.c.kind == MENTION)
    ).scalar()
    return 0 if first is None else max(0, (today - first).days)


def _by_day(counted: dict[date, int], start: date, end: date) -> list[int]:
    return [counted.get(start + each * DAY, 0) for each in range((end - start).days)]
