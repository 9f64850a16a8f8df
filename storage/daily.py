"""The roll-up behind v_daily: how many mentions were published on a day, by channel, speaker and one tag.

Triggers of the database mark the days whose counts are not right any more, whoever wrote: a batch, an analysis, a
correction, an erasure. ``keep_current`` counts those days anew and no other, so the roll-up is never worse than late.
Days are those of the organisation's zone; what is marked is the day in UTC. A day that was marked gets another token,
by which an export knows that it has to write it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
)

from storage.engines import insert_once, is_sqlite, one_at_a_time
from storage.schema import mention_annotations, mentions, metadata
from storage.store import Store
from storage.types import PlainText
from storage.views.speech import SQLITE

KINDS = ("concern", "intent", "need", "sentiment")
"""Tags that are counted; names of partners are not, so that no name is kept here."""
MENTION = "mention"
"""The kind that counts each mention once."""
DAYS_AT_ONCE = 60
"""Days that one transaction counts anew: a filled store of years holds up no writer for long."""
NOBODY = 0
"""Stands for no partner, since a key's column holds no null."""

daily_counts = Table(
    "daily_counts",
    metadata,
    Column("kind", PlainText, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("channel", PlainText, primary_key=True),
    Column("partner_id", BigInteger, primary_key=True),
    Column("by_us", Boolean, primary_key=True),
    Column("label", PlainText, primary_key=True),
    Column("mentions", Integer, nullable=False),
    sqlite_with_rowid=False,
)

stale_days = Table(
    "stale_days",
    metadata,
    Column("day", Date, primary_key=True),
    # Each transaction marks for itself: none waits for another's, and no count takes away a mark that it did not see.
    Column("marked_by", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

changed_days = Table(
    "changed_days",
    metadata,
    Column("day", Date, primary_key=True),  # in UTC
    Column("token", BigInteger, nullable=False),  # random: another one whenever something of the day changed
    sqlite_with_rowid=False,
)

daily_zone = Table("daily_zone", metadata, Column("zone", PlainText, primary_key=True))


def keep_current(store: Store, zone: str) -> int:
    """Count every day anew whose counts are not right any more; return how many marks that took.

    ``zone`` is the organisation's; where it is another one than before, every day is counted anew.
    """
    done = 0
    while True:
        with store.reading() as connection:
            if not _is_stale(connection, zone):
                return done
        done += store.write(partial(count_anew, zone=zone))


def count_anew(connection: Connection, *, zone: str) -> int:
    """Count up to DAYS_AT_ONCE marked days anew, newest first; return how many marks are gone."""
    one_at_a_time(connection, "daily")
    _follow_zone(connection, zone)
    newest = select(stale_days.c.day).distinct().order_by(stale_days.c.day.desc()).limit(DAYS_AT_ONCE)
    days = list(connection.execute(newest).scalars())
    if not days:
        return 0
    # Read before the count: what is marked meanwhile stays marked.
    marks = connection.execute(select(stale_days).where(stale_days.c.day.in_(days))).all()
    for day in sorted({local for marked in days for local in local_days(marked, zone)}):
        _count(connection, day, zone)
    gone = delete(stale_days).where(
        stale_days.c.day == bindparam("of_day"), stale_days.c.marked_by == bindparam("by")
    )
    connection.execute(gone, [{"of_day": mark.day, "by": mark.marked_by} for mark in marks])
    _change(connection, days)
    return len(marks)


def mark_mentions(connection: Connection, ids: Sequence[int]) -> None:
    """Mark the days of these mentions: something was changed of them that no trigger sees, a tag that is gone."""
    by = 0 if is_sqlite(connection) else connection.execute(select(func.txid_current())).scalar_one()
    for start in range(0, len(ids), 500):
        some = select(mentions.c.published_at).where(mentions.c.id.in_(ids[start : start + 500]))
        days = {moment.date() for moment in connection.execute(some).scalars()}
        _mark_days(connection, days, by=by)


def local_days(day: date, zone: str) -> list[date]:
    """Return the days of a zone in which some of a day in UTC falls: two, or one where the zone is UTC.

    >>> [each.day for each in local_days(date(2026, 11, 20), "Europe/Berlin")]
    [20, 21]
    """
    begins = datetime.combine(day, time(), UTC)
    last = begins + timedelta(days=1) - timedelta.resolution
    first, end = (moment.astimezone(ZoneInfo(zone)).date() for moment in (begins, last))
    return [first + timedelta(days=each) for each in range((end - first).days + 1)]


def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return when a zone's day begins and ends, in UTC; it has 23 or 25 hours when clocks change."""
    begins, ends = (
        datetime.combine(each, time(), ZoneInfo(zone)).astimezone(UTC)
        for each in (day, day + timedelta(days=1))
    )
    return begins, ends


def _is_stale(connection: Connection, zone: str) -> bool:
    if connection.execute(select(stale_days.c.day).limit(1)).first() is not None:
        return True
    counted_in = connection.execute(select(daily_zone.c.zone)).scalar()
    return counted_in is not None and counted_in != zone


def _follow_zone(connection: Connection, zone: str) -> None:
    counted_in = connection.execute(select(daily_zone.c.zone)).scalar()
    if counted_in == zone:
        return
    counted = select(daily_counts.c.day).where(daily_counts.c.kind == MENTION).distinct()
    _mark(connection, connection.execute(counted).scalars().all())
    connection.execute(delete(daily_counts))
    connection.execute(delete(daily_zone))
    connection.execute(insert(daily_zone).values(zone=zone))


def _mark(connection: Connection, counted: Iterable[date]) -> None:
    """Mark what may lie in these days of some zone: the day in UTC and its two neighbours."""
    _mark_days(connection, {day + timedelta(days=by) for day in counted for by in (-1, 0, 1)})


def _mark_days(connection: Connection, days: set[date], *, by: int = 0) -> None:
    if days:
        rows = [{"day": day, "marked_by": by} for day in sorted(days)]
        connection.execute(insert_once(connection, stale_days), rows)


def _change(connection: Connection, days: Sequence[date]) -> None:
    connection.execute(delete(changed_days).where(changed_days.c.day.in_(days)))
    token = secrets.randbits(62)
    connection.execute(insert(changed_days), [{"day": day, "token": token} for day in days])


def _count(connection: Connection, day: date, zone: str) -> None:
    kinds = (MENTION, *KINDS)
    connection.execute(delete(daily_counts).where(daily_counts.c.kind.in_(kinds), daily_counts.c.day == day))
    standing = and_(_published_in(connection, *bounds(day, zone)), mentions.c.deleted_at.is_(None))
    # Its own literal for each part: a bound value that is grouped by is two values to PostgreSQL.
    speaker = func.coalesce(mentions.c.author_partner_id, literal_column(str(NOBODY)))
    who = (mentions.c.channel, speaker, mentions.c.by_us)
    each = (
        select(literal(MENTION), literal(day), *who, literal(""), func.count()).where(standing).group_by(*who)
    )
    tag = mention_annotations
    # Not the bare column: SQLite would begin with all tags of a kind: 1.15 s a day, not 0.07 (of 40,000 mentions).
    counts = func.coalesce(tag.c.kind, "").in_(KINDS)
    mine = and_(tag.c.mention_id == mentions.c.id, counts, tag.c.n == 0)
    tagged = (
        select(tag.c.kind, literal(day), *who, tag.c.label, func.count())
        .select_from(mentions)
        .join(tag, mine)
        .where(standing)
        .group_by(tag.c.kind, tag.c.label, *who)
    )
    into = [column.name for column in daily_counts.columns]
    for counted in (each, tagged):
        connection.execute(insert(daily_counts).from_select(into, counted))


def _published_in(connection: Connection, start: datetime, end: datetime) -> ColumnElement[bool]:
    """The condition that a mention was published in a stretch of time, in the words of ix_mentions_published."""
    if not is_sqlite(connection):
        return and_(mentions.c.published_at >= start, mentions.c.published_at < end)
    shown: ColumnElement[str] = literal_column(SQLITE.moment("mentions.published_at"))
    first, last = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (start, end))
    return and_(shown >= first, shown < last)
