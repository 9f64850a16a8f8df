"""Which mentions are due to be asked about again: still there, and as they were?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, exists, select, update

from storage.schema import mention_sources, mentions

CLAIM_LASTS = timedelta(hours=1)
"""A recheck that is killed is made up for after this long: nobody waits for it."""


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


def plan(connection: Connection, at: Mapping[int, datetime] | Iterable[tuple[int, datetime]]) -> None:
    """Say when each of these mentions is asked about next."""
    one = update(mentions).where(mentions.c.id == bindparam("row")).values(recheck_at=bindparam("at"))
    rows = [{"row": row, "at": moment} for row, moment in dict(at).items()]
    if rows:
        connection.execute(one, rows)
