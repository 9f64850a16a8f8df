"""What is SQLite's own: how its file is opened, how a transaction begins, and what its troubles mean.

Readers are deferred and never wait; writers begin IMMEDIATE, so that two of them queue up (busy_timeout) rather than
fail in the middle.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from errors import EarshotError, NeedsAttention, TryLater
from storage.types import from_json, to_json

log = logging.getLogger(__name__)

BUSY_MILLISECONDS = 30_000
CACHE_KB = 16_384
"""Of the file's pages that a connection may keep. With SQLite's 2 MB, full text took a quarter longer (measured)."""
PATIENCE_MILLISECONDS = 1_000
"""What can be done another time waits so long for others, and no longer."""

TROUBLES = {
    "database is locked": "another process has been writing for long; ask again in a moment",
    "database or disk is full": "make room on its disk; nothing that was stored is lost",
    "attempt to write a readonly database": "let whoever runs Earshot write to the file and its folder",
    "disk I/O error": "look at its disk, and at the room on it",
    "unable to open database file": "let whoever runs Earshot read and write its folder",
    "malformed": "restore a backup",
    "Could not decode to UTF-8": "the file is damaged there; restore a backup",
}


def engine_for(url: URL) -> Engine:
    """Return an engine for ``sqlite:///…``; its file need not exist yet, its folder must (NeedsAttention)."""
    database = url.database
    if not database or database == ":memory:":
        raise NeedsAttention("the store lives in a file: write url = sqlite:///earshot.db in [store]")
    folder = Path(database).resolve().parent
    if not folder.is_dir():
        raise NeedsAttention(f"store {database}: there is no folder {folder}; make it, or change [store] url")
    engine = create_engine(
        url,
        pool_size=24,
        max_overflow=40,
        pool_use_lifo=True,  # the next writer takes the connection whose cache is warm
        json_serializer=to_json,
        json_deserializer=from_json,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def begun(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    """Yield a connection in a transaction; a writer's is committed at the end of the block."""
    with engine.connect() as connection:
        if not writes:
            yield connection
            return
        connection = connection.execution_options(earshot_writes=True)
        with connection.begin():
            yield connection


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in one transaction that may rebuild tables, DDL too."""
    with engine.connect() as connection:
        # Only outside a transaction does SQLite let go of foreign keys, and a table that is rebuilt with
        # them on loses the rows that refer to it.
        driver = connection.connection.dbapi_connection
        assert driver is not None  # a connection that was just opened has one
        driver.execute("PRAGMA foreign_keys = OFF")
        connection = connection.execution_options(earshot_writes=True)
        try:
            with connection.begin():
                yield connection
        finally:
            driver.execute("PRAGMA foreign_keys = ON")


def in_words(error: DBAPIError, shown: str) -> EarshotError | None:
    """Return the trouble that the store has with its machine in words; None for a wrong statement, which is a bug."""
    told = str(error.orig).partition(" with text ")[0]  # what follows is what somebody said
    for trouble, advice in TROUBLES.items():
        if trouble in told:
            return TryLater(f"store {shown}: {told[:200]}; {advice}")
    return None


def merge_full_text(connection: Connection) -> None:
    """Write the full-text index anew as one piece: until then it keeps words that were taken back."""
    connection.execute(text("INSERT INTO mentions_search(mentions_search) VALUES ('optimize')"))


def write_anew(engine: Engine) -> bool:
    """Write the whole file anew without gaps, and fold the log into it; False where others are at work in it.

    It takes as much room again while it works. Nobody writes meanwhile.
    """
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None  # a connection that was just opened has one
        run = driver.cursor().execute
        try:
            run(f"PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}")
            run("PRAGMA temp_store = FILE")  # the copy is as large as the store
            if _fold(run):
                run("VACUUM")
            return _fold(run)
        except sqlite3.OperationalError as error:
            log.warning("the store was not written anew: %s", error)
            return False
        finally:
            run("PRAGMA temp_store = MEMORY")
            run(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")


def _fold(run: Callable[[str], sqlite3.Cursor]) -> bool:
    """Fold the log into the file and cut it to nothing; tell whether no reader stood in the way."""
    busy: int = run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return busy == 0


def _prepare(connection: object, _record: object) -> None:
    # The driver's own BEGIN comes too late (before the first write) and not for DDL at all: ours only.
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",  # a kill loses nothing committed; only a power cut may lose the last moments
        "foreign_keys = ON",
        "secure_delete = ON",  # what is taken back must leave no trace (design.md, section 6)
        "temp_store = MEMORY",
        f"cache_size = {-CACHE_KB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("earshot_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
