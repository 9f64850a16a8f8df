"""From the oldest schema to this one with live data, killed at any statement, and the way back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from storage import backups, migrations, open_store
from storage.copies import list_copies
from storage.migrations import HEAD
from storage.reading import load_mentions
from storage.schema import mentions
from storage.search import Query, search
from tests.old_store import SCHEMA, STEPS, an_old_store, asked, grown, migrated, sound

SAID = "SELECT id, title, text, raw, analyzed_as FROM mentions ORDER BY id"
AMONG_THEM = 60
"""A statement in the middle of the migration."""


def kept_beside(file: Path) -> list[Path]:
    return sorted(file.parent.glob(f"earshot.db.{SCHEMA}-*"))


def test_a_store_of_the_oldest_schema_is_upgraded_with_all_that_it_holds(tmp_path: Path) -> None:
    """faults.md 98."""
    file = an_old_store(tmp_path)
    before = asked(file, SAID)

    store = open_store(f"sqlite:///{file}")

    try:
        with store.reading() as connection:
            found = load_mentions(connection, list(connection.execute(select(mentions.c.id)).scalars()))
            hits = list(search(connection, Query(words="title:late boxes"), limit=None))
            copies = list_copies(connection)
    finally:
        store.close()
    assert sound(file) == HEAD
    assert asked(file, SAID) == before
    assert [tag.label for mention in found for tag in mention.annotations] == ["yes"]
    assert len(hits) == 1
    assert [Path(copy.place) for copy in copies] == kept_beside(file)


def test_readers_of_digests_are_bare_addresses_after_it_each_once(tmp_path: Path) -> None:
    file, day = an_old_store(tmp_path), "2026-01-0{} 06:00:00.000000"
    with closing(sqlite3.connect(file)) as old, old:
        for reader in ("mailto:Team@rfn.example", "team@rfn.example", "mailto:lead@rfn.example"):
            told = ("readers", reader, day.format(1), day.format(2), day.format(2))
            old.execute(
                "INSERT INTO digests (name, recipient, period_start, period_end, built_at) VALUES (?, ?, ?, ?, ?)",
                told,
            )

    open_store(f"sqlite:///{file}").close()

    readers = asked(file, "SELECT recipient FROM digests WHERE name = 'readers' ORDER BY recipient")
    assert readers == [("lead@rfn.example",), ("team@rfn.example",)]


def test_the_way_back_is_the_copy_that_was_made_before(tmp_path: Path) -> None:
    """faults.md 69, 98."""
    file = an_old_store(tmp_path)
    before = asked(file, SAID)
    open_store(f"sqlite:///{file}").close()
    [copy] = kept_beside(file)

    kept = backups.put_back(copy, file, newest_schema=HEAD, now=datetime(2026, 6, 1, tzinfo=UTC))

    assert sound(file) == sound(copy) == SCHEMA  # the earlier program opens it
    assert asked(file, SAID) == before
    assert kept is not None
    assert sound(kept) == HEAD


def test_without_room_for_the_copy_nothing_is_migrated(tmp_path: Path) -> None:
    """faults.md 64."""
    file = an_old_store(tmp_path)

    ended = migrated(tmp_path, largest_file=60_000)

    assert "make room" in ended.stderr
    assert sound(file) == SCHEMA
    assert kept_beside(file) == []


def killed_at(folder: Path, statement: int) -> str:
    """Kill a migration before one of its statements; return the schema that it left, once it is opened again."""
    folder.mkdir()
    file = an_old_store(folder)
    before = asked(file, SAID)

    killed = migrated(folder, killed_at=statement)

    assert killed.returncode == -9, killed.stderr
    left = sound(file)
    assert asked(file, SAID) == before
    assert not list(folder.glob(".*.part")) or left == SCHEMA
    assert migrated(folder).returncode == 0
    assert sound(file) == HEAD
    assert asked(file, SAID) == before
    return left


def statements(folder: Path) -> int:
    folder.mkdir()
    an_old_store(folder)
    done = migrated(folder)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new_one(tmp_path: Path) -> None:
    """faults.md 69. At one statement of about a hundred; the long test tries them all."""
    assert killed_at(tmp_path / "killed", AMONG_THEM) == SCHEMA


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_migration_that_is_killed_at_any_statement_leaves_the_old_schema_or_the_new_one(
    tmp_path: Path,
) -> None:
    """faults.md 69."""
    count = statements(tmp_path / "whole")

    left = {killed_at(tmp_path / str(moment), moment) for moment in range(1, count + 1)}

    assert SCHEMA in left
    assert left <= {SCHEMA, HEAD}


def test_the_upgrade_of_a_large_store_tells_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 71."""
    file = an_old_store(tmp_path)
    grown(file, 1_200)
    monkeypatch.setattr(migrations, "LARGE", 1_000)

    open_store(f"sqlite:///{file}").close()

    told = [record.getMessage() for record in caplog.records]
    assert f"steps to schema {HEAD}: 1 of {STEPS}" in told
    assert f"steps to schema {HEAD}: {STEPS} of {STEPS}" in told
    assert "titles found in what is searched: 1000 of 1201" in told
    assert "titles found in what is searched: 1201 of 1201" in told


def test_the_upgrade_of_a_small_store_tells_only_that_it_is_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    open_store(f"sqlite:///{an_old_store(tmp_path)}").close()

    asked_of_whom = [record.getMessage().split(";")[0] for record in caplog.records]
    words = f"from schema {SCHEMA} to {HEAD}"
    assert asked_of_whom == [f"the store is brought {words}", f"the store was brought {words}"]
