"""The concern, judged from what all heads say together: trees over scores, what is known, and where we are named.

A sum of words cannot tell "late again" from "we feared that it would be late, and it was not": the one is a
complaint, the other praise that has the same words in it. The heads for these know it, so the trees ask them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.classes import Class
from analysis.heads import CONCERN, HEADS
from analysis.linear import Scored, Weights, of_mentions
from analysis.sheet import FACTS, ZONES, Sheet
from analysis.vocabulary import Vocabulary

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_COUNTED = (Class.NOT, Class.YOU, Class.US, Class.PARTNER, Class.WE, Class.ASKS, Class.END)

INPUTS = (
    *HEADS,
    "words in the passage",
    *(f"{one.name} in the passage" for one in _COUNTED),
    *(f"share of words: {zone}" for zone in ZONES),
    "where we are first named",
    "where we are last named",
    *FACTS,
)
"""What the trees ask for: scores of the heads, counts, shares 0…1 (-1 where we are not named), and facts 0 or 1."""


def told_together(
    scored: Scored, sheet: Sheet, vocabulary: Vocabulary, weights: Weights, shares: Floats
) -> Floats:
    """Return the scores, mentions × heads, the concern's by the trees and with what corrections taught.

    ``shares``, mentions × heads: how much of what the convolution says is added.
    """
    passages = scored.passages.copy()
    passages[:, CONCERN] = weights.trees.scores(inputs_of(passages, sheet, vocabulary)) + scored.taught
    beside = weights.convolution.scores(sheet, vocabulary.vectors.take(sheet.words, axis=0))
    passages += np.repeat(shares, np.diff(sheet.first_passages), axis=0) * beside
    return of_mentions(passages, sheet.first_passages)


def inputs_of(scores: Floats, sheet: Sheet, vocabulary: Vocabulary) -> Floats:
    """Return passages × INPUTS; ``scores`` are passages × heads."""
    n = len(sheet.passages) - 1
    lengths = np.diff(sheet.passages)
    of_passage = np.repeat(np.arange(n), lengths)
    classes = vocabulary.classes[sheet.words]

    def count(marked: npt.NDArray[np.bool_]) -> Floats:
        return np.bincount(of_passage[marked], minlength=n).astype(np.float64)

    known = (
        lengths,
        *(count((classes & one) > 0) for one in _COUNTED),
        *(count(sheet.zones == zone) / np.maximum(lengths, 1) for zone in range(len(ZONES))),
        *_where_we_are(classes, of_passage, sheet.passages),
    )
    facts = np.repeat(sheet.facts, np.diff(sheet.first_passages), axis=0)
    return np.hstack((scores, np.stack(known, axis=1), facts))


def _where_we_are(classes: Ints, of_passage: Ints, passages: Ints) -> tuple[Floats, Floats]:
    """Return where we are named first and last, as shares of the words before; -1 where we are not."""
    lengths = np.maximum(np.diff(passages), 1)
    ours = np.flatnonzero(classes & Class.US)
    first, last = np.full((2, len(lengths)), -1.0)
    places = (ours - passages[of_passage[ours]]) / lengths[of_passage[ours]]
    last[of_passage[ours]] = places  # of several the last stays
    first[of_passage[ours[::-1]]] = places[::-1]
    return first, last
