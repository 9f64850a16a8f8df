"""Who does not want a digest any more, whatever the configuration says, and who wants it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, insert, select, update

from storage.schema import digests, metadata, outbox
from storage.types import PlainText, UtcDateTime

unsubscribed = Table(
    "unsubscribed",
    metadata,
    Column("digest", PlainText, primary_key=True),
    Column("recipient", PlainText, primary_key=True),  # the bare address, in small letters
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),  # null: to this day
    sqlite_with_rowid=False,
)


def unsubscribe(connection: Connection, digest: str, recipient: str, *, now: datetime) -> bool:
    """Send a recipient this digest no more, nor the letter that waits; return False when that was so before."""
    if is_unsubscribed(connection, digest, recipient):
        return False
    connection.execute(delete(unsubscribed).where(_whose(digest, recipient)))
    connection.execute(insert(unsubscribed).values(digest=digest, recipient=recipient, since=now))
    theirs = and_(digests.c.name == digest, digests.c.recipient == recipient)
    letters = outbox.c.key.in_(select(digests.c.message_key).where(theirs))
    waiting = and_(letters, outbox.c.state == "waiting", outbox.c.claimed_by.is_(None))
    connection.execute(update(outbox).where(waiting).values(state="withdrawn", next_attempt_at=None))
    return True


def subscribe_again(connection: Connection, digest: str, recipient: str, *, now: datetime) -> bool:
    """Send a recipient this digest again, from now on; return False when they get it anyway."""
    gone = and_(_whose(digest, recipient), unsubscribed.c.until.is_(None))
    return connection.execute(update(unsubscribed).where(gone).values(until=now)).rowcount == 1


def is_unsubscribed(connection: Connection, digest: str, recipient: str) -> bool:
    """Tell whether a recipient wants this digest no more."""
    gone = and_(_whose(digest, recipient), unsubscribed.c.until.is_(None))
    return connection.execute(select(unsubscribed.c.since).where(gone)).first() is not None


def subscribed_again_at(connection: Connection, digest: str, recipient: str) -> datetime | None:
    """Return since when a recipient wants this digest again, so that nothing from before is told; None for nobody."""
    return connection.execute(select(unsubscribed.c.until).where(_whose(digest, recipient))).scalar()


def _whose(digest: str, recipient: str) -> ColumnElement[bool]:
    return and_(unsubscribed.c.digest == digest, unsubscribed.c.recipient == recipient)
