"""What time usually brings, from the roll-up of counts by day (storage/daily.py): what a digest compares with."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import Connection, and_, func, select

from storage.daily import KINDS, MENTION, daily_counts, daily_zone
from storage.schema import partners, sources


def counts_between(connection: Connection, first: date, end: date) -> dict[tuple[str, str, str], int]:
    """Return how many mentions of others were published on the days ``first <= day < end``.

    By channel, kind and label, as v_daily has them: kind ``mention`` with an empty label counts each once. Empty
    where the roll-up was never counted.
    """
    table = daily_counts
    asked = (
        select(table.c.channel, table.c.kind, table.c.label, func.sum(table.c.mentions))
        .where(table.c.kind.in_((MENTION, *KINDS)), table.c.day >= first, table.c.day < end, ~table.c.by_us)
        .group_by(table.c.channel, table.c.kind, table.c.label)
    )
    return {(channel, kind, label): int(n) for channel, kind, label, n in connection.execute(asked)}


def channels_since(connection: Connection) -> dict[str, datetime]:
    """Return since when each channel is listened to; nothing while no day was ever counted."""
    if connection.execute(select(daily_zone.c.zone)).first() is None:
        return {}
    asked = select(sources.c.channel, func.min(sources.c.created_at)).group_by(sources.c.channel)
    return {channel: since for channel, since in connection.execute(asked)}


def days_spoken(connection: Connection, first: date, end: date) -> dict[str, list[date]]:
    """Return on which days ``first <= day < end`` each partner of today said something, oldest first."""
    table = daily_counts
    counted = and_(table.c.kind == MENTION, table.c.day >= first, table.c.day < end)
    asked = (
        select(partners.c.name, table.c.day)
        .join(partners, partners.c.id == table.c.partner_id)
        .where(counted, partners.c.removed_at.is_(None), table.c.mentions > 0)
        .distinct()
        .order_by(partners.c.name, table.c.day)
    )
    spoken: dict[str, list[date]] = defaultdict(list)
    for name, day in connection.execute(asked):
        spoken[name].append(day)
    return dict(spoken)
