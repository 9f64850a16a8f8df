"""`earshot search`: what is wrong is pointed at, pages go on where one ended, searches are saved, words are shown."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commandline import earshot
from tests.processes import environment
from tests.references import valid
from tests.searched import folder_of

TEXTS = [
    "Late boxes|The weekend box came late again.",
    "Volunteers wait for boxes.",
    "Thank you all for a lovely evening.",
    f"{'So much was said before it. ' * 12}Then a box came.",
]
RULE = '[[rules]]\nname = "boxes"\nwhen = "keyword"\nquery = {query}\n'


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("searched"), TEXTS)


def found(config: Path, *words: str) -> list[str]:
    told = earshot("search", *words, "--config", config, "--json")
    assert told.code == 0, told.err
    return [row["external_id"] for row in valid("search", json.loads(told.out))]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["late OR volunt*"], ["m1", "m0"]),
        (["box -late"], ["m3", "m1"]),
        (['"late weekend"~3'], ["m0"]),
        (["title:boxes"], ["m0"]),
        (["from:northside"], ["m3", "m1"]),
        (["since:2026-11-19"], ["m3", "m2", "m1"]),
        (["--until", "2026-11-19"], ["m0"]),
        (["box", "--partner", "Northside"], ["m3", "m1"]),
        (["late OR evening", "--channel", "rss", "--source", "northside-blog"], ["m2", "m0"]),
    ],
)
def test_the_language_is_asked_with_days_of_the_organisation_s_clock(
    config: Path, words: list[str], ids: list[str]
) -> None:
    assert found(config, *words) == ids


def test_a_wrong_query_is_pointed_at_and_ends_with_2(config: Path) -> None:
    told = earshot("search", "late chanel:rss", "--config", config)

    assert told.code == 2
    assert told.out == ""
    said, shown, marks = told.err.splitlines()
    assert "did you mean 'channel'?" in said
    assert shown[marks.index("^") : marks.rindex("^") + 1] == "chanel:"


def test_a_name_that_nobody_has_is_told_beside_the_empty_answer(config: Path) -> None:
    told = earshot("search", "partner:Northsyde", "--config", config)

    assert told.code == 0
    assert "there is no partner 'Northsyde'; did you mean 'Northside'?" in told.err
    assert "Nothing matches" in told.out


def test_a_rule_s_wrong_query_is_told_with_file_and_line(tmp_path: Path) -> None:
    config = folder_of(tmp_path, [])
    lines = len(config.read_text("utf-8").splitlines())
    with config.open("a", encoding="utf-8") as file:
        file.write(RULE.format(query='"late AND (box"'))

    told = earshot("check", "--config", config)

    assert told.code == 2
    assert f"{config}:{lines + 4}:1: " in told.err
    assert 'rules]] 1 ("boxes"): query: at its character 10: this parenthesis is never closed' in told.err


def test_pages_cover_all_once(config: Path) -> None:
    rows: list[dict[str, object]] = []
    after: list[str] = []
    for _ in range(3):
        told = earshot("search", "--config", config, "--json", "--limit", "2", *after)
        page = json.loads(told.out)
        rows += page
        after = ["--after", page[-1]["id"]] if page else after

    assert [row["external_id"] for row in rows] == ["m3", "m2", "m1", "m0"]


def test_a_full_page_of_a_table_says_how_to_go_on(config: Path) -> None:
    told = earshot("search", "--config", config, "--limit", "2")
    (row,) = json.loads(earshot("search", "--config", config, "--limit", "1", "--json").out)

    last = told.out.rsplit("--after ", 1)[1].strip()
    assert int(last) < int(row["id"])
    assert found(config, "--after", last) == ["m1", "m0"]
    assert "--after" not in earshot("search", "--config", config, "--all").out


def test_a_search_is_saved_listed_asked_and_removed(config: Path) -> None:
    saved = earshot(
        "search", "late OR evening", "--until", "2026-11-20", "--save", "my list", "--config", config
    )
    again = earshot("search", 'saved:"my list" -late', "--save", "calm", "--config", config)
    listed = json.loads(earshot("search", "--list", "--json", "--config", config).out)
    used = earshot("search", "--remove", "my list", "--config", config)

    assert (saved.code, again.code, used.code) == (0, 0, 1)
    assert valid("search-saved", listed) == listed
    assert [(one["name"], one["query"]) for one in listed] == [
        ("calm", 'saved:"my list" -late'),
        ("my list", '(late OR evening) until:"2026-11-20"'),
    ]
    assert found(config, "--saved", "my list") == ["m2", "m0"]
    assert found(config, "saved:calm") == ["m2"]
    assert "used by the saved search 'calm'" in used.err
    assert earshot("search", "--remove", "calm", "--config", config).code == 0
    assert earshot("search", "--remove", "my list", "--config", config).code == 0
    assert "no search is saved as 'calm'" in earshot("search", "--saved", "calm", "--config", config).err


def test_what_a_rule_uses_is_not_removed(tmp_path: Path) -> None:
    config = folder_of(tmp_path, TEXTS)
    earshot("search", "late", "--save", "overdue", "--config", config)
    with config.open("a", encoding="utf-8") as file:
        file.write(RULE.format(query='"saved:overdue"'))

    would = earshot("alerts", "test", "boxes", "--since", "2026-11-01", "--config", config, "--json")
    removed = earshot("search", "--remove", "overdue", "--config", config)

    assert [len(alert["mentions"]) for alert in json.loads(would.out)] == [1]
    assert removed.code == 1
    assert "used by the rule 'boxes'" in removed.err


def test_explaining_tells_what_was_understood_and_how_it_is_looked_for(config: Path) -> None:
    told = earshot("search", "late -from:us since:2026-11-19", "--explain", "--config", config)

    assert told.code == 0
    assert "the word “late” or “lat”" in told.out
    assert "not: we said it" in told.out
    assert "published from 2026-11-19 00:00 (Europe/Berlin)" in told.out
    assert "along the full text" in told.out


def on_a_terminal(config: Path, *words: str) -> str:
    """Return what a terminal of 80 columns shows."""
    shown, end = pty.openpty()
    command = [sys.executable, "-m", "cli", "search", *words, "--config", str(config)]
    kept = {name: value for name, value in environment().items() if name != "NO_COLOR"}
    given = {**kept, "COLUMNS": "80", "TERM": "xterm"}
    subprocess.run(command, stdout=end, stderr=subprocess.DEVNULL, env=given, check=True)
    os.close(end)
    with os.fdopen(shown, "rb") as terminal:
        parts: list[bytes] = []
        while True:
            try:
                parts.append(terminal.read1(65_536))
            except OSError:  # all was read, and nobody writes any more
                return b"".join(parts).decode()


def test_words_that_matched_are_bold_on_a_terminal_in_sight_and_in_line(config: Path) -> None:
    shown = on_a_terminal(config, "box OR volunt*")
    words = " ".join(shown.split())
    plain = shown.replace("\x1b[1m", "").replace("\x1b[0m", "")

    assert "Then a \x1b[1mbox\x1b[0m came." in words
    assert "\x1b[1mVolunteers\x1b[0m wait for \x1b[1mboxes\x1b[0m." in words
    assert "Late \x1b[1mboxes\x1b[0m — The weekend \x1b[1mbox\x1b[0m came" in words
    assert max(map(len, plain.splitlines())) <= 80
