"""From examples to the rows of numbers that the encoder is trained on; names are found as the runtime finds them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import spacy

from analysis.encoding import Encoder, Framed
from analysis.fold import fold
from analysis.framing import Frame, Named, framer
from analysis.heads import HEADS
from analysis.names import Names
from analysis.training.encoder import BASE, EMOTIONS, Rows
from analysis.training.examples import Example, targets


def numbers(examples: Sequence[Example]) -> list[list[int]]:
    """Return the first row of each example: training texts are short."""
    encoder = Encoder.open(BASE / "tokenizer.json")
    frames = _Frames()
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


class _Frames:
    """Frames examples; what an organisation needs is made once."""

    def __init__(self) -> None:
        self._nlp = spacy.blank("xx")
        self._made: dict[str, tuple[Frame, Names]] = {}

    def of(self, example: Example) -> Framed:
        """Return what the encoder reads of an example."""
        named = example.named
        if named.slug not in self._made:
            finder = Names(self._nlp, named.organisation, named.partners if named.slug else ())
            self._made[named.slug] = framer(named.organisation), finder
        frame, finder = self._made[named.slug]
        return frame(example.mention(), self._names(example, finder) if named.slug else ())

    def _names(self, example: Example, finder: Names) -> Iterator[Named]:
        folded = fold(example.text, example.title)
        doc = self._nlp.make_doc(folded.text)
        for name in finder.named(doc, example.channel):
            span = doc[name.start : name.end]
            place, start, end, _ = folded.place(span.start_char, span.end_char)
            yield place, start, end, "us" if name.who == "us" else "partner"


def of_language(examples: Iterable[Example], lang: str) -> list[Example]:
    """Return the examples of one language."""
    return [example for example in examples if example.lang == lang]
