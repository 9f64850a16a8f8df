"""The store itself: transactions, migrations, and what is refused with a reason."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DatabaseError

import storage
from errors import NeedsAttention, TryLater
from storage import open_store
from storage.engines import engine_for, is_sqlite
from storage.migrations import HEAD, scripts
from storage.schema import audit, metadata
from storage.store import Store
from tests.stores import NOW, a_store

BESIDE_THE_SCHEMA = ("words", "ix_search_texts_words", "ix_mentions_published", "ix_mentions_author")
"""What is another thing on each engine: what full text is found by; indices on what a view shows, and by author."""
ROOT = Path(__file__).resolve().parent.parent


def note(store: Store, what: str) -> None:
    with store.writing() as connection:
        connection.execute(insert(audit).values(at=NOW, what=what, which="-", why="-"))


def notes(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(audit.c.what).order_by(audit.c.id)).scalars())


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_migrations_make_the_tables_that_the_schema_says(store_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with a_store(store_url) as store, store.reading() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
                "include_object": lambda _, name, *more: name not in BESIDE_THE_SCHEMA,
            },
        )
        for room in iter_modules(storage.__path__):
            import_module(f"storage.{room.name}")  # some tables stand in files of their own
        assert compare_metadata(context, metadata) == []


def test_head_names_the_newest_migration() -> None:
    assert scripts().get_current_head() == HEAD


def test_what_fails_in_the_middle_leaves_nothing(store_url: str) -> None:
    with a_store(store_url) as store:
        with pytest.raises(RuntimeError), store.writing() as connection:
            connection.execute(insert(audit).values(at=NOW, what="half", which="-", why="-"))
            raise RuntimeError

        assert notes(store) == []


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(store_url: str) -> None:
    with a_store(store_url) as store, store.reading() as connection:
        before = connection.execute(select(audit.c.what)).all()
        note(store, "meanwhile")

        assert connection.execute(select(audit.c.what)).all() == before == []
        assert notes(store) == ["meanwhile"]


def test_writers_of_two_processes_queue_up(store_url: str) -> None:
    """faults.md 65."""

    def fifty_notes(store: Store) -> None:
        for _ in range(50):
            note(store, "x")

    with a_store(store_url) as one, a_store(store_url) as two:
        writers = [threading.Thread(target=fifty_notes, args=(store,)) for store in (one, two, one, two)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()

        assert len(notes(one)) == 200


def test_a_process_that_is_killed_in_a_transaction_loses_only_that_one(store_url: str) -> None:
    """faults.md 63."""
    with a_store(store_url) as store:
        note(store, "committed")
    script = (
        "import os, signal; from tests.test_storage_store import *\n"
        f"store = open_store({store_url!r})\n"
        "with store.writing() as connection:\n"
        "    connection.execute(insert(audit).values(at=NOW, what='half', which='-', why='-'))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True)

    assert killed.returncode == -9, killed.stderr.decode()
    with a_store(store_url) as store:
        assert notes(store) == ["committed"]
        with store.reading() as connection:
            if is_sqlite(connection):
                assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_a_store_that_is_held_for_long_is_told_in_words(tmp_path: Path) -> None:
    """faults.md 65."""
    with a_store(tmp_path) as store:
        with store.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 20")
        with closing(sqlite3.connect(tmp_path / "earshot.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")

            with pytest.raises(TryLater, match="earshot.db: database is locked; another process"):
                note(store, "never")

        note(store, "then")
        assert notes(store) == ["then"]


def test_a_store_whose_disk_is_full_is_told_in_words_and_keeps_what_it_had(tmp_path: Path) -> None:
    """faults.md 64."""
    with a_store(tmp_path) as store:
        note(store, "before")
        with store.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")  # as many as there are now

        with pytest.raises(TryLater, match="full; make room"):
            note(store, "x" * 100_000)

        assert notes(store) == ["before"]


def test_a_wrong_statement_stays_a_bug(store_url: str) -> None:
    with a_store(store_url) as store, pytest.raises(DatabaseError), store.reading() as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")


def test_times_come_back_in_utc_whatever_zone_they_went_in_with(store_url: str) -> None:
    berlin = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    with a_store(store_url) as store:
        with store.writing() as connection:
            connection.execute(insert(audit).values(at=berlin, what="x", which="-", why="-"))
        with store.reading() as connection:
            at = connection.execute(select(audit.c.at)).scalar_one()

    assert at == berlin
    assert at.tzinfo is UTC


def test_a_naive_time_is_refused(store_url: str) -> None:
    naive = datetime(2026, 7, 1, 12, 0)  # noqa: DTZ001 - that is the point
    with a_store(store_url) as store, store.writing() as connection:
        with pytest.raises(Exception, match="without a zone"):
            connection.execute(insert(audit).values(at=naive, what="x", which="-", why="-"))


def test_a_newer_store_is_refused_by_name(store_url: str) -> None:
    """faults.md 70."""
    with a_store(store_url) as store, store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(NeedsAttention, match="9999.*newer Earshot"):
        open_store(store_url)


def test_a_database_of_somebody_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as theirs:
        theirs.execute("CREATE TABLE songs (title TEXT)")
    theirs.close()

    with pytest.raises(NeedsAttention, match="no Earshot store"):
        open_store(f"sqlite:///{file}")

    with sqlite3.connect(file) as theirs:
        assert theirs.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]
    theirs.close()


@pytest.mark.parametrize("content", [b"not a database at all, but long enough" * 40], ids=["text"])
def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    """faults.md 67."""
    file = tmp_path / "earshot.db"
    file.write_bytes(content)

    with pytest.raises(NeedsAttention, match="earshot.db"):
        open_store(f"sqlite:///{file}")

    assert file.read_bytes() == content


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:////no/such/folder/at/all/x.db",
        "postgresql://localhost",
        "mysql://localhost/x",
        "?",
    ],
)
def test_a_store_that_cannot_be_says_why(url: str) -> None:
    with pytest.raises(NeedsAttention):
        engine_for(url)


def test_a_killed_migration_leaves_no_table(tmp_path: Path) -> None:
    """faults.md 69."""
    script = (
        "import os, signal, storage.migrations as m\n"
        "m._refuse_broken_keys = lambda connection: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"from storage import open_store; open_store('sqlite:///{tmp_path / 'earshot.db'}')\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True)

    assert killed.returncode == -9, killed.stderr.decode()
    with sqlite3.connect(tmp_path / "earshot.db") as raw:
        assert raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    raw.close()
    with a_store(tmp_path) as store:
        assert notes(store) == []
