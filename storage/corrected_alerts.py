"""What a correction does to alerts: one whose mentions are no concern after all rests, and nobody else is told.

When the correction is taken back, or another one says that it is a concern, the alert is open again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update

from storage.schema import alert_mentions, alerts, mention_annotations, outbox


def close_the_groundless(connection: Connection, mention_id: int, *, now: datetime) -> None:
    """Let alerts rest that told of this mention as a concern, and none of whose mentions is one."""
    tag, other = mention_annotations, alert_mentions.alias("other")
    is_concern = and_(tag.c.mention_id == other.c.mention_id, tag.c.kind == "concern", tag.c.label == "yes")
    grounds = exists().where(other.c.alert_id == alerts.c.id, is_concern)
    groundless = and_(_told_of(mention_id), alerts.c.state != "acknowledged", ~grounds)
    ids = connection.execute(select(alerts.c.id).where(groundless)).scalars().all()
    rest = {"state": "acknowledged", "snoozed_until": None, "changed_at": now}
    connection.execute(update(alerts).where(alerts.c.id.in_(ids)).values(rest))
    letters = and_(_letters_of(ids), outbox.c.state == "waiting", outbox.c.claimed_by.is_(None))
    connection.execute(update(outbox).where(letters).values(state="withdrawn", next_attempt_at=None))


def open_again(
    connection: Connection, mention_id: int, *, closed_at: Iterable[datetime], now: datetime
) -> None:
    """Open alerts of this mention again that a correction of these times has let rest; letters not sent then go."""
    rested = and_(
        _told_of(mention_id), alerts.c.state == "acknowledged", alerts.c.changed_at.in_(list(closed_at))
    )
    ids = connection.execute(select(alerts.c.id).where(rested)).scalars().all()
    connection.execute(update(alerts).where(alerts.c.id.in_(ids)).values(state="open", changed_at=now))
    letters = and_(_letters_of(ids), outbox.c.state == "withdrawn")
    connection.execute(update(outbox).where(letters).values(state="waiting", next_attempt_at=now))


def _told_of(mention_id: int) -> ColumnElement[bool]:
    mine = select(alert_mentions.c.alert_id).where(alert_mentions.c.mention_id == mention_id)
    return and_(alerts.c.id.in_(mine), alerts.c.kind == "concern")


def _letters_of(ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a letter tells of one of these alerts: its key names it (delivery/message.py)."""
    named = (outbox.c.key.like(f"alert/%/{word}-{one}/%") for one in ids for word in ("alert", "escalated"))
    return or_(*named) if ids else outbox.c.id.is_(None)
