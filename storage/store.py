"""The one shared store: how a connection is opened and how a transaction begins and ends.

Readers are deferred and never wait; writers begin IMMEDIATE, so that two of them queue up (busy_timeout)
rather than fail in the middle. Nobody holds a transaction over a fetch, an analysis or a letter.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from errors import NeedsAttention, TryLater

log = logging.getLogger(__name__)

BUSY_MILLISECONDS = 30_000
PATIENCE_MILLISECONDS = 1_000
"""What can be done another time waits so long for others, and no longer."""


TROUBLES = {
    "database is locked": "another process has been writing for long; ask again in a moment",
    "database or disk is full": "make room on its disk; nothing that was stored is lost",
    "attempt to write a readonly database": "let whoever runs Earshot write to the file and its folder",
    "disk I/O error": "look at its disk, and at the room on it",
    "unable to open database file": "let whoever runs Earshot read and write its folder",
    "malformed": "restore a backup",
}


class Store:
    """A store that is open. Its two context managers are the only ways in; each is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLite has one writer at a time; threads of this process queue here, where waiting costs nothing,
        # and processes queue at BEGIN IMMEDIATE.
        self._writer = threading.RLock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment of the store, whatever is written meanwhile."""
        with _told_in_words(self._engine.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose work is committed at the end of the block, or not at all."""
        with self._writer, _told_in_words(self._engine.url), self._engine.connect() as connection:
            connection = connection.execution_options(earshot_writes=True)
            with connection.begin():
                yield connection

    def write_anew(self) -> bool:
        """Write the whole file anew without gaps, and fold the log into it; False where others are at work in it.

        It takes as much room again while it works. Nobody writes meanwhile.
        """
        with self._writer, self._engine.connect() as connection:
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

    def close(self) -> None:
        """Give every connection back; the write-ahead log is folded into the file by the last one."""
        self._engine.dispose()


def _fold(run: Callable[[str], sqlite3.Cursor]) -> bool:
    """Fold the log into the file and cut it to nothing; tell whether no reader stood in the way."""
    busy: int = run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return busy == 0


def engine_for(url: str) -> Engine:
    """Return an engine for ``sqlite:///…``; its file need not exist yet, its folder must (NeedsAttention)."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise NeedsAttention(
            f"store {parsed.get_backend_name()}: this version keeps its store on SQLite; write sqlite:///earshot.db"
        )
    database = parsed.database
    if not database or database == ":memory:":
        raise NeedsAttention("the store lives in a file: write url = sqlite:///earshot.db in [store]")
    folder = Path(database).resolve().parent
    if not folder.is_dir():
        raise NeedsAttention(f"store {database}: there is no folder {folder}; make it, or change [store] url")
    engine = create_engine(url, pool_size=24, max_overflow=40)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: object, _record: object) -> None:
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
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("earshot_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told_in_words(url: URL) -> Iterator[None]:
    """Turn the trouble that a store has with its machine into TryLater; a wrong statement stays a bug."""
    try:
        yield
    except DatabaseError as error:
        told = str(error.orig)
        for trouble, advice in TROUBLES.items():
            if trouble in told:
                raise TryLater(f"store {_shown(url)}: {told[:200]}; {advice}") from error
        raise


def explain(error: DatabaseError, url: str) -> NeedsAttention:
    """Return the driver's trouble in the words of whoever runs Earshot."""
    told = str(error.orig)[:200]
    return NeedsAttention(f"store {_shown(make_url(url))}: {told}; see `earshot check`, or restore a backup")


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
