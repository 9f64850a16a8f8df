"""What is done now and then, and when it was done last: so that each process knows whether it is time again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Table, delete, insert, select

from storage.schema import metadata
from storage.types import PlainText, UtcDateTime

chores = Table(
    "chores",
    metadata,
    Column("name", PlainText, primary_key=True),
    Column("done_at", UtcDateTime, nullable=False),
)


def is_time(connection: Connection, name: str, every: timedelta, *, now: datetime) -> bool:
    """Tell whether a chore was not done for so long."""
    last = last_done(connection, name)
    return last is None or last <= now - every


def last_done(connection: Connection, name: str) -> datetime | None:
    """Return when a chore was done last, or None where it never was."""
    return connection.execute(select(chores.c.done_at).where(chores.c.name == name)).scalar()


def mark_done(connection: Connection, name: str, *, now: datetime) -> None:
    """Say that a chore is done for now."""
    connection.execute(delete(chores).where(chores.c.name == name))
    connection.execute(insert(chores).values(name=name, done_at=now))
