"""Which digest was built for whom and for which period, and the counts that a digest compares with.

A reader is the bare address of a recipient in small letters: however it is written in the file, it is one reader.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, update

from model import Period
from storage import reading
from storage.engines import insert_once, one_at_a_time
from storage.schema import digests, mentions, outbox, outbox_mentions, partners


def told_periods(connection: Connection, name: str, reader: str) -> list[Period]:
    """Return which periods a reader was told of by this digest, oldest first; they never overlap."""
    asked = select(digests.c.period_start, digests.c.period_end).where(_mine(name, reader))
    return [Period(*row) for row in connection.execute(asked.order_by(digests.c.period_end))]


def last_end(connection: Connection, name: str, reader: str) -> datetime | None:
    """Return where the newest digest of this name for this reader ended, or None before the first."""
    return connection.execute(select(func.max(digests.c.period_end)).where(_mine(name, reader))).scalar()


def letter_of(connection: Connection, name: str, reader: str, period: Period) -> str | None:
    """Return the key of the letter that told a reader of a period; None where there was nothing to tell."""
    this = and_(_mine(name, reader), digests.c.period_end == period.end)
    return connection.execute(select(digests.c.message_key).where(this)).scalar()


def letter_states(connection: Connection, keys: Collection[str]) -> list[tuple[str, str, str]]:
    """Return the key, the state and the last trouble of these letters, in the order in which they were written."""
    asked = select(outbox.c.key, outbox.c.state, outbox.c.last_error).where(outbox.c.key.in_(keys))
    return [tuple(row) for row in connection.execute(asked.order_by(outbox.c.id))]


def to_tell(connection: Connection, name: str, reader: str, period: Period) -> list[int]:
    """Return the ids of what a reader's digest of a period tells, by id: collected in it, and not deleted.

    And what lies in the period before, and came to light only after its digest: a batch that waited for the store,
    or that was heard while the machine's clock was set back.
    """
    found = {*reading.collected_in(connection, period), *_left_out(connection, name, reader, period)}
    return sorted(found)


def record_digest(
    connection: Connection,
    name: str,
    reader: str,
    period: Period,
    *,
    message_key: str | None,
    now: datetime,
) -> bool:
    """Say that this digest was built; return False when any of its period was told before, by whomever."""
    one_at_a_time(connection, f"digest {name} for {reader}")
    overlaps = and_(digests.c.period_start < period.end, digests.c.period_end > period.start)
    mine = select(digests.c.id).where(_mine(name, reader), overlaps)
    if connection.execute(mine).first() is not None:
        return False
    row = {"name": name, "recipient": reader, "built_at": now, "message_key": message_key}
    once = insert_once(connection, digests).values(period_start=period.start, period_end=period.end, **row)
    return connection.execute(once.returning(digests.c.id)).first() is not None


def withdrawn(connection: Connection, name: str) -> list[tuple[str, Period]]:
    """Return the readers and periods whose letter was taken back before it went: they are to be told anew."""
    columns = (digests.c.recipient, digests.c.period_start, digests.c.period_end)
    asked = select(*columns).where(digests.c.name == name, digests.c.withdrawn).order_by(digests.c.id)
    return [(reader, Period(start, end)) for reader, start, end in connection.execute(asked)]


def record_anew(
    connection: Connection,
    name: str,
    reader: str,
    period: Period,
    *,
    message_key: str | None,
    now: datetime,
) -> bool:
    """Say that a digest that was withdrawn is built anew; return False when somebody else was faster."""
    this = and_(_mine(name, reader), digests.c.period_end == period.end, digests.c.withdrawn)
    done = {"withdrawn": False, "message_key": message_key, "built_at": now}
    return connection.execute(update(digests).where(this).values(**done)).rowcount == 1


def purged_in(connection: Connection, period: Period) -> int:
    """Return how many mentions collected in a period were taken back since."""
    gone = select(func.count()).where(_inside(period), mentions.c.deleted_at.is_not(None))
    return connection.execute(gone).scalar_one()


def partners_heard_before(connection: Connection, moment: datetime) -> dict[str, datetime]:
    """Return when each partner of today was last heard before a moment, by the time of publication."""
    spoke = and_(mentions.c.author_partner_id == partners.c.id, mentions.c.collected_at < moment)
    # Partner by partner, newest first over one index: the first that was collected before is the answer. Reading all
    # that a partner ever said grows with the store, and a join with GROUP BY reads every mention.
    newest = select(mentions.c.published_at).where(spoke).order_by(mentions.c.published_at.desc())
    last = newest.limit(1).scalar_subquery()
    asked = select(partners.c.name, last).where(partners.c.removed_at.is_(None))
    return {name: at for name, at in connection.execute(asked) if at is not None}


def _left_out(connection: Connection, name: str, reader: str, period: Period) -> list[int]:
    """Return what lies in the told period right before, and its digest did not tell."""
    ended = and_(_mine(name, reader), digests.c.period_end == period.start, ~digests.c.withdrawn)
    before = connection.execute(
        select(digests.c.period_start, digests.c.message_key, outbox.c.id)
        .outerjoin(outbox, outbox.c.key == digests.c.message_key)
        .where(ended)
    ).first()
    if before is None or (before.message_key is not None and before.id is None):
        return []
    inside = _inside(Period(before.period_start, period.start))
    there = select(mentions.c.id).where(inside, mentions.c.deleted_at.is_(None))
    if before.id is not None:
        mine = outbox_mentions.c.message_id == before.id
        there = there.where(~exists().where(mine, outbox_mentions.c.mention_id == mentions.c.id))
    return list(connection.execute(there).scalars())


def _mine(name: str, reader: str) -> ColumnElement[bool]:
    return and_(digests.c.name == name, digests.c.recipient == reader)


def _inside(period: Period) -> ColumnElement[bool]:
    return and_(mentions.c.collected_at >= period.start, mentions.c.collected_at < period.end)
