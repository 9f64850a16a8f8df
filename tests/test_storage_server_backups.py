"""Backups of a store on PostgreSQL by the server's own programs."""

from __future__ import annotations

import itertools
import os
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text

from errors import NeedsAttention, TryLater
from storage import server_backups
from storage.engines import engine_for
from storage.mentions import add_mentions
from storage.schema import mentions
from storage.store import Store
from tests.lines import FORUM_ID
from tests.postgres import PostgresServer, bundled
from tests.stores import NOW, a_store, said


def heard(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(mentions.c.text).order_by(mentions.c.id)).scalars())


def hear(store: Store, external_id: str, words: str) -> None:
    with store.writing() as connection:
        add_mentions(connection, FORUM_ID, [said(external_id, words)], now=NOW)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{bundled()}{os.pathsep}{os.environ['PATH']}")


def test_a_dump_is_made_tried_and_put_back(
    postgres: PostgresServer, programs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md 68."""
    file = tmp_path / "b.dump"
    with postgres.database() as url:
        engine = engine_for(url)
        with a_store(url) as store:
            hear(store, "1", "before")
            assert server_backups.dump(engine, file) == file.stat().st_size
            hear(store, "2", "after")
            with monkeypatch.context() as impatient, pytest.raises(TryLater, match="stop Earshot"):
                impatient.setattr(server_backups, "PATIENCE", 0.0)
                server_backups.load(engine, file, now=NOW)
            with pytest.raises(NeedsAttention, match="already"):
                server_backups.dump(engine, file)
        kept = server_backups.load(engine, file, now=NOW)
        with a_store(url) as store:
            assert heard(store) == ["before"]
        server_backups.load(engine, kept, now=NOW)
        with a_store(url) as store:
            assert heard(store) == ["before", "after"]
            with store.reading() as connection:
                found = connection.execute(text("SELECT count(*) FROM search_texts WHERE words @@ 'after'"))
                assert found.scalar_one() == 1
        engine.dispose()
    assert file.stat().st_mode & 0o077 == 0


def test_a_dump_is_made_while_others_write_and_holds_one_moment(
    postgres: PostgresServer, programs: None, tmp_path: Path
) -> None:
    """faults.md 65 and 68."""
    dumped, began = threading.Event(), threading.Event()
    with postgres.database() as url:
        engine = engine_for(url)
        with a_store(url) as store:

            def write() -> None:
                for n in itertools.count():
                    with store.writing() as connection:
                        add_mentions(connection, FORUM_ID, [said(f"{n} a"), said(f"{n} b")], now=NOW)
                    began.set()
                    if dumped.is_set():
                        return

            writer = threading.Thread(target=write)
            writer.start()
            began.wait(60)
            server_backups.dump(engine, tmp_path / "b.dump")
            dumped.set()
            writer.join()
            stored = len(heard(store))
        server_backups.load(engine, tmp_path / "b.dump", now=NOW)
        with a_store(url) as store:
            kept = len(heard(store))
        engine.dispose()
    assert 2 <= kept < stored
    assert kept % 2 == 0


def test_what_is_no_dump_of_a_store_is_refused(
    postgres: PostgresServer, programs: None, tmp_path: Path
) -> None:
    (tmp_path / "x.dump").write_text("no dump")
    with postgres.database() as url:
        engine = engine_for(url)
        for name in ("x.dump", "none.dump"):
            with pytest.raises(NeedsAttention):
                server_backups.load(engine, tmp_path / name, now=NOW)
        engine.dispose()


def test_a_dump_that_ends_in_the_middle_changes_nothing(
    postgres: PostgresServer, programs: None, tmp_path: Path
) -> None:
    """faults.md 67 and 68."""
    with postgres.database() as url:
        engine = engine_for(url)
        with a_store(url) as store:
            hear(store, "1", "before")
            server_backups.dump(engine, tmp_path / "b.dump")
            hear(store, "2", "after")
        whole = (tmp_path / "b.dump").read_bytes()
        (tmp_path / "torn.dump").write_bytes(whole[:-300])

        with pytest.raises(NeedsAttention, match="was not put back"):
            server_backups.load(engine, tmp_path / "torn.dump", now=NOW)

        with a_store(url) as store:
            assert heard(store) == ["before", "after"]
        engine.dispose()


def test_without_the_programs_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = engine_for("postgresql://me:secret@localhost/earshot")

    with pytest.raises(NeedsAttention, match="pg_dump is not installed.*postgresql-client") as refused:
        server_backups.dump(engine, tmp_path / "b.dump")

    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []
