"""What is undone at a moment, read and not claimed: for a dry run."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from storage import transports
from storage.schema import mentions, outbox, sources


def due_source_names(connection: Connection, *, now: datetime) -> list[str]:
    """Return the names of the sources whose time has come, longest due first."""
    listened = and_(sources.c.removed_at.is_(None), sources.c.paused_at.is_(None))
    due = select(sources.c.name).where(listened, sources.c.next_attempt_at <= now)
    return list(connection.execute(due.order_by(sources.c.next_attempt_at, sources.c.name)).scalars())


def counts(connection: Connection) -> tuple[int, int]:
    """Return how many mentions wait for the analysis, and how many for the rules."""
    standing = mentions.c.deleted_at.is_(None)
    new = select(func.count()).where(mentions.c.analyzed_as.is_(None), standing)
    unasked = select(func.count()).where(mentions.c.unmatched, standing)
    return connection.execute(new).scalar_one(), connection.execute(unasked).scalar_one()


def due_letters(connection: Connection, *, now: datetime) -> list[int]:
    """Return the ids of the letters that would go now, longest due first; not those whose way rests."""
    due = and_(outbox.c.state == "waiting", outbox.c.next_attempt_at <= now)
    resting = [way.name for way in transports.failing(connection) if way.rests_until > now]
    goes = select(outbox.c.id).where(due, ~transports.goes_by(resting))
    return list(connection.execute(goes.order_by(outbox.c.next_attempt_at, outbox.c.id)).scalars())
