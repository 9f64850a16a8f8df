"""How often words were taken out of the store: what was written from an earlier look at it may hold them still.

A letter is written with no transaction open. Who puts it into the outbox compares this count with the one from
before, in the very transaction, while nothing can be taken out.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, Integer, Table, insert, select, update

from storage.engines import one_at_a_time
from storage.schema import metadata

LOCK = "words that are taken out"

purges = Table(
    "purges",
    metadata,
    Column(
        "id", Integer, primary_key=True, autoincrement=False
    ),  # one row: 1; none: nothing was taken out yet
    Column("count", Integer, nullable=False),
)


def count_purges(connection: Connection) -> int:
    """Return how often words were taken out so far."""
    return connection.execute(select(purges.c.count)).scalar() or 0


def hold_purges(connection: Connection) -> int:
    """Return how often words were taken out so far, and let none be taken out until the transaction ends.

    It waits for those who are about it.
    """
    one_at_a_time(connection, LOCK)
    return count_purges(connection)


def note_purge(connection: Connection) -> None:
    """Count that words are taken out, before the first of them; it waits for letters that are being put away."""
    one_at_a_time(connection, LOCK)
    if connection.execute(update(purges).values(count=purges.c.count + 1)).rowcount == 0:
        connection.execute(insert(purges).values(id=1, count=1))
