"""Letters on their way out: each has a key, so that what is put here twice is here once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, null, or_, select, update

from model import Message
from storage.engines import insert_once
from storage.schema import outbox, outbox_mentions


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMessage:
    """A letter and what became of it."""

    id: int
    message: Message
    state: str
    attempts: int
    created_at: datetime
    first_attempt_at: datetime | None
    sent_at: datetime | None
    failed_at: datetime | None
    last_error: str


def put(
    connection: Connection,
    message: Message,
    quoted: Sequence[int],
    *,
    now: datetime,
    not_before: datetime | None = None,
) -> bool:
    """Put a letter into the outbox with the mentions that it quotes; return False when its key is there already."""
    row = {
        "key": message.key,
        "kind": message.kind,
        "recipient": message.recipient,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "headers": dict(message.headers),
        "data": dict(message.data) or null(),
        "created_at": now,
        "next_attempt_at": max(now, not_before or now),
    }
    once = insert_once(connection, outbox).values(row).returning(outbox.c.id)
    added: int | None = connection.execute(once).scalar()
    if added is None:
        return False
    if quoted:
        rows = [{"message_id": added, "mention_id": mention} for mention in dict.fromkeys(quoted)]
        connection.execute(insert(outbox_mentions), rows)
    return True


def write_anew(connection: Connection, message: Message) -> bool:
    """Put a letter in the place of the one with its key that still waits; False where that is gone or in hand."""
    waits = and_(outbox.c.key == message.key, outbox.c.state == "waiting", outbox.c.claimed_by.is_(None))
    words = {
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "data": dict(message.data) or null(),
    }
    return connection.execute(update(outbox).where(waits).values(words)).rowcount > 0


def load_messages(connection: Connection, ids: Sequence[int] | None = None) -> list[KeptMessage]:
    """Return letters by id, or all of them, in the order in which they were written."""
    asked = select(outbox).order_by(outbox.c.id)
    if ids is not None:
        asked = asked.where(outbox.c.id.in_(ids))
    return [
        KeptMessage(
            id=row.id,
            message=Message(
                key=row.key,
                recipient=row.recipient,
                kind=row.kind,
                subject=row.subject,
                text=row.text,
                html=row.html,
                headers=row.headers,
                data=row.data or {},
            ),
            state=row.state,
            attempts=row.attempts,
            created_at=row.created_at,
            first_attempt_at=row.first_attempt_at,
            sent_at=row.sent_at,
            failed_at=row.failed_at,
            last_error=row.last_error,
        )
        for row in connection.execute(asked)
    ]


def any_due(connection: Connection, *, now: datetime) -> bool:
    """Tell whether a letter waits whose time has come."""
    due = select(outbox.c.id).where(outbox.c.state == "waiting", outbox.c.next_attempt_at <= now)
    return connection.execute(due.limit(1)).first() is not None


def mark_sent(connection: Connection, row: int, *, now: datetime) -> None:
    """Say that the other side has taken a letter."""
    done = {"state": "sent", "sent_at": now, "next_attempt_at": None, "last_error": ""}
    _close(connection, row, done)


def mark_unsent(
    connection: Connection, row: int, error: str, *, now: datetime, again_at: datetime | None
) -> None:
    """Say that a letter did not go, and when it is tried again; never again (None) is failed, for all to see."""
    known = {"first_attempt_at": func.coalesce(outbox.c.first_attempt_at, now), "last_error": error}
    if again_at is not None:
        _close(connection, row, {**known, "state": "waiting", "next_attempt_at": again_at})
    else:
        _close(connection, row, {**known, "state": "failed", "next_attempt_at": None, "failed_at": now})


def put_off(connection: Connection, rows: Sequence[int], *, until: datetime) -> None:
    """Give letters back untried: their way has had its share of this hour."""
    later = {"next_attempt_at": until, "claimed_by": None, "claimed_until": None}
    connection.execute(update(outbox).where(outbox.c.id.in_(rows)).values(later))


def sent_since(connection: Connection, moment: datetime) -> list[tuple[str, datetime]]:
    """Return the recipient and the time of each letter that went after a moment, in their order."""
    went = select(outbox.c.recipient, outbox.c.sent_at).where(outbox.c.sent_at > moment)
    return [(row.recipient, row.sent_at) for row in connection.execute(went.order_by(outbox.c.sent_at))]


def failed_between(connection: Connection, start: datetime, end: datetime) -> list[KeptMessage]:
    """Return the letters that failed for good from ``start`` until before ``end``, the first to fail first."""
    failed = select(outbox.c.id).where(outbox.c.failed_at >= start, outbox.c.failed_at < end)
    ids = list(connection.execute(failed.order_by(outbox.c.failed_at)).scalars())
    return load_messages(connection, ids) if ids else []


def left_behind(connection: Connection, which: ColumnElement[bool], *, since: datetime) -> int:
    """Return how many letters of some kind wait, or have failed since a moment."""
    failed = outbox.c.failed_at >= since
    left = select(func.count()).where(which, or_(outbox.c.state == "waiting", failed))
    return connection.execute(left).scalar_one()


def outbox_counts(connection: Connection) -> dict[str, int]:
    """Return how many letters there are in each state."""
    counted = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    return {state: count for state, count in connection.execute(counted)}


def _close(connection: Connection, row: int, values: dict[str, object]) -> None:
    free = {"claimed_by": None, "claimed_until": None, "attempts": outbox.c.attempts + 1}
    connection.execute(update(outbox).where(outbox.c.id == row).values({**values, **free}))
