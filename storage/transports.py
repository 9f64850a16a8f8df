"""How the ways out are doing. A way that fails rests, so that its letters are not each tried in vain.

A way that works has no row. What is known of one is the installation's: every process that sends reads it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Table,
    and_,
    delete,
    false,
    or_,
    select,
    update,
)

from model import BY_TRANSPORT, MAIL
from storage.engines import insert_once
from storage.schema import metadata, outbox
from storage.types import PlainText, UtcDateTime

transports = Table(
    "transports",
    metadata,
    Column("name", PlainText, primary_key=True),  # "mail", or a name of [[transports]]
    Column("failing_since", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("rests_until", UtcDateTime, nullable=False),
    Column("reason", PlainText, nullable=False),
    Column("told_at", UtcDateTime),  # when people were told of it by another way
)
Index("ix_outbox_sent", outbox.c.sent_at)  # outbox.sent_since


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingWay:
    """A way out that has failed at its last ``failures`` letters, the first of them at ``failing_since``."""

    name: str
    failing_since: datetime
    failures: int
    rests_until: datetime
    reason: str
    told_at: datetime | None


def failing(connection: Connection) -> list[FailingWay]:
    """Return the ways that fail, by name."""
    rows = connection.execute(select(transports).order_by(transports.c.name))
    return [
        FailingWay(
            name=row.name,
            failing_since=row.failing_since,
            failures=row.failures,
            rests_until=row.rests_until,
            reason=row.reason,
            told_at=row.told_at,
        )
        for row in rows
    ]


def failing_way(connection: Connection, name: str) -> FailingWay | None:
    """Return how a way fails; None where it works."""
    return next((way for way in failing(connection) if way.name == name), None)


def mark_failing(
    connection: Connection, name: str, reason: str, *, now: datetime, rests_until: datetime
) -> None:
    """Say that a way has failed once more, and until when nothing is handed to it."""
    first = {"failing_since": now, "failures": 0, "rests_until": rests_until, "reason": reason}
    connection.execute(insert_once(connection, transports).values(name=name, **first))
    again = {"failures": transports.c.failures + 1, "rests_until": rests_until, "reason": reason}
    connection.execute(update(transports).where(transports.c.name == name).values(again))


def mark_working(connection: Connection, name: str) -> None:
    """Say that a way has taken a letter."""
    connection.execute(delete(transports).where(transports.c.name == name))


def wake(connection: Connection, *, now: datetime) -> None:
    """Let every way that rests be tried now; it is still known to fail."""
    connection.execute(update(transports).values(rests_until=now))


def mark_told(connection: Connection, name: str, *, now: datetime) -> None:
    """Say that people were told of a way that fails."""
    connection.execute(update(transports).where(transports.c.name == name).values(told_at=now))


def goes_by(ways: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a letter of the outbox goes by one of these ways."""
    named = [f"{BY_TRANSPORT}{name}" for name in ways if name != MAIL]
    by_name = outbox.c.recipient.in_(named) if named else false()
    return or_(by_name, ~outbox.c.recipient.startswith(BY_TRANSPORT)) if MAIL in ways else by_name


def keep_waiting(connection: Connection, ways: Collection[str], *, now: datetime) -> None:
    """Let the day begin after which a letter has failed, for those that are due and whose way rests."""
    due = and_(outbox.c.state == "waiting", outbox.c.next_attempt_at <= now)
    waits = and_(due, outbox.c.first_attempt_at.is_(None), goes_by(ways))
    connection.execute(update(outbox).where(waits).values(first_attempt_at=now))


def give_up(connection: Connection, way: FailingWay, *, before: datetime, now: datetime) -> int:
    """Let the letters fail that have waited for a resting way since before then; return how many."""
    waited = and_(outbox.c.state == "waiting", outbox.c.first_attempt_at <= before, goes_by([way.name]))
    failed = {"state": "failed", "failed_at": now, "next_attempt_at": None, "last_error": way.reason}
    return connection.execute(
        update(outbox).where(waited, outbox.c.claimed_by.is_(None)).values(failed)
    ).rowcount
