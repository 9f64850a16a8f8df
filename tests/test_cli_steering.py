"""Nothing that came from outside steers a terminal or writes a line of its own: in no command, no form, no log."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.printing import cell, json_of, shown
from tests.commandline import Ran, Terminal, earshot
from tests.plugin import STEERS, installed
from text import harmless

CONFIGURATION = """
[organisation]
name = "Riverside Food Network"
[http]
delay_per_host = "0s"
[[sources]]
name = "says"
channel = "acted"
does = "steers"
partner = "Northside Shelter"
[[sources]]
name = "refuses"
channel = "acted"
does = "refuses in words that steer"
[[sources]]
name = "fails"
channel = "acted"
does = "fails in words that steer"
[[partners]]
name = "Northside Shelter"
[[rules]]
name = "worries"
when = "keyword"
query = "worried"
notify = ["mailto:team@rfn.example"]
[[digests]]
name = "daily"
to = ["team@rfn.example"]
[smtp]
host = "127.0.0.1"
port = 9
security = "none"
"""
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2028-\u202e\u2060-\u206f\ud800-\udfff]")
OURS = re.compile(r"\x1b\[(?:\?25[lh]|[0-9;]*m|[12]?[AK])|\r")
"""What bold words and a bar of progress are made of, on a terminal; red is no colour of ours."""
FORGED = re.compile("^earshot: all is well", re.MULTILINE)
MORE = (
    "source list",
    "trends --by source,author",
    "collect --force --json",
    "collect --force --format csv",
    "source list --format jsonl",
    "source list --format csv",
    "source test says",
    "search worried --explain",
    "search '' --json",
    "search '' --format jsonl",
    "search 'worried AND ('",
    "sql 'SELECT * FROM v_mentions'",
    "sql 'SELECT * FROM v_mentions' --format csv",
    "sql 'SELECT * FROM v_source_health'",
    "digest --date TODAY --json",
    "alerts list --json",
    "alerts test worries --since 7d",
    "promise list",
    "promise list --json",
    "doctor",
    "doctor --json",
    "retain --dry-run",
    "forget --author AUTHOR --dry-run",
    "export --about AUTHOR answer.json",
)


@pytest.fixture(scope="module", autouse=True)
def acted_is_installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed(tmp_path_factory.mktemp("plugin")):
        yield


@pytest.fixture(scope="module")
def heard_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A configuration whose store has heard what steers, and what was told meanwhile."""
    file = tmp_path_factory.mktemp("steering") / "earshot.toml"
    file.write_text(CONFIGURATION, encoding="utf-8")
    return file, earshot("-vv", "cycle", "--config", file)


@pytest.fixture
def config(heard_once: tuple[Path, Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration beside a copy of that store, and its folder to write into."""
    shutil.copytree(heard_once[0].parent, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "earshot.toml"


def asked(words: str, config: Path) -> list[str]:
    made = words.replace("TODAY", f"{datetime.now(UTC):%Y-%m-%d}")
    return [*(STEERS if word == "AUTHOR" else word for word in shlex.split(made)), "--config", str(config)]


def is_steady(told: Ran, *, is_table: bool = False) -> None:
    """Check that nothing steers and no line is forged; a cell of CSV may have lines, within its quotes."""
    for said in (told.out.replace("\r\n", "\n") if is_table else told.out, told.err):
        assert STEERING.findall(said) == []
        assert is_table or not FORGED.search(said)


def test_a_cycle_tells_and_logs_what_happens_and_nothing_steers(heard_once: tuple[Path, Ran]) -> None:
    """faults.md 91."""
    told = heard_once[1]

    is_steady(told)
    assert "refuses: acted: redclick" in told.out
    assert "\n  RuntimeError: redclick" in told.err


@pytest.mark.parametrize(
    "words",
    [
        "collect --force",
        "source test refuses",
        "search ''",
        "search '' --format csv",
        "sql 'SELECT * FROM v_mentions' --json",
        "digest --date TODAY",
        "alerts list",
        *(pytest.param(words, marks=pytest.mark.long) for words in MORE),
    ],
)
def test_no_command_hands_on_what_steers(config: Path, words: str) -> None:
    """faults.md 91."""
    told = earshot(*asked(words, config))

    is_steady(told, is_table=words.endswith("csv"))
    assert told.out or told.err
    if words.endswith("json"):
        assert json.loads(told.out) is not None


@pytest.mark.parametrize("words", ["collect --force", "search worried"])
def test_on_a_terminal_only_our_own_signs_are_written(config: Path, words: str) -> None:
    """faults.md 91."""
    told = earshot(*asked(words, config), onto=Terminal)

    is_steady(Ran(told.code, *(OURS.sub("", said) for said in (told.out, told.err))))
    assert "\x1b[31m" not in told.out + told.err
    assert "\x1b[" in told.out + told.err


@given(st.text())
def test_json_means_the_same_and_steers_nothing(said: str) -> None:
    """faults.md 91."""
    written = json_of({said: [said]})

    assert json.loads(written) == {said: [said]}
    assert STEERING.findall(written) == []


@given(st.text(), st.sampled_from(["plain", "csv", "log"]))
def test_lines_keep_their_words_and_steer_nothing(said: str, where: str) -> None:
    """faults.md 91."""
    written = {"plain": harmless, "csv": lambda given: str(cell(given)), "log": shown}[where](said)

    assert STEERING.findall(written) == []
    assert harmless(written) == written
