"""The fast tier's model: sums of whole numbers over words and pairs, one column a head, and facts beside them.

Whole numbers, since their sums are the same in any order: a mention has the same tags alone and in any batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.sheet import ZONES, Sheet
from analysis.vocabulary import Vocabulary

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

SOUTHERN = frozenset(("es", "pt"))
"""Languages whose sentiment has columns of its own: their words of feeling are not those of English."""

COLUMNS = (
    *(f"{head} in English" for head in HEADS[SENTIMENT]),
    *(f"{head} in Spanish or Portuguese" for head in HEADS[SENTIMENT]),
    *HEADS[SENTIMENT.stop : CONCERN],
    *(f"{HEADS[CONCERN]} {zone}" for zone in ZONES),
)
"""Columns of the tables: the sentiment once for each family of languages, the concern once for each zone."""

FACT_COLUMNS = (*COLUMNS[: -len(ZONES)], HEADS[CONCERN])
"""Columns of the facts: the same, but the concern once."""

_OF_MANY = 2.0
"""What each ln of the count of passages takes away: each has but a part of the chance that the whole text has. Of
eight texts in one, none a concern, 0.29 was said with it and 0.55 without; with one concern among them 0.40."""

_FIRST_ZONE = len(COLUMNS) - len(ZONES)


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned, in whole numbers, and what one of them is worth for each head.

    ``words`` and ``pairs`` are rows × COLUMNS (``pairs`` has one more row, of zeros, for no pair); ``facts`` is FACTS
    and a constant × FACT_COLUMNS. ``steps`` holds, for these three, what one is worth for each head.
    """

    words: npt.NDArray[np.int16]
    pairs: npt.NDArray[np.int16]
    facts: npt.NDArray[np.int16]
    steps: Floats  # 3 × heads


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of a batch, mentions × heads, and what each word gave to each head, words × heads."""

    scores: Floats
    given: Floats


def score(sheet: Sheet, vocabulary: Vocabulary, weights: Weights, southern: npt.NDArray[np.bool_]) -> Scored:
    """Return the scores of a sheet; ``southern`` marks mentions that are in Spanish or Portuguese.

    In ``given`` a pair's worth is shared by its two words. A mention of several passages has the mean of their
    sentiment, and of every other head that of the passage which says it most, less what chance gives to so many.
    """
    lengths = np.diff(sheet.passages)
    family = np.repeat(southern, np.diff(sheet.starts))
    words = _by_head(vocabulary.sums[sheet.words], family, sheet.zones)
    after, over, negated = (
        _by_head(weights.pairs[rows], family, sheet.zones)  # row -1 is the last: zeros
        for rows in (sheet.after, sheet.over, sheet.negated)
    )
    of_words, of_pairs, of_facts = weights.steps
    some = lengths > 0
    sums = np.zeros((len(lengths), len(HEADS)))
    if some.any():
        starts = sheet.passages[:-1][some]
        sums[some] = of_words * np.add.reduceat(words, starts, axis=0)
        sums[some] += of_pairs * np.add.reduceat(after + over + negated, starts, axis=0)
    facts = _of_family(
        sheet.facts.astype(np.int64) @ weights.facts[:-1].astype(np.int64) + weights.facts[-1], southern
    )
    shared = after + over + 2 * negated
    shared[1:] += after[:-1]
    shared[2:] += over[:-2]
    given = (of_words * words + of_pairs * 0.5 * shared) * np.repeat(sheet.norms, lengths)[:, None]
    return Scored(_of_mentions(sums * sheet.norms[:, None], sheet.first_passages) + of_facts * facts, given)


def _of_mentions(sums: Floats, first_passages: Whole) -> Floats:
    """Return mentions × heads of passages × heads."""
    counts = np.diff(first_passages)
    if len(counts) == len(sums):
        return sums
    found = np.maximum.reduceat(sums, first_passages[:-1], axis=0) - _OF_MANY * np.log(counts)[:, None]
    found[:, SENTIMENT] = np.add.reduceat(sums[:, SENTIMENT], first_passages[:-1], axis=0) / counts[:, None]
    return np.asarray(found)


def _of_family(columns: Whole, southern: npt.NDArray[np.bool_]) -> Whole:
    """Return mentions × heads of mentions × FACT_COLUMNS."""
    return np.hstack((np.where(southern[:, None], columns[:, 3:6], columns[:, 0:3]), columns[:, 6:]))


def _by_head(
    columns: npt.NDArray[np.int16] | npt.NDArray[np.int32], family: npt.NDArray[np.bool_], zones: Whole
) -> npt.NDArray[np.int32]:
    """Return words × heads of words × COLUMNS: of each word's language, and of its zone."""
    found = np.empty((len(columns), len(HEADS)), dtype=np.int32)
    found[:, SENTIMENT] = np.where(family[:, None], columns[:, 3:6], columns[:, 0:3])
    found[:, SENTIMENT.stop : CONCERN] = columns[:, 6:_FIRST_ZONE]
    found[:, CONCERN] = columns[np.arange(len(columns)), _FIRST_ZONE + zones]
    return found
