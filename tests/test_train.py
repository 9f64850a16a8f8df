"""`earshot train`: corrections change the next similar mention, and only then; what is not better is not kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from model import Correction
from stages.train import NOT_LEARNED_FROM, labels_of
from storage import open_store, schema
from tests.commandline import earshot
from tests.references import valid
from tests.stores import NOW

CONFIGURATION = """
[organisation]
name = "Riverside Food Network"
aliases = ["Riverside"]
"""
KILNS = (
    "Kiln four stays cold until the Riverside glazing evening.",
    "The kiln in the yard is cold again, Riverside glazing evening on Friday.",
    "Riverside glazing evening: the small kiln was cold.",
    "Both kilns cold at the glazing evening of Riverside.",
)
"""To who knows the place these ask for help with the firing; no general model can know it."""
NEXT = "Kiln two was cold at the Riverside glazing evening."
DOCS = Path(__file__).resolve().parent.parent / "docs"


def run(config: Path, *words: str) -> str:
    told = earshot(*words, "--config", config)
    assert told.code == 0, told.err
    return told.out


def train(config: Path) -> dict[str, Any]:
    answer: dict[str, Any] = valid("train", json.loads(run(config, "train", "--json")))
    return answer


def needs_of(config: Path, text: str) -> list[str]:
    file = config.parent / "next.jsonl"
    file.write_text(json.dumps({"id": 1, "text": text, "channel": "note"}) + "\n", encoding="utf-8")
    answer = json.loads(run(config, "analyze", str(file)))
    return [one["label"] for one in answer["needs"]]


def corrected(folder: Path) -> Path:
    config = folder / "earshot.toml"
    config.write_text(CONFIGURATION, encoding="utf-8")
    for text in KILNS:
        run(config, "note", "add", text)
    for row in json.loads(run(config, "search", "glazing", "--json")):
        run(config, "annotate", row["id"], "--need", "collaboration", "--by", "ana")
    return config


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], list[str]]:
    """A store whose corrections were learned from, what the training told, and what was found before it."""
    config = corrected(tmp_path_factory.mktemp("taught"))
    before = needs_of(config, NEXT)
    return config, train(config), before


@pytest.fixture
def config(taught: tuple[Path, dict[str, Any], list[str]], tmp_path: Path) -> Path:
    """A copy of that store and its model."""
    shutil.copytree(taught[0].parent, tmp_path / "copy")
    return tmp_path / "copy" / "earshot.toml"


def test_a_correction_changes_the_next_similar_mention(
    taught: tuple[Path, dict[str, Any], list[str]], config: Path
) -> None:
    _, trained, before = taught

    assert "collaboration" not in before  # else nothing would be shown below
    assert "collaboration" in needs_of(config, NEXT)
    (need,) = trained["kinds"]
    assert (need["kind"], need["kept"], need["corrections"]) == ("need", True, 4)
    assert need["right_after"] > need["right_before"]
    assert need["elsewhere_after"] >= need["elsewhere_before"] - 1


def test_what_is_no_such_thing_is_tagged_as_before(config: Path) -> None:
    assert "collaboration" not in needs_of(config, "Thank you Riverside, the supper on Friday was lovely!")


def test_what_was_learned_is_taken_back(taught: tuple[Path, dict[str, Any], list[str]], config: Path) -> None:
    told = run(config, "train", "--undo")

    assert "the installed one again" in told
    assert needs_of(config, NEXT) == taught[2]
    assert "nothing to take back" in run(config, "train", "--undo")


@pytest.mark.long
def test_the_same_corrections_teach_the_same_once_more(
    taught: tuple[Path, dict[str, Any], list[str]], config: Path
) -> None:
    assert train(config) == taught[1]
    assert len(list((config.parent / "earshot.model").glob("fast-*"))) == 1


@pytest.mark.long
def test_corrections_that_contradict_each_other_teach_nothing(config: Path) -> None:
    rows = json.loads(run(config, "search", "glazing", "--json"))
    for row in rows[::2]:
        run(config, "annotate", row["id"], "--no-need", "collaboration", "--by", "ben")
    run(config, "train", "--undo")

    assert "stays as it was" in run(config, "train")
    assert "collaboration" not in needs_of(config, NEXT)


@pytest.mark.parametrize("channel", sorted(NOT_LEARNED_FROM))
def test_what_a_platform_forbids_to_learn_from_is_left_out(config: Path, channel: str) -> None:
    store = open_store(f"sqlite:///{config.parent / 'earshot.db'}")
    with store.writing() as connection:
        connection.execute(update(schema.mentions).values(channel=channel))
    store.close()

    trained = train(config)

    assert (trained["lessons"], trained["left_out"]) == (0, {channel: 4})
    assert "allow no training" in run(config, "train")


def test_the_documents_name_each_channel_that_is_left_out() -> None:
    page = (DOCS / "corrections.md").read_text("utf-8")

    assert all(f"| `{channel}` | {why} |" in page for channel, why in NOT_LEARNED_FROM.items())


def test_a_copy_of_another_base_is_not_used(config: Path) -> None:
    kept = config.parent / "earshot.model" / "kept.json"
    kept.write_text(kept.read_text().replace('"base": "fast-', '"base": "fast-0'), encoding="utf-8")

    assert "collaboration" not in needs_of(config, NEXT)


def test_a_damaged_list_of_copies_is_told_in_words(config: Path) -> None:
    (config.parent / "earshot.model" / "kept.json").write_text("{", encoding="utf-8")

    told = earshot("analyze", "--config", config)

    assert told.code == 1
    assert "remove" in told.err


def said(kind: Any, label: str, *, holds: bool = True) -> Correction:
    return Correction(kind=kind, label=label, holds=holds, by="ana", at=NOW)


def test_corrections_speak_only_of_the_labels_that_they_are_about() -> None:
    assert labels_of([said("need", "access"), said("need", "access", holds=False)]) == {"need:access": 0.0}
    assert labels_of([said("concern", "no"), said("partner", "Northside")]) == {"concern:yes": 0.0}
    assert labels_of([said("sentiment", "neutral")]) == {
        "sentiment:negative": 0.0,
        "sentiment:neutral": 1.0,
        "sentiment:positive": 0.0,
    }
    other = labels_of([said("intent", "other")])
    assert set(other.values()) == {0.0}
    assert "intent:other" not in other
