"""What is PostgreSQL's own: how its server is reached, how a transaction begins, and what its troubles mean.

A server restarts now and then. Who wants to begin waits for it, as long as for a lock; a transaction that was under
way is Interrupted, and may be done again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from errors import EarshotError, Interrupted, NeedsAttention, TryLater
from storage.types import from_json, to_json

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds that a transaction waits for a server that restarts, and for a lock."""
HELD_UP = 2_000
"""Milliseconds that a change of the schema waits for a table. The server ends its own cleaning of one after 1,000."""
CHANGE_PATIENCE, CHANGE_PAUSE = 600.0, 5.0
"""Seconds in which such a change is tried again and again, and between two tries."""
SETTINGS = "-c jit=off -c lock_timeout=30s -c TimeZone=UTC"
"""Our statements are short, and compiling one takes longer than doing it."""
COPY = "COPY"
"""How the statement begins that takes many rows at once."""

IN_THE_WAY = ("55P03", "40P01")
"""States of who waited too long for a table, or stood in another's way."""
INTERRUPTED = ("40001", "40P01", "57P01", "57P02", "57P03", "57P05", "25P02", "25P03", "08")
"""Beginnings of the states in which the server gave a transaction up: conflicts, restarts, lost connections."""
STATES = {
    "53100": "make room on its disk; nothing that was stored is lost",
    "53200": "the server is out of memory; ask again in a moment",
    "53300": "too many programs use the server; ask again in a moment, or raise its max_connections",
    "55P03": "another process has been at work in it for long; ask again in a moment",
    "25006": "the server takes no changes, as a standby does; name the primary in [store] url",
}
"""What whoever runs Earshot does about a state."""
FULL = ("too many clients", "too many connections", "remaining connection slots")
"""What a server says that has as many programs as it takes: in all, for this user or database, beside its own."""
COMES_BACK = (
    "Connection refused",
    "No such file or directory",  # the socket of a server that is down
    "starting up",
    "shutting down",
    "recovery",
    *FULL,
    "server closed the connection",
    "Connection reset",
    "timeout expired",
    "Is the server running",
)
NEEDS_A_PERSON = {
    "password": "put the right one into [store] password, best as env:NAME",
    "role": "make it with CREATE ROLE … LOGIN, or name another user in [store] url",
    "database": "make it with CREATE DATABASE, or name another one in [store] url",
    "pg_hba.conf": "let the server's pg_hba.conf admit this user from here",
    "permission denied": "let the user of [store] url own the database",
}


def engine_for(url: URL) -> Engine:
    """Return an engine for ``postgresql://USER@HOST/DATABASE``; NeedsAttention where its driver is missing."""
    if find_spec("psycopg") is None:
        raise NeedsAttention(
            "a store on PostgreSQL needs psycopg: install it with pip install 'earshot[postgresql]'"
        )
    if not url.database:
        raise NeedsAttention(
            "the store names no database: write url = postgresql://USER@HOST/DATABASE in [store]"
        )
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=8,
        max_overflow=24,
        pool_pre_ping=True,  # what a restart left in the pool is dropped before anything is asked of it
        json_serializer=to_json,
        json_deserializer=from_json,
        connect_args={"connect_timeout": 10, "options": SETTINGS, "application_name": "earshot"},
    )
    event.listen(engine, "do_executemany", _copied)
    return engine


@contextmanager
def begun(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    """Yield a connection in a transaction; a writer's is committed at the end of the block.

    A reader sees one moment of the store. It waits for a server that restarts.
    """
    with _connected(engine) as connection:
        if not writes:
            yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return
        with connection.begin():
            yield connection


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in one transaction, DDL too, while no other process migrates."""
    with engine.connect() as connection, connection.begin():
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
        if encoding != "UTF8":
            raise NeedsAttention(
                f"database {engine.url.database} keeps text as {encoding}; make one with ENCODING 'UTF8'"
            )
        yield connection


def change_tables(engine: Engine, work: Callable[[Connection], None]) -> None:
    """Do the work in one transaction in which tables may change; raise the driver's error after CHANGE_PATIENCE.

    Who waits for a table of its own holds up all that come after it, readers too, for as long as one of them is
    there already. So it waits no longer than HELD_UP, goes out of the way, and comes again.
    """
    until = time.monotonic() + CHANGE_PATIENCE
    while True:
        try:
            with engine.connect() as connection, connection.begin():
                connection.execute(text(f"SET LOCAL lock_timeout = '{HELD_UP}ms'"))
                return work(connection)
        except OperationalError as error:
            if _state(error) not in IN_THE_WAY or time.monotonic() >= until:
                raise
            log.warning("the schema is not changed while others are at work in it; it is tried again")
        time.sleep(CHANGE_PAUSE)


def in_words(error: DBAPIError, shown: str) -> EarshotError | None:
    """Return what is wrong with the server in words; None for a wrong statement, which is a bug."""
    told = " ".join(str(error.orig).split())[:300]
    state = _state(error)
    if state in STATES:
        return TryLater(f"store {shown}: {told}; {STATES[state]}")
    if state.startswith(INTERRUPTED) or error.connection_invalidated:
        return Interrupted(f"store {shown}: {told}; it is done again")
    if state == "42501":
        return NeedsAttention(f"store {shown}: {told}; {NEEDS_A_PERSON['permission denied']}")
    if not state and not _comes_back(error) and _never_connected(error):
        advice = next((do for what, do in NEEDS_A_PERSON.items() if what in told), "see [store] url")
        return NeedsAttention(f"store {shown}: {told}; {advice}")
    if not state and _never_connected(error):
        is_full = any(sign in told for sign in FULL)
        advice = STATES["53300"] if is_full else "start the server, or mend [store] url"
        return TryLater(f"store {shown}: {told}; {advice}")
    return None


def leave_no_gaps(engine: Engine) -> bool:
    """Give the room of rows that were taken back to others; True.

    Nobody waits for it. What it freed is overwritten by what comes next.
    """
    with engine.connect() as connection:
        autonomous = connection.execution_options(isolation_level="AUTOCOMMIT")
        autonomous.execute(text("VACUUM"))
    return True


def _copied(cursor: Any, statement: str, rows: Sequence[Sequence[object]], _context: object) -> bool:
    """Send rows as COPY takes them; the driver's executemany knows nothing of it. SQLAlchemy minds what fails."""
    if not statement.startswith(COPY):
        return False
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return True


def _connected(engine: Engine) -> Connection:
    """Return a connection that answers, as soon as there is one; the driver's error after PATIENCE."""
    until, pause = time.monotonic() + PATIENCE, 0.05
    while True:
        try:
            return engine.connect()
        except DBAPIError as error:
            if not _comes_back(error) or time.monotonic() >= until:
                raise
            log.warning("the store's server cannot be reached; it is asked again")
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _comes_back(error: DBAPIError) -> bool:
    told = str(error.orig)
    return any(sign in told for sign in COMES_BACK)


def _never_connected(error: DBAPIError) -> bool:
    return error.statement is None
