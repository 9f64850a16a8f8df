"""The two engines behind one face: whatever differs between SQLite and PostgreSQL is asked for here.

Beside this file, only storage/sqlite.py, storage/postgresql.py, storage/search_index.py and the column types know
which engine it is; every other statement is the same on both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, text
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from errors import NeedsAttention, TryLater
from model import Secret
from storage import postgresql, sqlite

FORMS = "write sqlite:///earshot.db or postgresql://USER@HOST/DATABASE"


def engine_for(url: str, password: Secret | None = None) -> Engine:
    """Return an engine for a store's address; NeedsAttention for one that can be no store."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise NeedsAttention(f"the store's address cannot be read; {FORMS}") from None
    if password is not None:
        parsed = parsed.set(password=password.reveal())
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return sqlite.engine_for(parsed)
    if backend in ("postgresql", "postgres"):
        return postgresql.engine_for(parsed)
    raise NeedsAttention(f"store {backend}: there is no such store; {FORMS}")


def is_sqlite(on: Engine | Connection) -> bool:
    """Tell which of the two it is."""
    return on.dialect.name == "sqlite"


def begun(engine: Engine, *, writes: bool) -> AbstractContextManager[Connection]:
    """Return a connection in a transaction; a writer's is committed at the end of the block."""
    return (
        sqlite.begun(engine, writes=writes) if is_sqlite(engine) else postgresql.begun(engine, writes=writes)
    )


def migrating(engine: Engine) -> AbstractContextManager[Connection]:
    """Return a connection in one transaction in which tables may change, one process at a time."""
    return sqlite.migrating(engine) if is_sqlite(engine) else postgresql.migrating(engine)


def change_tables(engine: Engine, work: Callable[[Connection], None]) -> None:
    """Do the work in one transaction in which tables may change, and for which nobody who reads waits for long."""
    if is_sqlite(engine):
        with sqlite.migrating(engine) as connection:
            work(connection)
    else:
        postgresql.change_tables(engine, work)


def write_anew(engine: Engine) -> bool:
    """Leave no gaps where something stood that was taken back; False where others are in the way."""
    return sqlite.write_anew(engine) if is_sqlite(engine) else postgresql.leave_no_gaps(engine)


def merge_full_text(connection: Connection) -> None:
    """Let the full-text index keep no word that was taken back. PostgreSQL's does so with its other tables."""
    if is_sqlite(connection):
        sqlite.merge_full_text(connection)


def one_at_a_time(connection: Connection, what: str) -> None:
    """Hold this kind of work until the transaction ends: what looks before it writes must be alone with what it saw.

    On SQLite the whole transaction is alone already.
    """
    if not is_sqlite(connection):
        digest = hashlib.blake2b(what.encode(), digest_size=8, person=b"earshot").digest()
        key = int.from_bytes(digest, "big", signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def insert_once(connection: Connection, table: Table) -> Any:
    """Return an INSERT that leaves alone what is there already by any of the table's keys."""
    if is_sqlite(connection):
        return SqliteInsert(table).on_conflict_do_nothing()
    return PostgresInsert(table).on_conflict_do_nothing()


def written_at_once(on: Connection, table: str, columns: Sequence[str]) -> str:
    """Return the statement that takes many rows at once, as tuples, by ``Connection.exec_driver_sql``."""
    if is_sqlite(on):
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    return f"{postgresql.COPY} {table} ({', '.join(columns)}) FROM STDIN"


@contextmanager
def told_in_words(engine: Engine) -> Iterator[None]:
    """Turn the trouble that a store has with its machine into TryLater or NeedsAttention; a bug stays a bug."""
    try:
        yield
    except DBAPIError as error:
        explained = in_words(error, engine)
        if explained is None:
            raise
        raise explained from error


def in_words(error: DBAPIError, engine: Engine) -> Exception | None:
    """Return the driver's trouble in the words of whoever runs Earshot, without the password; None for a bug."""
    name = shown(engine.url)
    return sqlite.in_words(error, name) if is_sqlite(engine) else postgresql.in_words(error, name)


def is_trouble(error: Exception) -> bool:
    """Tell whether the store could not do its work just now, whatever was asked of it."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, TryLater)
    return isinstance(error, OperationalError) or error.connection_invalidated


def shown(url: URL) -> str:
    """Return a store's address as it may be shown."""
    return url.set(drivername=url.get_backend_name(), password=None).render_as_string(hide_password=True)
