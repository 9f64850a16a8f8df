"""The fast tier's model: sums of whole numbers over words and pairs, one column a head, and facts beside them.

Whole numbers, since their sums are the same in any order: a mention has the same tags alone and in any batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.convolution import Convolution
from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.sheet import ZONES, Sheet
from analysis.trees import Trees
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
    f"{HEADS[CONCERN]} by corrections",
)
"""Columns of the tables: the sentiment once for each family of languages, the concern once for each zone, and once
more for what an organisation's own corrections teach of it: it is added after the trees, so that none hides it."""

TAUGHT = len(COLUMNS) - 1
FIRST_ZONE = TAUGHT - len(ZONES)

FACT_COLUMNS = (*COLUMNS[:FIRST_ZONE], HEADS[CONCERN])
"""Columns of the facts: the same, but the concern once."""

_OF_MANY = np.full(len(HEADS), 2.0)
_OF_MANY[CONCERN] = 1.2  # by the trees, whose unit is 1.7 of the others
"""What each ln of the count of passages takes away: each has but a part of the chance that the whole text has. Of
eight texts in one, none a concern, 0.29 was said with it and 0.55 without; with one concern among them 0.40."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned, in whole numbers, and what one of them is worth for each head.

    ``words`` and ``pairs`` are rows × COLUMNS (``pairs`` has one more row, of zeros, for no pair); ``facts`` is FACTS
    and a constant × FACT_COLUMNS. ``steps`` holds, for these three, what one is worth for each head. ``trees`` judge
    the concern from what these say (analysis.concern), and ``convolution`` judges every head beside them.
    """

    words: npt.NDArray[np.int16]
    pairs: npt.NDArray[np.int16]
    facts: npt.NDArray[np.int16]
    steps: Floats  # 3 × heads
    trees: Trees
    convolution: Convolution


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of a batch, passages × heads, and what is kept to say what each word gave.

    ``taught`` is what corrections add to the concern of each passage.
    ``words`` and the three of ``pairs`` (after, over, negated) are words × COLUMNS; ``family`` and ``zones`` say for
    each word which of the columns is a head's; ``norms`` scale each.
    """

    passages: Floats
    taught: Floats
    words: npt.NDArray[np.int32]
    pairs: tuple[npt.NDArray[np.int16], ...]
    family: npt.NDArray[np.bool_]
    zones: Whole
    norms: Floats
    steps: Floats

    def given(self, rows: Whole, heads: Whole) -> Floats:
        """Return what each of the words ``rows`` gave to the head beside it; a pair's worth is shared by its words.

        ``rows`` are whole mentions in order, the words of one tag together; ``heads`` has one entry a row.
        Asked for the few heads that a mention is tagged with: all of them for all words took half of the scoring.
        """
        columns = heads + SENTIMENT.stop
        columns[(heads < SENTIMENT.stop) & ~self.family[rows]] -= SENTIMENT.stop
        concern = np.flatnonzero(heads == CONCERN)
        columns[concern] = FIRST_ZONE + self.zones[rows[concern]]
        gave = self._given(rows, columns, heads)
        gave[concern] += self._given(rows[concern], np.full(len(concern), TAUGHT), heads[concern])
        return gave

    def _given(self, rows: Whole, columns: Whole, heads: Whole) -> Floats:
        after, over, negated = (pairs[rows, columns].astype(np.int64) for pairs in self.pairs)
        shared = after + over + 2 * negated
        # a mention's last words have no pair, so nothing is shared with the words of another
        shared[1:] += after[:-1]
        shared[2:] += over[:-2]
        of_words, of_pairs = self.steps[0, heads], self.steps[1, heads]
        gave = (of_words * self.words[rows, columns] + of_pairs * 0.5 * shared) * self.norms[rows]
        return np.asarray(gave)


def score(sheet: Sheet, vocabulary: Vocabulary, weights: Weights, southern: npt.NDArray[np.bool_]) -> Scored:
    """Return the scores of a sheet's passages; ``southern`` marks mentions that are in Spanish or Portuguese."""
    lengths = np.diff(sheet.passages)
    family = np.repeat(southern, np.diff(sheet.starts))
    words = vocabulary.sums.take(sheet.words, axis=0)
    pairs = tuple(  # row -1 is the last: zeros
        weights.pairs.take(rows, axis=0, mode="wrap") for rows in (sheet.after, sheet.over, sheet.negated)
    )
    together = pairs[0].astype(np.int32)
    together += pairs[1]
    together += pairs[2]
    of_words, of_pairs, of_facts = weights.steps
    some = lengths > 0
    sums = np.zeros((len(lengths), len(HEADS)))
    taught = np.zeros(len(lengths))
    if some.any():
        starts = sheet.passages[:-1][some]
        family_of = family[starts]
        sums[some] = of_words * _sums(words, starts, family_of, sheet.zones)
        sums[some] += of_pairs * _sums(together, starts, family_of, sheet.zones)
        taught[some] = of_words[CONCERN] * np.add.reduceat(words[:, TAUGHT], starts, dtype=np.int64)
        taught[some] += of_pairs[CONCERN] * np.add.reduceat(together[:, TAUGHT], starts, dtype=np.int64)
    facts = _of_family(
        sheet.facts.astype(np.int64) @ weights.facts[:-1].astype(np.int64) + weights.facts[-1], southern
    )
    known = np.repeat(of_facts * facts, np.diff(sheet.first_passages), axis=0)
    return Scored(
        sums * sheet.norms[:, None] + known,
        taught * sheet.norms,
        words,
        pairs,
        family,
        sheet.zones,
        np.repeat(sheet.norms, lengths),
        weights.steps,
    )


def of_mentions(passages: Floats, first_passages: Whole) -> Floats:
    """Return mentions × heads of passages × heads.

    A mention of several passages has the mean of their sentiment, and of every other head that of the passage which
    says it most, less what chance gives to so many.
    """
    counts = np.diff(first_passages)
    if len(counts) == len(passages):
        return passages
    found = np.maximum.reduceat(passages, first_passages[:-1], axis=0) - _OF_MANY * np.log(counts)[:, None]
    found[:, SENTIMENT] = (
        np.add.reduceat(passages[:, SENTIMENT], first_passages[:-1], axis=0) / counts[:, None]
    )
    return np.asarray(found)


def _of_family(columns: Whole, southern: npt.NDArray[np.bool_]) -> Whole:
    """Return mentions × heads of mentions × FACT_COLUMNS."""
    return np.hstack((np.where(southern[:, None], columns[:, 3:6], columns[:, 0:3]), columns[:, 6:]))


def _sums(
    columns: npt.NDArray[np.int32], starts: Whole, southern: npt.NDArray[np.bool_], zones: Whole
) -> Whole:
    """Return passages × heads of words × COLUMNS: of each passage's language, and of each word's zone."""
    sums = np.add.reduceat(columns[:, :FIRST_ZONE], starts, axis=0, dtype=np.int64)
    concern = columns[np.arange(len(columns)), FIRST_ZONE + zones]
    return np.hstack((_of_family(sums, southern), np.add.reduceat(concern, starts, dtype=np.int64)[:, None]))
