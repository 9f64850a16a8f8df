"""How each source did, and since when: what a digest's coverage is told from, also long after its period.

Readings that go well are one row as long as they go on without a long pause, so most of them write nothing here;
every other reading is a row of its own. The caller owns the transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from model import Attempt, Period, SourceState, SourceStatus
from storage import chores
from storage.among import among
from storage.schema import KEPT_BY_HAND, mention_sources, metadata, partners, sources
from storage.types import PlainText, RowNumber, UtcDateTime

UNBROKEN = timedelta(hours=6)
"""A longer pause between two readings ends their row: within one, a period of a day was listened to."""
WELL = ("ok", "quiet")
KNOWN_SINCE = "how sources did is known"
"""A chore's name, "done" at the moment before which nothing of it is kept; never done: all is kept."""
CHORE = "forget how sources did long ago"
EVERY = timedelta(days=1)
KEPT_FOR = timedelta(days=400)
"""A year, and the month that it is compared with."""

attempts = Table(
    "source_attempts",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("source_id", RowNumber, ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime, nullable=False),  # the first reading of the row
    Column("until", UtcDateTime),  # the last one; null: it goes on, and the source knows its last
    Column("status", PlainText, nullable=False),
    Column("reason", PlainText, nullable=False, server_default=""),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", UtcDateTime),  # of one that did not go well
)
Index("ix_source_attempts_source", attempts.c.source_id, attempts.c.at)  # how a source did at some moment
Index(  # the row that goes on
    "ix_source_attempts_open",
    attempts.c.source_id,
    unique=True,
    sqlite_where=attempts.c.until.is_(None),
    postgresql_where=attempts.c.until.is_(None),
)

_OPEN = and_(attempts.c.source_id == sources.c.id, attempts.c.until.is_(None))
_GOING_ON = (
    select(sources.c.id, sources.c.last_success_at, attempts.c.id.label("row"), attempts.c.status)
    .outerjoin(attempts, _OPEN)
    .where(among(sources.c.id, "ended"))
)
_GOING_ON_OF_MINE = _GOING_ON.where(sources.c.claimed_by == bindparam("holder"))
_END = update(attempts).where(attempts.c.id == bindparam("row")).values(until=bindparam("last"))


def keep_attempts(
    connection: Connection, ended: Mapping[int, Attempt], *, now: datetime, holder: str | None = None
) -> None:
    """Keep how readings of sources ended, by the source's id; before the sources themselves are told.

    holder: only of those that it has claimed.
    """
    asked = {"ended": list(ended)}
    if holder is None:
        rows = connection.execute(_GOING_ON, asked).all()
    else:
        rows = connection.execute(_GOING_ON_OF_MINE, {**asked, "holder": holder}).all()
    fresh = [row for row in rows if not _goes_on(row, ended[row.id], now)]
    over = [{"row": row.row, "last": row.last_success_at or now} for row in fresh if row.row is not None]
    if over:
        connection.execute(_END, over)
    if fresh:
        connection.execute(insert(attempts), [_row(row.id, ended[row.id], now) for row in fresh])


def _goes_on(row: Row[*tuple[Any, ...]], attempt: Attempt, now: datetime) -> bool:
    if row.row is None or row.last_success_at is None or row.status != attempt.status:
        return False
    return bool(now - row.last_success_at <= UNBROKEN)


def _row(source: int, attempt: Attempt, now: datetime) -> dict[str, object]:
    well = attempt.status in WELL
    return {
        "source_id": source,
        "at": now,
        "until": None if well else now,
        "status": attempt.status,
        "reason": "" if well else attempt.reason,
        "failures": attempt.failures,
        "next_attempt_at": None if well else attempt.next_attempt_at,
    }


def end_listening(connection: Connection, source: int) -> None:
    """End the row that goes on, while the source still knows its last reading: it begins anew elsewhere."""
    last = select(sources.c.last_success_at).where(sources.c.id == source).scalar_subquery()
    mine = and_(attempts.c.source_id == source, attempts.c.until.is_(None))
    connection.execute(update(attempts).where(mine).values(until=func.coalesce(last, attempts.c.at)))


def states_in(connection: Connection, period: Period) -> list[SourceState] | None:
    """Return how every source that was listened to in a period did at its end, by name; None: it is not kept.

    ``heard`` counts what a source brought for its first time in the period. Those that were taken out in it are
    there too, as off: their silence has a reason.
    """
    known_since = chores.last_done(connection, KNOWN_SINCE)
    if known_since is not None and period.end <= known_since:
        return None
    seen, of = mention_sources.c.first_seen_at, mention_sources.c.source_id == sources.c.id
    heard = select(func.count()).where(of, seen >= period.start, seen < period.end).scalar_subquery()
    newest = select(func.max(seen)).where(of, seen < period.end).scalar_subquery()
    last, well = attempts.alias("last"), attempts.alias("well")
    before = and_(attempts.c.source_id == sources.c.id, attempts.c.at < period.end)
    asked = (
        select(
            sources,
            partners.c.name.label("partner"),
            heard.label("heard"),
            newest.label("newest"),
            last.c.status.label("did"),
            last.c.reason.label("why"),
            last.c.failures.label("times"),
            last.c.next_attempt_at.label("again_at"),
            well.c.id.label("answered"),
            func.coalesce(well.c.until, sources.c.last_success_at, well.c.at).label("answered_until"),
        )
        .outerjoin(partners, partners.c.id == sources.c.partner_id)
        .outerjoin(last, last.c.id == _newest(before))
        .outerjoin(well, well.c.id == _newest(and_(before, attempts.c.status.in_(WELL))))
        .where(
            sources.c.channel != KEPT_BY_HAND,
            sources.c.created_at < period.end,
            or_(sources.c.removed_at.is_(None), sources.c.removed_at >= period.start),
        )
        .order_by(sources.c.name)
    )
    return [_state(row, period) for row in connection.execute(asked)]


def _newest(which: ColumnElement[bool]) -> Any:
    newest = select(attempts.c.id).where(which).order_by(attempts.c.at.desc(), attempts.c.id.desc())
    return newest.limit(1).correlate(sources).scalar_subquery()


def _state(row: Row[Any], period: Period) -> SourceState:
    status: SourceStatus = row.did or "ok"
    reason, failures = row.why or "", row.times or 0
    if row.paused_at is not None and row.paused_at < period.end:
        status, reason, failures = "off", "paused", 0
    if row.removed_at is not None and row.removed_at < period.end:
        status, reason, failures = "off", "taken out", 0
    return SourceState(
        name=row.name,
        channel=row.channel,
        status=status,
        reason=reason,
        partner=row.partner,
        next_attempt_at=row.again_at,
        last_success_at=None if row.answered is None else min(row.answered_until, period.end),
        last_new_at=row.newest,
        failures=failures,
        heard=row.heard,
    )


def forget_old(connection: Connection, *, now: datetime) -> int:
    """Forget how sources did longer ago than it is kept, if it is time for it; return how many rows.

    How each last did before stays: a source may have failed, or been silent, ever since.
    """
    if not chores.is_time(connection, CHORE, EVERY, now=now):
        return 0
    chores.mark_done(connection, CHORE, now=now)
    before = now - KEPT_FOR
    first = connection.execute(select(func.min(attempts.c.at))).scalar()
    if first is None or first >= before:
        return 0
    newer = attempts.alias("newer")
    replaced = exists().where(
        newer.c.source_id == attempts.c.source_id,
        newer.c.id > attempts.c.id,
        newer.c.at < before,
        newer.c.status.in_(WELL),
    )
    gone = connection.execute(delete(attempts).where(attempts.c.until < before, replaced)).rowcount
    chores.mark_done(connection, KNOWN_SINCE, now=before)
    return gone
