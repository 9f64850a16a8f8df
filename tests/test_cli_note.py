"""`earshot note`: what it keeps, what it prints, and that a rehearsal keeps nothing."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.commandline import earshot

SCHEMA = Path(__file__).resolve().parent.parent / "docs" / "reference" / "note-import.schema.json"
CONFIGURATION = """
[organisation]
name = "Riverside Food Network"
timezone = "Europe/Berlin"
[[partners]]
name = "Northside Shelter"
aliases = ["NSS"]
"""
TABLE = """when,where,who,partner,consent,text
2026-05-18,market,Ann,NSS,yes,Late again.
2026-05-18,phone,Bob,,no,When?
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "earshot.toml"
    file.write_text(CONFIGURATION, encoding="utf-8")
    return file


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "market.csv"
    file.write_text(TABLE, encoding="utf-8")
    return file


def found(config: Path) -> list[dict[str, object]]:
    told = earshot("search", "--channel", "note", "--config", config, "--json")
    rows: list[dict[str, object]] = json.loads(told.out)
    return sorted(rows, key=lambda row: str(row["title"]))


@pytest.mark.parametrize("command", ["add", "import"])
def test_each_command_explains_itself(command: str) -> None:
    told = earshot("note", command, "--help")

    assert told.code == 0
    assert "Example: earshot note" in told.out
    assert "Exit code: 0" in told.out
    assert max(map(len, told.out.splitlines())) <= 100


def test_a_note_is_found_like_any_mention(config: Path) -> None:
    words = (
        "--where",
        "Tuesday market",
        "--who",
        "Ann",
        "--consent",
        "--partner",
        "NSS",
        "--when",
        "2026-05-18",
    )

    told = earshot("note", "add", "The boxes came late", *words, "--config", config)

    assert (told.code, told.out) == (0, "The note is kept.\n")
    (row,) = found(config)
    assert (row["title"], row["author"], row["author_partner"]) == (
        "Tuesday market",
        "Northside Shelter",
        "Northside Shelter",
    )
    assert (row["published_at"], row["sources"]) == ("2026-05-18T10:00:00Z", ["notes"])


def test_without_consent_the_name_is_nowhere(config: Path) -> None:
    told = earshot("note", "add", "Late again", "--who", "Zebulon Smith", "--config", config)

    assert told.code == 0
    assert "not kept" in told.err
    stored = b"".join(file.read_bytes() for file in config.parent.glob("earshot.db*"))
    assert b"Late again" in stored
    assert b"Zebulon" not in stored


@pytest.mark.parametrize(
    "words",
    [
        ("", "--where", "x"),
        ("Late", "--when", "soon"),
        ("Late", "--partner", "Nobody"),
        ("Late", "--lang", "x"),
    ],
)
def test_what_cannot_be_kept_is_a_wrong_use(config: Path, words: tuple[str, ...]) -> None:
    assert earshot("note", "add", *words, "--config", config).code == 2


def test_a_table_is_kept_once_however_often_it_is_read(config: Path, table: Path) -> None:
    first = earshot("note", "import", table, "--config", config, "--json")
    again = earshot("note", "import", table, "--config", config)

    told = json.loads(first.out)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(told)
    assert (told["new"], told["refused"], first.code) == (2, [], 0)
    assert "0 notes kept" in again.out
    assert "2 known already" in again.out
    assert len(found(config)) == 2


def test_a_rehearsal_tells_what_would_be_and_keeps_nothing(config: Path, table: Path) -> None:
    """faults.md 96."""
    earshot("note", "import", table, "--config", config)
    table.write_text(TABLE.replace("Bob,,no", "Bob,,yes") + "2026-05-19,park,,,,Thanks!\n", encoding="utf-8")
    store = config.parent / "earshot.db"
    before = sha256(store.read_bytes()).hexdigest()

    told = earshot("note", "import", table, "--config", config, "--dry-run", "--json")

    report = json.loads(told.out)
    assert (report["new"], report["renamed"], report["unchanged"], report["dry_run"]) == (1, 1, 2, True)
    assert sha256(store.read_bytes()).hexdigest() == before
    assert len(found(config)) == 2


def test_consent_is_withdrawn_by_reading_the_table_again(config: Path, table: Path) -> None:
    earshot("note", "import", table, "--config", config)
    table.write_text(TABLE.replace("Ann,NSS,yes", "Ann,NSS,no"), encoding="utf-8")

    told = earshot("note", "import", table, "--config", config)

    assert "1 by somebody else" in told.out
    stored = b"".join(file.read_bytes() for file in config.parent.glob("earshot.db*"))
    assert b"Ann" not in stored


def test_bad_rows_are_told_by_their_lines_and_the_others_kept(config: Path, table: Path) -> None:
    """faults.md 92."""
    table.write_text(TABLE + "soon,,,,,Late.\n" * 25, encoding="utf-8")

    told = earshot("note", "import", table, "--config", config)

    assert told.code == 1
    assert "line 4: when: 'soon' is no date" in told.err
    assert "and 5 more" in told.err
    assert len(found(config)) == 2


def test_a_spreadsheets_own_file_is_refused(config: Path, table: Path) -> None:
    """faults.md 92."""
    table.write_bytes(b"PK\x03\x04")

    told = earshot("note", "import", table, "--config", config)

    assert (told.code, told.out) == (1, "")
    assert "save it as CSV" in told.err


def test_columns_that_mean_nothing_are_named(config: Path, table: Path) -> None:
    table.write_text("when,text,weather\n2026-05-18,Late.,sunny\n", encoding="utf-8")

    assert "weather" in earshot("note", "import", table, "--config", config).err
