"""A store of the oldest schema with live data, and its migration in processes that can be killed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.processes import ROOT, environment

SQL = Path(__file__).with_name("stores_of_0002.sql")
SCHEMA = "0002"
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


def migrated(file: Path, *, killed_at: int = 0, largest_file: int = 0) -> subprocess.CompletedProcess[str]:
    """Open a store in a process of its own, which is killed before its n-th statement; it prints their number."""
    return subprocess.run(
        [sys.executable, "-c", MIGRATE, f"sqlite:///{file}", str(killed_at), str(largest_file)],
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
