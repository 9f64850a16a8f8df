"""`earshot annotate`: a person's word on a mention's tags, who said it, and taking it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commandline import Ran, earshot
from tests.references import valid

CONFIGURATION = """
[organisation]
name = "Riverside Food Network"
[[partners]]
name = "Northside Shelter"
aliases = ["NSS"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "earshot.toml"
    file.write_text(CONFIGURATION, encoding="utf-8")
    return file


@pytest.fixture
def mention(config: Path) -> str:
    assert earshot("note", "add", "Saw the NSS people on Tuesday", "--config", config).code == 0
    told = earshot("search", "--config", config, "--json")
    found: str = json.loads(told.out)[0]["id"]
    return found


def annotate(config: Path, *words: str) -> Ran:
    return earshot("annotate", *words, "--by", "ana", "--config", config)


def shown(told: Ran) -> dict[str, Any]:
    assert told.code == 0, told.err
    answer: dict[str, Any] = valid("annotate", json.loads(told.out))
    return answer


def test_it_explains_itself() -> None:
    told = earshot("annotate", "--help")

    assert (told.code, "Example: earshot annotate" in told.out, "Exit code: 0" in told.out) == (0, True, True)


def test_what_is_said_holds_at_once_and_shows_who_said_it_and_when(config: Path, mention: str) -> None:
    words = ("--need", "access", "--need", "safety", "--no-intent", "praise", "--concern", "yes")

    answer = shown(annotate(config, mention, *words, "--partner", "nss", "--sentiment", "negative", "--json"))

    assert {(one["kind"], one["label"], one["origin"]) for one in answer["tags"]} == {
        ("need", "access", "person"),
        ("need", "safety", "person"),
        ("concern", "yes", "person"),
        ("sentiment", "negative", "person"),
        ("partner", "Northside Shelter", "person"),
    }
    assert [one["label"] for one in answer["corrections"] if not one["holds"]] == ["praise"]
    found = json.loads(earshot("search", "--config", config, "--json").out)[0]
    assert (found["needs"], found["is_concern"], found["score"]) == (["access", "safety"], True, -1.0)
    assert found["partners"] == ["Northside Shelter"]
    table = annotate(config, mention).out
    assert "not praise" in table
    assert "ana" in table
    assert "NSS" in table


def test_what_is_taken_back_is_what_the_machine_says_again(config: Path, mention: str) -> None:
    earshot("analyze", "--config", config)
    before = shown(annotate(config, mention, "--json"))
    annotate(config, mention, "--concern", "yes")

    assert shown(annotate(config, mention, "--undo", "--json")) == before
    assert "Nobody has corrected" in annotate(config, mention, "--undo").out


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("--need", "acess"), "did you mean access?"),
        (("--partner", "Nobody"), "Northside Shelter"),
        (("--concern", "perhaps"), "yes"),
        (("--undo", "--concern", "yes"), "take back"),
    ],
)
def test_a_label_that_there_is_not_is_a_wrong_use(
    config: Path, mention: str, words: tuple[str, ...], advice: str
) -> None:
    told = annotate(config, mention, *words)

    assert told.code == 2
    assert advice.replace("take back", "takes back") in told.err


def test_a_mention_that_there_is_not_is_told_in_words(config: Path) -> None:
    told = annotate(config, "7", "--concern", "yes")

    assert told.code == 1
    assert "there is no mention 7" in told.err
