"""What is older than is kept: found by id, whose order is that of publication, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select

from storage.ids import first_id
from storage.schema import mentions

CHORE = "retain"
EVERY = timedelta(hours=1)
"""Between two looks through: what is past is walked over each time."""


def expired(
    connection: Connection,
    keep: timedelta | None,
    by_channel: Mapping[str, timedelta],
    *,
    now: datetime,
    limit: int,
) -> list[int]:
    """Return up to ``limit`` mentions that are older than is kept, oldest first."""
    found: list[int] = []
    for condition in _conditions(connection, keep, by_channel, now=now).values():
        asked = select(mentions.c.id).where(condition).order_by(mentions.c.id).limit(limit - len(found))
        found += connection.execute(asked).scalars()
        if len(found) >= limit:
            break
    return found


def count_expired(
    connection: Connection, keep: timedelta | None, by_channel: Mapping[str, timedelta], *, now: datetime
) -> dict[str, int]:
    """Return how many mentions are older than is kept, by channel; channels without any are left out."""
    counts = {
        channel: connection.execute(select(func.count()).select_from(mentions).where(condition)).scalar_one()
        for channel, condition in _conditions(connection, keep, by_channel, now=now).items()
    }
    return {channel: count for channel, count in counts.items() if count}


def _conditions(
    connection: Connection, keep: timedelta | None, by_channel: Mapping[str, timedelta], *, now: datetime
) -> dict[str, ColumnElement[bool]]:
    """Return for each channel that is not kept for ever the condition that a mention is too old."""
    spans = {channel: by_channel.get(channel, keep) for channel in _channels(connection)}
    return {
        channel: and_(
            mentions.c.channel == channel,
            mentions.c.id < first_id(now - span),
            mentions.c.deleted_at.is_(None),
        )
        for channel, span in spans.items()
        if span is not None
    }


def _channels(connection: Connection) -> list[str]:
    """Return the channels that were heard, from one step in an index to the next."""
    known: list[str] = []
    last = ""
    while True:
        further = select(func.min(mentions.c.channel)).where(mentions.c.channel > last)
        found: str | None = connection.execute(further).scalar()
        if found is None:
            return known
        known.append(found)
        last = found
