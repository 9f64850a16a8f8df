"""`earshot forget`, `retain`, `backup`, `restore` and `doctor` as a person uses them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from storage.mentions import add_mentions
from tests.commandline import Ran, earshot
from tests.forgettable import Person, heard_from
from tests.lines import FORUM_ID
from tests.references import valid
from tests.stores import a_store, said

CONFIG = """
[organisation]
name = "Riverside Food Network"
[[sources]]
name = "northside-blog"
channel = "rss"
url = "https://northside.example/feed"
[[sources]]
name = "r-foodbanks"
channel = "rss"
url = "https://foodbanks.example/feed"
[[partners]]
name = "Northside Shelter"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "earshot.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


def person_in(folder: Path) -> Person:
    with a_store(folder) as store:
        return heard_from(store, Random(1))


def rows(ran: Ran) -> dict[str, dict[str, str]]:
    return {row["what"]: row for row in json.loads(ran.out)}


def test_what_would_be_forgotten_is_shown_and_nothing_changes(config: Path, tmp_path: Path) -> None:
    person = person_in(tmp_path)

    ran = earshot("forget", "--author", person.account, "--dry-run", "--config", config)
    told = earshot("forget", "--author", person.account, "--dry-run", "--json", "--config", config)

    assert (ran.code, told.code) == (0, 0)
    assert "3 mentions, 1 alert, 2 letters" in ran.out
    assert valid("forget", json.loads(told.out))["proof"] is None
    with closing(sqlite3.connect(tmp_path / "earshot.db")) as store:
        gone = store.execute("SELECT count(*) FROM mentions WHERE deleted_at IS NOT NULL")
        assert gone.fetchone() == (0,)


def test_somebody_is_forgotten_and_it_is_proved(config: Path, tmp_path: Path) -> None:
    person = person_in(tmp_path)
    earshot("backup", tmp_path / "b.db", "--config", config)

    nobody_asked = earshot("forget", "--author", person.account, "--config", config)
    ran = earshot("forget", "--author", person.account, "--yes", "--by", "Ana", "--json", "--config", config)
    again = earshot("forget", "--author", person.account, "--yes", "--config", config)

    told = valid("forget", json.loads(ran.out))
    assert nobody_asked.code == 2
    assert ran.code == 0
    assert (told["mentions"], told["purged"], told["proof"]["traces"]) == (3, True, [])
    assert [copy["place"] for copy in told["copies"]] == [str(tmp_path / "b.db")]
    assert again.code == 1
    assert "was heard" in again.err


def test_wrong_requests_are_refused(config: Path, tmp_path: Path) -> None:
    person_in(tmp_path)

    assert earshot("forget", "--yes", "--config", config).code == 2
    assert earshot("forget", "--mention", "7", "--author", "x", "--config", config).code == 2
    assert earshot("forget", "--mention", "7", "--yes", "--config", config).code == 1
    assert earshot("forget", "--mention", "7", "--channel", "x", "--config", config).code == 2
    provided = earshot("forget", "--partner", "Northside Shelter", "--yes", "--config", config)
    assert (provided.code, "remove it from the file first" in provided.err) == (1, True)


def test_a_backup_is_made_put_back_and_the_store_before_is_kept(config: Path, tmp_path: Path) -> None:
    """faults.md 68."""
    person = person_in(tmp_path)
    made = earshot("backup", tmp_path / "b.db", "--json", "--config", config)
    earshot("forget", "--author", person.account, "--yes", "--config", config)

    put_back = earshot("restore", tmp_path / "b.db", "--json", "--config", config)

    told = valid("restore", json.loads(put_back.out))
    assert valid("backup", json.loads(made.out))["mentions"] == 4
    assert (put_back.code, told["forgotten_again"], told["requests_lost"]) == (0, 3, False)
    assert Path(str(told["kept"])).is_file()
    assert earshot("backup", tmp_path / "b.db", "--config", config).code == 1
    assert earshot("restore", tmp_path / "no.db", "--config", config).code == 1


def test_what_is_older_than_is_kept_goes(config: Path, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with a_store(tmp_path) as store, store.writing() as connection:
        heard = [
            said("old", published_at=now - timedelta(days=40)),
            said("young", published_at=now - timedelta(days=4)),
            said("x", channel="x", published_at=now - timedelta(days=4)),
        ]
        add_mentions(connection, FORUM_ID, heard, now=now)
    forever = earshot("retain", "--config", config)
    config.write_text(CONFIG + '[retention]\nkeep = "30d"\nchannels = { x = "2d" }\n', encoding="utf-8")

    rehearsed = earshot("retain", "--dry-run", "--config", config)
    done = earshot("retain", "--json", "--config", config)
    again = earshot("retain", "--json", "--config", config)

    assert "for ever" in forever.out
    assert "2 mentions would go." in rehearsed.out
    assert valid("retain", json.loads(done.out)) == {"expired": {"reddit": 1, "x": 1}, "done": True}
    assert json.loads(again.out)["expired"] == {}


def test_a_sound_store_needs_no_attention(config: Path, tmp_path: Path) -> None:
    earshot("retain", "--config", config)  # makes the store
    (tmp_path / "earshot.db").chmod(0o600)

    ran = earshot("doctor", "--json", "--config", config)

    found = rows(ran)
    valid("doctor", json.loads(ran.out))
    assert {what: row["told"] for what, row in found.items() if row["state"] == "attention"} == {}
    assert {"integrity", "references", "full text", "schema", "room", "log", "place", "backup"} <= set(found)
    assert ran.code == 0


def test_each_fault_of_a_store_is_told_with_its_mend(config: Path, tmp_path: Path) -> None:
    """faults.md 64, 74."""
    with a_store(tmp_path) as store, store.writing() as connection:
        add_mentions(connection, FORUM_ID, [said("1")], now=datetime.now(UTC) - timedelta(hours=9))
    file = tmp_path / "earshot.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("DELETE FROM mentions_search_data WHERE id > 10")
        raw.execute("UPDATE sources SET claimed_by = 'elsewhere/1/2', status = 'off', reason = 'gone'")
        raw.execute("INSERT INTO revisions (mention_id, title, text, replaced_at) VALUES (7, '', '', '2026')")
    file.chmod(0o666)

    ran = earshot("doctor", "--json", "--config", config)
    shown = earshot("doctor", "--config", config)

    bad = {what: row["mend"] for what, row in rows(ran).items() if row["state"] == "attention"}
    assert (ran.code, shown.code) == (1, 1)
    assert {"permissions", "references", "full text", "machines", "analysis", "listening"} <= set(bad)
    assert all(bad.values())
    assert "→" in shown.out


@pytest.mark.parametrize("what", ["older", "newer", "none", "torn", "other"])
def test_a_store_that_cannot_be_looked_into_is_told(config: Path, tmp_path: Path, what: str) -> None:
    """faults.md 67, 70."""
    file = tmp_path / "earshot.db"
    if what in ("older", "newer"):
        with a_store(tmp_path):
            pass
        with closing(sqlite3.connect(file, isolation_level=None)) as raw:
            version = {"older": "0001", "newer": "9999"}[what]
            raw.execute(f"UPDATE alembic_version SET version_num = '{version}'")
    elif what == "torn":
        file.write_bytes(b"torn " * 4_000)
    elif what == "other":
        with closing(sqlite3.connect(file)) as raw:
            raw.execute("CREATE TABLE songs (title)")

    ran = earshot("doctor", "--json", "--config", config)

    fit = {"older": 0, "none": 0}
    assert ran.code == fit.get(what, 1), ran.out
    assert any(row["state"] != "ok" and row["mend"] for row in json.loads(ran.out))
    assert file.exists() == (what != "none")  # looking changes nothing
