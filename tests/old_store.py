"""A store of the oldest schema with live data, and its migration in processes that can be killed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from storage.migrations import HEAD, scripts
from tests.processes import ROOT, environment
from tests.stores import Place, url_of

SQL = Path(__file__).with_name("stores_of_0002.sql")
SCHEMA = "0002"
STEPS = len(list(scripts().iterate_revisions(HEAD, SCHEMA)))
"""Migrations from there to the newest."""
MIGRATE = """
import os, resource, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from storage import open_store
if int(sys.argv[3]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
counted = 0
def count(connection, cursor, statement, parameters, context, many):
    global counted
    counted += 1
    if counted == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, "before_cursor_execute", count)
open_store(sys.argv[1]).close()
print(counted)
"""


def an_old_store(folder: Path) -> Path:
    """Return the file of a store as the first Earshot left it."""
    file = folder / "earshot.db"
    with closing(sqlite3.connect(file)) as store:
        store.executescript(SQL.read_text(encoding="utf-8"))
        store.execute("PRAGMA journal_mode = WAL")
    return file


def migrated(place: Place, *, killed_at: int = 0, largest_file: int = 0) -> subprocess.CompletedProcess[str]:
    """Open a store in a process of its own, which is killed before its n-th statement; it prints their number.

    ``place`` is the file's folder, or an address.
    """
    return subprocess.run(
        [sys.executable, "-c", MIGRATE, url_of(place), str(killed_at), str(largest_file)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def asked(file: Path, statement: str) -> list[tuple[object, ...]]:
    """Return the rows of a statement, read without any of our code."""
    with closing(sqlite3.connect(file)) as store:
        return store.execute(statement).fetchall()


def sound(file: Path) -> str:
    """Return the schema of a store that passes every check; AssertionError where it does not."""
    assert asked(file, "PRAGMA integrity_check") == [("ok",)]
    assert asked(file, "PRAGMA foreign_key_check") == []
    return str(asked(file, "SELECT version_num FROM alembic_version")[0][0])


GROWN = (
    "INSERT INTO mentions (id, channel, scope, external_id, author_id, url, title, text, content_hash, story_id, "
    "published_at, collected_at, thread_external_id, analyzed_as) "
    "SELECT id + n * 4194304, channel, scope, 'g' || n, author_id, url, title, text, 'g' || n, id + n * 4194304, "
    "strftime('%Y-%m-%d %H:%M:%f', published_at, '-' || (n % 500) || ' days') || '000', collected_at, 'g' || n, "
    "analyzed_as FROM mentions, numbers WHERE external_id = 't3_1'",
    "INSERT INTO search_texts (mention_id, said) SELECT m.id, s.said FROM mentions m, search_texts s "
    "WHERE m.external_id LIKE 'g%' AND s.mention_id = {first}",
    "INSERT INTO mention_sources (source_id, mention_id, first_seen_at) "
    "SELECT 1, id, collected_at FROM mentions WHERE external_id LIKE 'g%'",
    "INSERT INTO annotations (mention_id, kind, label, n, confidence, because, origin, version) "
    "SELECT id, 'need', 'information', 0, 0.9, '[]', 'rule', 'fast 1' FROM mentions WHERE external_id LIKE 'g%'",
)


def grown(file: Path, n_mentions: int) -> None:
    """Let a store of the oldest schema hold so many mentions more, each with its words, a source and a tag."""
    with closing(sqlite3.connect(file, isolation_level=None)) as store:
        (first,) = store.execute("SELECT id FROM mentions WHERE external_id = 't3_1'").fetchone()
        store.execute("BEGIN")
        store.execute("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)")
        store.executemany("INSERT INTO numbers VALUES (?)", ((n,) for n in range(1, n_mentions + 1)))
        for statement in GROWN:
            store.execute(statement.format(first=first))
        store.execute("COMMIT")
