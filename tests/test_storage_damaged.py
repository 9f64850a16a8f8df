"""A store whose pages were overwritten: it is told, nothing is mended in silence, a backup brings it all back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from storage import backups
from storage.mentions import add_mentions
from storage.migrations import HEAD
from tests.commandline import earshot
from tests.lines import FORUM_ID
from tests.old_store import asked, sound
from tests.stores import NOW, a_store, said

CONFIG = """
[organisation]
name = "Riverside Food Network"
"""
SAID = "SELECT id, title, text FROM mentions ORDER BY id"
PAGE = 4_096


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with a backup of it."""
    folder = tmp_path_factory.mktemp("whole")
    with a_store(folder) as store, store.writing() as connection:
        heard = [said(str(n), f"{n} boxes came late again. " * (1 + n % 300)) for n in range(300)]
        add_mentions(connection, FORUM_ID, heard, now=NOW)
    backups.back_up(folder / "earshot.db", folder / "b.db")
    (folder / "earshot.toml").write_text(CONFIG, encoding="utf-8")
    return folder


def overwritten(file: Path, random: Random) -> None:
    """Put anything into three pages of a store."""
    pages = file.stat().st_size // PAGE
    with file.open("r+b") as out:
        for page in random.sample(range(pages), 3):
            out.seek(page * PAGE)
            out.write(random.randbytes(PAGE))


def damaged_and_restored(whole: Path, folder: Path, seed: int) -> None:
    shutil.copytree(whole, folder)
    file, config = folder / "earshot.db", folder / "earshot.toml"
    before = asked(file, SAID)
    overwritten(file, Random(seed))
    damaged = file.read_bytes()

    looked = earshot("doctor", "--json", "--config", config)
    unchanged = file.read_bytes() == damaged
    searched = earshot("search", "late", "--all", "--config", config)
    kept_of_it = earshot("backup", folder / "of-it.db", "--config", config)
    restored = earshot("restore", folder / "b.db", "--json", "--config", config)

    told = [row for row in json.loads(looked.out) if row["state"] == "attention"]
    assert looked.code == 1
    assert any("restore" in row["told"] + row["mend"] for row in told), told
    assert unchanged
    assert searched.code == 0 or "restore a backup" in searched.err
    assert kept_of_it.code == 1
    assert not (folder / "of-it.db").exists()
    assert restored.code == 0, restored.err
    assert Path(json.loads(restored.out)["kept"]).exists()
    assert sound(file) == HEAD
    assert asked(file, SAID) == before


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_a_damaged_store_is_told_and_a_backup_brings_it_back(whole: Path, tmp_path: Path, seed: int) -> None:
    """faults.md 67 and 68."""
    damaged_and_restored(whole, tmp_path / "damaged", seed)


@pytest.mark.long
def test_two_hundred_damaged_stores_are_told_and_brought_back(whole: Path, tmp_path: Path) -> None:
    """faults.md 67 and 68."""
    for seed in range(200):
        damaged_and_restored(whole, tmp_path / str(seed), seed)


def test_a_store_whose_beginning_is_overwritten_is_no_store_any_more(whole: Path, tmp_path: Path) -> None:
    """faults.md 67."""
    shutil.copytree(whole, tmp_path / "torn")
    file, config = tmp_path / "torn" / "earshot.db", tmp_path / "torn" / "earshot.toml"
    with file.open("r+b") as out:
        out.write(b"torn" * 256)

    ran = earshot("search", "late", "--config", config)
    restored = earshot("restore", tmp_path / "torn" / "b.db", "--json", "--config", config)

    assert (ran.code, "restore a backup" in ran.err) == (1, True)
    assert (restored.code, json.loads(restored.out)["requests_lost"]) == (0, True)
    with closing(sqlite3.connect(file)) as store:
        assert store.execute("SELECT count(*) FROM mentions").fetchone() == (300,)
