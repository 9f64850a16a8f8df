"""The public sets: which heads each of them knows, and what its words mean in ours (docs/models/fast.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.training.examples import Example, sentiment_labels

Row = Mapping[str, Any]

VALIDATION = "sentiment_en_val.jsonl"
"""For thresholds and figures only."""

_LANGS = {"spanish": "es", "portuguese": "pt", "french": "fr", "german": "de", "italian": "it"}
_TALE = frozenset(("neutral", "realization", "amusement"))


def public_examples(data: Path) -> list[Example]:
    """Return every training text of the public sets that are in a folder, none that is in the validation set too."""
    kept_back = {example.key() for example in validation_examples(data)}
    return [
        example
        for file, reads in _SETS.items()
        for example in reads(data / file)
        if example.key() not in kept_back
    ]


def validation_examples(data: Path) -> list[Example]:
    """Return the texts that thresholds may be chosen on, and nothing else."""
    return [replace(example, source="validation") for example in _semeval(data / VALIDATION)]


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _semeval(path: Path) -> Iterator[Example]:
    for row in _rows(path):
        yield Example(
            text=row["text"], labels=sentiment_labels(row["label"]), lang="en", channel="x", source="semeval"
        )


def _umsab(path: Path) -> Iterator[Example]:
    for row in _rows(path):
        if row["lang"] in _LANGS:
            labels, lang = sentiment_labels(row["label"]), _LANGS[row["lang"]]
            yield Example(text=row["text"], labels=labels, lang=lang, channel="x", source="umsab")


def _goemotions(path: Path) -> Iterator[Example]:
    for row in _rows(path):
        emotions = frozenset(row["labels"])
        yield Example(
            text=row["text"],
            labels=_of_emotions(emotions),
            lang="en",
            channel="reddit",
            source="goemotions",
        )


def _of_emotions(emotions: frozenset[str]) -> dict[str, float]:
    """Return what emotions say of our heads: gratitude is thanks; the others only hint where they are plain.

    Its sentiment is not used: "neutral" there means that no emotion was chosen by the raters.
    """
    labels = {"intent:thanks": float("gratitude" in emotions)}
    if "admiration" in emotions or emotions <= _TALE:
        labels["intent:praise"] = float("admiration" in emotions)
    return labels


def _speech_acts(path: Path) -> Iterator[Example]:
    for row in _rows(path):
        act = row["act"]
        yield Example(
            text=row["text"],
            labels={
                "intent:question": float(act == "QUE"),
                "intent:request": float(act == "REQ"),
                "intent:suggestion": float(act == "SUG"),
            },
            lang="en",
            channel="x",
            source="tac",
        )


def _disaster(path: Path) -> Iterator[Example]:
    for row in _rows(path):
        found = frozenset(row["labels"])
        labels = {"intent:request": float("request" in found)}
        if "request" in found and found & {
            "food",
            "water",
            "shelter",
            "medical_products",
            "clothing",
            "money",
        }:
            labels["need:resources"] = 1.0
        channel = "rss" if row["genre"] == "news" else "note"
        yield Example(text=row["text"], labels=labels, lang="en", channel=channel, source="disaster")


_SETS: Mapping[str, Callable[[Path], Iterator[Example]]] = {
    "sentiment_en_semeval.jsonl": _semeval,
    "sentiment_umsab_es_pt_fr_de_it_ar_hi.jsonl": _umsab,
    "goemotions.jsonl": _goemotions,
    "tac_speechacts_80pct.jsonl": _speech_acts,
    "disaster_messages_validation.jsonl": _disaster,
}
