"""Backups: made while others write, tried, named; and put back without bringing anybody's forgotten words."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from errors import NeedsAttention, TryLater
from storage import asked_to_forget, backups, forgetting, open_store, restoring
from storage.copies import Copy, list_copies, note_copy
from storage.mentions import add_mentions
from storage.migrations import HEAD
from storage.schema import audit, mentions, saved_searches
from storage.store import Store
from tests.forgettable import heard_from
from tests.lines import FORUM_ID
from tests.old_store import asked, sound
from tests.processes import ROOT, environment
from tests.stores import NOW, a_store, said

WHY = forgetting.Why(who="Ana", reason="asked for")


def heard(store: Store) -> list[str]:
    with store.reading() as connection:
        asked_for = select(mentions.c.text).where(mentions.c.deleted_at.is_(None)).order_by(mentions.c.id)
        return list(connection.execute(asked_for).scalars())


def test_a_backup_is_made_while_others_write_and_holds_one_moment(tmp_path: Path) -> None:
    """faults.md 65, 68."""
    with a_store(tmp_path) as store:
        done = threading.Event()

        def write() -> None:
            n = 0
            while not done.is_set():
                n += 1
                with store.writing() as connection:  # two rows at once: a moment has both or none
                    add_mentions(connection, FORUM_ID, [said(f"a{n}"), said(f"b{n}")], now=NOW)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            made = [backups.back_up(tmp_path / "earshot.db", tmp_path / f"{n}.db") for n in range(3)]
        finally:
            done.set()
            writer.join()

    for each in made:
        assert sound(each.file) == HEAD
        assert each.rows["mentions"] % 2 == 0
        assert asked(each.file, "SELECT count(*) FROM mentions") == [(each.rows["mentions"],)]
        assert each.file.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob(".*"))


def test_a_backup_never_takes_another_files_place(tmp_path: Path) -> None:
    with a_store(tmp_path):
        (tmp_path / "there.db").write_text("mine")

        with pytest.raises(NeedsAttention, match="already"):
            backups.back_up(tmp_path / "earshot.db", tmp_path / "there.db")
        with pytest.raises(NeedsAttention, match="no folder"):
            backups.back_up(tmp_path / "earshot.db", tmp_path / "nowhere" / "x.db")

    assert (tmp_path / "there.db").read_text() == "mine"


def test_a_backup_that_is_put_back_is_the_store_and_the_one_before_is_kept(tmp_path: Path) -> None:
    """faults.md 68."""
    file = tmp_path / "earshot.db"
    with a_store(tmp_path) as store:
        with store.writing() as connection:
            add_mentions(connection, FORUM_ID, [said("1", "before")], now=NOW)
        backups.back_up(file, tmp_path / "b.db")
        with store.writing() as connection:
            add_mentions(connection, FORUM_ID, [said("2", "after")], now=NOW)

        with pytest.raises(TryLater, match="stop Earshot"):
            backups.put_back(tmp_path / "b.db", file, newest_schema=HEAD, now=NOW)
        assert heard(store) == ["before", "after"]

    kept = backups.put_back(tmp_path / "b.db", file, newest_schema=HEAD, now=NOW)

    assert kept is not None
    with a_store(tmp_path) as store:
        assert heard(store) == ["before"]
    assert asked(kept, "SELECT text FROM mentions ORDER BY id") == [("before",), ("after",)]
    assert not list(tmp_path.glob("*.part"))


def test_what_is_no_sound_backup_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    """faults.md 67, 68, 70."""
    file = tmp_path / "earshot.db"
    with a_store(tmp_path):
        backups.back_up(file, tmp_path / "b.db")
    before = file.read_bytes()
    torn = tmp_path / "torn.db"
    torn.write_bytes((tmp_path / "b.db").read_bytes()[:-20_000])
    (tmp_path / "text.db").write_text("no database at all" * 99)
    with closing(sqlite3.connect(tmp_path / "songs.db")) as songs:
        songs.execute("CREATE TABLE songs (title)")
    newer = tmp_path / "newer.db"
    newer.write_bytes((tmp_path / "b.db").read_bytes())
    with closing(sqlite3.connect(newer, isolation_level=None)) as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")

    for name, why in (
        ("torn", "damaged|no backup"),
        ("text", "no backup"),
        ("songs", "no Earshot"),
        ("newer", "newer Earshot"),
        ("none", "no such file"),
    ):
        with pytest.raises(NeedsAttention, match=why):
            backups.put_back(tmp_path / f"{name}.db", file, newest_schema=HEAD, now=NOW)
    assert file.read_bytes() == before


def test_a_damaged_store_is_replaced_and_its_log_does_not_spoil_the_backup(tmp_path: Path) -> None:
    """faults.md 67, 68."""
    file = tmp_path / "earshot.db"
    with a_store(tmp_path) as store:
        with store.writing() as connection:
            add_mentions(connection, FORUM_ID, [said("1", "kept")], now=NOW)
        backups.back_up(file, tmp_path / "b.db")
        log = Path(f"{file}-wal").read_bytes()
    file.write_bytes(b"torn to pieces " * 4_000)
    Path(f"{file}-wal").write_bytes(log)

    backups.put_back(tmp_path / "b.db", file, newest_schema=HEAD, now=NOW)

    with a_store(tmp_path) as store:
        assert heard(store) == ["kept"]
    assert sound(file) == HEAD


def test_what_was_forgotten_since_stays_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "earshot.db"
    with a_store(tmp_path) as store:
        person, other = heard_from(store, Random(1)), heard_from(store, Random(2))
        backups.back_up(file, tmp_path / "b.db")
        with store.writing() as connection:
            note_copy(connection, Copy(kind="backup", place=str(tmp_path / "b.db"), made_at=NOW, mentions=6))
        with store.reading() as connection:
            request = asked_to_forget.about_author(connection, person.account)
        forgetting.forget(store, request, WHY, now=NOW + timedelta(days=1))
        with store.reading() as connection:
            known = restoring.carried(connection)
    backups.put_back(tmp_path / "b.db", file, newest_schema=HEAD, now=NOW)
    store = open_store(f"sqlite:///{file}")

    again = restoring.forget_again(store, known, now=NOW + timedelta(days=2))

    texts = " ".join(heard(store))
    with store.reading() as connection:
        lines = list(connection.execute(select(audit.c.what).order_by(audit.c.id)).scalars())
        copies = list_copies(connection)
        searches = list(connection.execute(select(saved_searches.c.name)).scalars())
    store.close()
    assert again == restoring.Again(mentions=3, unknown=0, partners=0)
    assert person.canaries["text"] not in texts
    assert other.canaries["text"] in texts
    assert lines == ["asked to forget", "restored", *["forgotten"] * 3]
    assert [copy.place for copy in copies] == [str(tmp_path / "b.db")]
    assert searches == [other.canaries["id"]]


def test_a_backup_of_another_store_says_what_it_cannot_know(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with a_store(tmp_path) as mine, a_store(tmp_path / "other") as other:
        for store, seed in ((mine, 1), (other, 2)):
            person = heard_from(store, Random(seed))
            with store.reading() as connection:
                request = asked_to_forget.about_author(connection, person.account)
            forgetting.forget(store, request, WHY, now=NOW)
        with mine.reading() as connection:
            known = restoring.carried(connection)

        again = restoring.forget_again(other, known, now=NOW)

    assert (again.mentions, again.unknown) == (0, len(known.kept_out))


FULL = """
import resource, sys
from pathlib import Path
from errors import TryLater
from storage import backups
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    backups.back_up(Path(sys.argv[1]), Path(sys.argv[2]))
except TryLater as error:
    print(error)
"""


def test_a_full_disk_leaves_no_half_backup(tmp_path: Path) -> None:
    """faults.md 64."""
    with a_store(tmp_path) as store:
        done = subprocess.run(
            [sys.executable, "-c", FULL, tmp_path / "earshot.db", tmp_path / "b.db"],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )

        assert "make room" in done.stdout, done.stderr
        assert heard(store) == []
    assert [path.name for path in tmp_path.iterdir()] == ["earshot.db"]
