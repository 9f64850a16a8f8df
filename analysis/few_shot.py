"""Learning from few texts: a lean on the heads of the linear model, as small as the corrections allow.

The base weights stay; what is added to them is held near zero by a normal prior (L2), so what no correction is about
stays as it was. With few texts and many weights that is solved among the texts, by how alike they are: what is added
is a sum of the texts' own features (the representer theorem). Each step is that of an upper bound of the curvature
(Böhning 1992), which goes down without fail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.judgement import softmax
from analysis.sheet import Sheet
from analysis.vocabulary import Vocabulary
from analysis.words import PAIR_ROWS, WORD_ROWS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PAIRS_COUNT = 2.0
"""How much more freely pairs of words are learned than words, as in the training of the base."""
STEPS = 60
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Features:
    """What texts are made of: one entry for each row of the tables that a text meets; pairs come after words."""

    texts: Ints
    rows: Ints
    values: Floats
    n: int


def features_of(sheet: Sheet, vocabulary: Vocabulary) -> Features:
    """Return the features of a sheet whose vocabulary knows what each word is made of."""
    n = len(sheet.starts) - 1
    norms = np.repeat(sheet.norms, np.diff(sheet.passages))
    of_text = np.repeat(np.arange(n), np.diff(sheet.starts))
    parts = [vocabulary.parts[word] for word in sheet.words.tolist()]
    sizes = [len(one) for one in parts]
    texts = [np.repeat(of_text, sizes)]
    rows = [np.array([row for one in parts for row in one], dtype=np.int64)]
    values = [np.repeat(norms, sizes)]
    for pairs in (sheet.after, sheet.over, sheet.negated):
        there = pairs >= 0
        texts.append(of_text[there])
        rows.append(pairs[there] + WORD_ROWS)
        values.append(PAIRS_COUNT * norms[there])
    return _summed(np.concatenate(texts), np.concatenate(rows), np.concatenate(values), n)


def _summed(texts: Ints, rows: Ints, values: Floats, n: int) -> Features:
    keys, at = np.unique(texts * (WORD_ROWS + PAIR_ROWS) + rows, return_inverse=True)
    return Features(
        texts=keys // (WORD_ROWS + PAIR_ROWS),
        rows=keys % (WORD_ROWS + PAIR_ROWS),
        values=np.bincount(at, weights=values, minlength=len(keys)).astype(np.float64),
        n=n,
    )


def likeness(features: Features, among: int) -> Floats:
    """Return how alike each text is to each of the first ``among``: products of their features, texts × among."""
    learned = features.texts < among
    met = np.unique(features.rows[learned])
    at = np.minimum(np.searchsorted(met, features.rows), max(0, len(met) - 1))
    shared = met[at] == features.rows if len(met) else np.zeros(len(at), dtype=np.bool_)
    found = np.zeros((features.n, among))
    for start in range(0, len(met), _AT_ONCE):
        here = shared & (at >= start) & (at < start + _AT_ONCE)
        dense = np.zeros((features.n, min(_AT_ONCE, len(met) - start)), dtype=np.float32)
        dense[features.texts[here], at[here] - start] = features.values[here]
        found += dense @ dense[:among].T
    return found


def lean_alone(alike: Floats, said: Floats, wanted: Floats, *, strength: float) -> Floats:
    """Return what each text gives to a head that is for itself; ``said`` are the base's logits, ``wanted`` 0…1."""
    step = np.linalg.inv(np.eye(len(said)) / strength + 0.25 * alike)
    gives = np.zeros(len(said))
    for _ in range(STEPS):
        chances = 1.0 / (1.0 + np.exp(-np.clip(said + alike @ gives, -500.0, 500.0)))
        gives = gives - step @ (gives / strength + chances - wanted)
    return gives


def lean_together(alike: Floats, said: Floats, wanted: Floats, *, strength: float) -> Floats:
    """Return what each text gives to heads of which one holds: texts × heads, as the others."""
    step = np.linalg.inv(np.eye(len(said)) / strength + 0.5 * alike)
    gives = np.zeros_like(said)
    for _ in range(STEPS):
        gives = gives - step @ (gives / strength + softmax(said + alike @ gives) - wanted)
    return gives


def spread(features: Features, gives: Floats) -> tuple[Floats, Floats]:
    """Return what is added to the rows of words and of pairs, where each text gives so much of its features."""
    found = np.bincount(
        features.rows, weights=features.values * gives[features.texts], minlength=WORD_ROWS + PAIR_ROWS
    )
    whole = found.astype(np.float64)
    pairs: Floats = whole[WORD_ROWS:] * PAIRS_COUNT
    return whole[:WORD_ROWS], pairs
