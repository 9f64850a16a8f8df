"""Which mentions are due to be asked about again: still there, and as they were?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, exists, select, update

from storage.schema import mention_sources, mentions, sources

CLAIM_LASTS = timedelta(hours=1)
"""A recheck that is killed is made up for after this long: nobody waits for it."""
UNHEARD_WAITS = timedelta(days=1)
"""A source that is resumed is asked about its mentions within a day."""
PUT_OFF_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DueRecheck:
    """One mention to ask about."""

    id: int
    external_id: str
    published_at: datetime


def plan_first(connection: Connection, ids: Sequence[int], at: datetime) -> None:
    """Say when mentions that have just come are asked about for the first time."""
    one = update(mentions).where(mentions.c.id == bindparam("row")).values(recheck_at=at)
    if ids:
        connection.execute(one, [{"row": row} for row in ids])


def claim(connection: Connection, source_id: int, *, now: datetime, limit: int) -> list[DueRecheck]:
    """Claim what this source has brought and is due, longest due first, by putting it off for CLAIM_LASTS.

    What was deleted is asked about as well: it may be there again, and a listing that knows it does not tell it anew.
    """
    # Not a join: that reads all that the source ever brought, and not only what is due.
    brought = exists().where(
        mention_sources.c.mention_id == mentions.c.id, mention_sources.c.source_id == source_id
    )
    due = (
        select(mentions.c.id, mentions.c.external_id, mentions.c.published_at)
        .where(mentions.c.recheck_at <= now, brought)
        .order_by(mentions.c.recheck_at)
        .limit(limit)
    )
    found = [DueRecheck(*row) for row in connection.execute(due)]
    plan_first(connection, [each.id for each in found], now + CLAIM_LASTS)
    return found


def put_off_the_unheard(connection: Connection, *, now: datetime) -> None:
    """Put off by UNHEARD_WAITS what is due of sources that nobody listens to now: else every claim reads past it."""
    listened = and_(sources.c.removed_at.is_(None), sources.c.paused_at.is_(None), sources.c.status != "off")
    asked_of = and_(
        mention_sources.c.mention_id == mentions.c.id, mention_sources.c.source_id == sources.c.id
    )
    heard = exists().where(asked_of, listened)
    due = select(mentions.c.id).where(mentions.c.recheck_at <= now).order_by(mentions.c.recheck_at)
    longest = connection.execute(due.limit(PUT_OFF_AT_ONCE)).scalars().all()
    idle = update(mentions).where(mentions.c.id == bindparam("row"), ~heard)
    if longest:
        later = idle.values(recheck_at=now + UNHEARD_WAITS)
        connection.execute(later, [{"row": row} for row in longest])


def plan(connection: Connection, at: Mapping[int, datetime] | Iterable[tuple[int, datetime]]) -> None:
    """Say when each of these mentions is asked about next."""
    one = update(mentions).where(mentions.c.id == bindparam("row")).values(recheck_at=bindparam("at"))
    rows = [{"row": row, "at": moment} for row, moment in dict(at).items()]
    if rows:
        connection.execute(one, rows)
