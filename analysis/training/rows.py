"""From examples to the rows of numbers that the encoder is trained on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from analysis.encoding import Encoder
from analysis.heads import HEADS
from analysis.training.encoder import BASE, EMOTIONS, Rows
from analysis.training.examples import Example, targets
from analysis.training.frames import Frames


def numbers(examples: Sequence[Example]) -> list[list[int]]:
    """Return the first row of each example: training texts are short."""
    encoder = Encoder.open(BASE / "tokenizer.json")
    frames = Frames()
    return [encoder.rows(frames.of(example))[0].numbers for example in examples]


def rows(examples: Sequence[Example], weights: Sequence[float]) -> Rows:
    """Return the examples with their heads; the emotions stay unknown."""
    wanted = np.full((len(examples), len(HEADS) + EMOTIONS), np.nan, np.float32)
    wanted[:, : len(HEADS)] = targets(examples)
    return Rows(numbers(examples), wanted, np.array(weights, np.float32))


def with_emotions(given: Rows, examples: Sequence[Example], goemotions: Path) -> Rows:
    """Return the rows with the emotions of those that come from GoEmotions."""
    with goemotions.open(encoding="utf-8") as lines:
        told = {row["text"]: frozenset(row["labels"]) for row in map(json.loads, lines)}
    names = sorted(frozenset().union(*told.values()))
    for at, example in enumerate(examples):
        if example.source == "goemotions":
            given.targets[at, len(HEADS) :] = [name in told[example.text] for name in names]
    return given


def of_language(examples: Iterable[Example], lang: str) -> list[Example]:
    """Return the examples of one language."""
    return [example for example in examples if example.lang == lang]
