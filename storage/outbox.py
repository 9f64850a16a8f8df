"""Letters on their way out: each has a key, so that what is put here twice is here once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

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
    sent_at: datetime | None
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
            ),
            state=row.state,
            attempts=row.attempts,
            created_at=row.created_at,
            sent_at=row.sent_at,
            last_error=row.last_error,
        )
        for row in connection.execute(asked)
    ]


def mark_sent(connection: Connection, row: int, *, now: datetime) -> None:
    """Say that the other side has taken a letter."""
    done = {"state": "sent", "sent_at": now, "next_attempt_at": None, "last_error": ""}
    _close(connection, row, done)


def mark_unsent(connection: Connection, row: int, error: str, *, again_at: datetime | None) -> None:
    """Say that a letter did not go, and when it is tried again; never again (None) is failed, for all to see."""
    state = "waiting" if again_at is not None else "failed"
    _close(connection, row, {"state": state, "next_attempt_at": again_at, "last_error": error})


def outbox_counts(connection: Connection) -> dict[str, int]:
    """Return how many letters there are in each state."""
    counted = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    return {state: count for state, count in connection.execute(counted)}


def _close(connection: Connection, row: int, values: dict[str, object]) -> None:
    free = {"claimed_by": None, "claimed_until": None, "attempts": outbox.c.attempts + 1}
    connection.execute(update(outbox).where(outbox.c.id == row).values({**values, **free}))
