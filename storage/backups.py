"""Backups of a store on SQLite: made while others write, tried before they are called one, and put back with care.

A backup is one file that holds one moment. It is written under another name, opened, checked and counted, and only
then gets its own: there is never half a backup.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from errors import NeedsAttention, TryLater

PAGES_AT_ONCE = 8_192
"""Pages between two words about progress: 32 MB."""
COUNTED = ("mentions", "annotations", "revisions", "alerts", "outbox", "audit")
"""Tables whose rows are counted in the store and in its copy, as far as its schema has them."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that was tried: where it is, its schema, its size in bytes, and how many rows its tables have."""

    file: Path
    schema: str
    size: int
    rows: dict[str, int]


def back_up(database: Path, file: Path, *, tell: Tell = lambda _done, _total: None) -> Backup:
    """Write a moment of the store into a new file; NeedsAttention where there is one, TryLater for a full disk.

    Others go on reading and writing meanwhile.
    """
    if file.exists():
        raise NeedsAttention(f"{file} is there already; name another file, or move it away")
    if not file.parent.is_dir():
        raise NeedsAttention(f"{file}: there is no folder {file.parent}; make it, or name another file")
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with told_in_words(file):
            _copy(database, beside, tell)
            made = checked(beside)
        with beside.open("rb") as stream:
            os.fsync(stream.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return Backup(file=file, schema=made.schema, size=made.size, rows=made.rows)


def checked(file: Path) -> Backup:
    """Return what a backup holds; NeedsAttention where it is none, or is damaged."""
    if not file.is_file():
        raise NeedsAttention(f"{file}: there is no such file")
    with closing(_opened(file, "ro")) as copy:
        try:
            told = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
            tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if told != ["ok"]:
                raise NeedsAttention(f"{file} is damaged: {'; '.join(told)[:300]}; take another backup")
            if "alembic_version" not in tables:
                raise NeedsAttention(f"{file} is a database, but no Earshot store")
            broken = copy.execute("PRAGMA foreign_key_check").fetchmany(3)
            if broken:
                raise NeedsAttention(
                    f"{file} is damaged: rows of {broken[0][0]} refer to nothing; take another one"
                )
            schema = str(copy.execute("SELECT version_num FROM alembic_version").fetchone()[0])
            return Backup(file=file, schema=schema, size=file.stat().st_size, rows=_rows(copy))
        except sqlite3.DatabaseError as error:
            raise NeedsAttention(f"{file} is no backup: {error}; take another one") from error


def put_back(file: Path, database: Path, *, newest_schema: str, now: datetime) -> Path | None:
    """Let a backup take the store's place; return where the present store is kept beside, None where there was none.

    Refused while any process has the store open, and for a backup of a newer Earshot (NeedsAttention, TryLater).
    """
    found = checked(file)
    if found.schema > newest_schema:
        raise NeedsAttention(
            f"{file} has schema {found.schema}, this program knows {newest_schema}: it was written by a newer Earshot"
        )
    beside = database.with_name(f".{database.name}.{os.getpid()}.part")
    try:
        with told_in_words(database):
            _copy(file, beside, lambda _done, _total: None)
            if checked(beside).rows != found.rows:
                raise NeedsAttention(f"{file} changed while it was read; try it again")
            return _swap(beside, database, now=now)
    finally:
        beside.unlink(missing_ok=True)


def stamped(database: Path, what: str, now: datetime) -> Path:
    """Return the name of a file beside the store, by purpose and time: ``earshot.db.0006-20261121T073000Z``."""
    return database.with_name(f"{database.name}.{what}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")


@contextmanager
def told_in_words(file: Path) -> Iterator[None]:
    """Turn what SQLite or the disk says into words for whoever runs Earshot."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise TryLater(f"{file}: {error}; make room on its disk, or ask again in a moment") from error
    except sqlite3.DatabaseError as error:
        raise NeedsAttention(f"{file}: {error}; restore a backup") from error
    except OSError as error:
        raise TryLater(
            f"{file}: {error.strerror}; make room, or let whoever runs Earshot write there"
        ) from error


def _swap(beside: Path, database: Path, *, now: datetime) -> Path | None:
    """Put a file in the store's place in one step, and keep what was there."""
    if not database.exists():
        beside.replace(database)
        return None
    with alone(database):
        kept = stamped(database, "before-restore", now)
        os.link(database, kept)
        for ending in (
            "-wal",
            "-shm",
        ):  # of a damaged store only; over another file they would damage that too
            stale = Path(f"{database}{ending}")
            if stale.exists():
                stale.replace(f"{kept}{ending}")
        beside.replace(database)
    return kept


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold a store that no other process has open, its log folded in; TryLater where one has.

    To leave its log behind, SQLite needs the file for itself: an idle connection elsewhere is enough to refuse it.
    """
    with closing(_opened(database, "rw")) as mine:
        mine.execute("PRAGMA busy_timeout = 1000")
        try:
            mode = mine.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
            if mode != "delete":
                raise sqlite3.OperationalError("database is locked")
            mine.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise TryLater(
                f"store {database}: another process has it open; stop Earshot and whatever else reads it first"
            ) from error
        except sqlite3.DatabaseError:  # damaged: that is why it is replaced, and nobody can be at work in it
            pass
        yield


def _copy(database: Path, into: Path, tell: Tell) -> None:
    into.touch(mode=0o600, exist_ok=False)
    with closing(_opened(database, "ro")) as store, closing(_opened(into, "rw")) as copy:
        store.execute("PRAGMA busy_timeout = 30000")
        # One moment is held from here: what others write does not begin the copy anew, and they do not wait.
        store.execute("BEGIN")
        rows = _rows(store)
        store.backup(copy, pages=PAGES_AT_ONCE, progress=lambda _s, left, total: tell(total - left, total))
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, which needs no other beside it
        if _rows(copy) != rows:
            raise NeedsAttention(f"{into}: the copy has other rows than the store; try it again")


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {
        name: int(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0])
        for name in COUNTED
        if name in there
    }


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode={mode}", uri=True, isolation_level=None)
