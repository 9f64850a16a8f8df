"""Which digest was built for whom and for which period, and the counts that a digest compares with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from model import Period
from storage.engines import insert_once
from storage.schema import digests, mentions, partners


def last_end(connection: Connection, name: str, recipient: str) -> datetime | None:
    """Return where the newest digest of this name for this recipient ended, or None before the first."""
    mine = and_(digests.c.name == name, digests.c.recipient == recipient)
    return connection.execute(select(func.max(digests.c.period_end)).where(mine)).scalar()


def record_digest(
    connection: Connection,
    name: str,
    recipient: str,
    period: Period,
    *,
    message_key: str | None,
    now: datetime,
) -> bool:
    """Say that this digest was built; return False when it was before, by whomever (unique by its end)."""
    row = {"name": name, "recipient": recipient, "built_at": now, "message_key": message_key}
    once = insert_once(connection, digests).values(period_start=period.start, period_end=period.end, **row)
    return connection.execute(once.returning(digests.c.id)).first() is not None


def purged_in(connection: Connection, period: Period) -> int:
    """Return how many mentions collected in a period were taken back since."""
    gone = select(func.count()).where(_inside(period), mentions.c.deleted_at.is_not(None))
    return connection.execute(gone).scalar_one()


def partners_heard_before(connection: Connection, moment: datetime) -> dict[str, datetime]:
    """Return when each partner of today was last heard before a moment, by the time of publication."""
    spoke = and_(mentions.c.author_partner_id == partners.c.id, mentions.c.collected_at < moment)
    # Partner by partner over one index; a join with GROUP BY reads every mention: 217 ms at 200,000, this 6 ms.
    last = select(func.max(mentions.c.published_at)).where(spoke).scalar_subquery()
    asked = select(partners.c.name, last).where(partners.c.removed_at.is_(None))
    return {name: at for name, at in connection.execute(asked) if at is not None}


def _inside(period: Period) -> ColumnElement[bool]:
    return and_(mentions.c.collected_at >= period.start, mentions.c.collected_at < period.end)
