"""The matrices that a head is fitted on, kept as products: mentions × words × rows is small."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from analysis.sheet import FACTS, ZONES, Sheet
from analysis.vocabulary import Vocabulary
from analysis.words import PAIR_ROWS, WORD_ROWS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """Some features of all mentions: ``left @ right``, or ``left`` alone; ``scale``: how freely they are learned."""

    name: str
    left: sparse.csr_matrix
    right: sparse.csr_matrix | None = None
    scale: float = 1.0
    columns: npt.NDArray[np.int64] | None = (
        None  # of a block that was narrowed: which of the features are left
    )
    whole: int = 0  # and how many there were

    @property
    def width(self) -> int:
        """How many features there are."""
        return int((self.left if self.right is None else self.right).shape[1])

    def dot(self, weights: Floats) -> Floats:
        """Return mentions × outputs."""
        return self.said(weights) * self.scale

    def said(self, weights: Floats) -> Floats:
        """Return mentions × outputs of weights that were widened: these have the scale within them."""
        inner = weights if self.right is None else self.right @ weights
        return np.asarray(self.left @ inner)

    def back(self, errors: Floats) -> Floats:
        """Return features × outputs: the transposed product."""
        inner = self.left.T @ errors
        return np.asarray(inner if self.right is None else self.right.T @ inner) * self.scale

    def squares(self, weights: Floats) -> Floats:
        """Return the sum of each feature's squares over all mentions, which count by ``weights``."""
        whole = self.left if self.right is None else self.left @ self.right
        return np.asarray(whole.power(2).T @ weights) * self.scale**2

    def rows(self, chosen: npt.NDArray[np.int64]) -> Block:
        """Return the block of some mentions."""
        return replace(self, left=self.left[chosen])

    def narrow(self) -> Block:
        """Return the block without the features that none of its mentions has."""
        if self.right is None:
            columns = np.unique(self.left.indices).astype(np.int64)
            return replace(self, left=self.left[:, columns], columns=columns, whole=self.width)
        words = np.unique(self.left.indices)
        right = self.right[words]
        columns = np.unique(right.indices).astype(np.int64)
        return replace(
            self, left=self.left[:, words], right=right[:, columns], columns=columns, whole=self.width
        )

    def widen(self, weights: Floats) -> Floats:
        """Return the weights of a narrowed block in their places among all features, by its scale."""
        if self.columns is None:
            return weights * self.scale
        found = np.zeros((self.whole, weights.shape[1]))
        found[self.columns] = weights * self.scale
        return found


Design = Sequence[Block]


def words_block(sheet: Sheet, vocabulary: Vocabulary, *, scale: float = 1.0) -> Block:
    """Return words and their letters."""
    return Block("words", _counts(sheet, sheet.words, len(vocabulary.parts)), _parts(vocabulary), scale)


def zone_blocks(sheet: Sheet, vocabulary: Vocabulary, *, scale: float, pairs: float) -> list[Block]:
    """Return words and pairs once more for each zone."""
    made_of = _parts(vocabulary)
    blocks = []
    for zone in range(len(ZONES)):
        here = sheet.zones == zone
        left = _counts(sheet, sheet.words, len(vocabulary.parts), here)
        blocks.append(Block(f"words in {zone}", left, made_of, scale))
        blocks.append(Block(f"pairs in {zone}", _pairs(sheet, here), None, pairs))
    return blocks


def pairs_block(sheet: Sheet, *, scale: float) -> Block:
    """Return pairs of words, and words under a negation."""
    return Block("pairs", _pairs(sheet, None), None, scale)


def facts_block(sheet: Sheet, *, scale: float = 1.0, only: Collection[str] | None = None) -> Block:
    """Return what is known beside the words, and a constant, which is named ``""``; or some of these."""
    constant = np.ones((len(sheet.facts), 1))
    taken = [only is None or fact in only for fact in (*FACTS, "")]
    facts = np.hstack((sheet.facts, constant)) * np.array(taken)
    return Block("facts", sparse.csr_matrix(facts), None, scale)


def _of_doc(sheet: Sheet) -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(len(sheet.starts) - 1), np.diff(sheet.starts))


def _norms(sheet: Sheet) -> Floats:
    return np.repeat(sheet.norms, np.diff(sheet.passages))


def _counts(
    sheet: Sheet, columns: npt.NDArray[np.int64], width: int, where: npt.NDArray[np.bool_] | None = None
) -> sparse.csr_matrix:
    docs, norms = _of_doc(sheet), _norms(sheet)
    if where is not None:
        docs, columns, norms = docs[where], columns[where], norms[where]
    return sparse.csr_matrix((norms, (docs, columns)), shape=(len(sheet.starts) - 1, width))


def _pairs(sheet: Sheet, where: npt.NDArray[np.bool_] | None) -> sparse.csr_matrix:
    found = sparse.csr_matrix((len(sheet.starts) - 1, PAIR_ROWS))
    for columns in (sheet.after, sheet.over, sheet.negated):
        there = columns >= 0 if where is None else (columns >= 0) & where
        found = found + _counts(sheet, columns, PAIR_ROWS, there)
    return found.tocsr()


def _parts(vocabulary: Vocabulary) -> sparse.csr_matrix:
    lengths = [len(parts) for parts in vocabulary.parts]
    words = np.repeat(np.arange(len(lengths)), lengths)
    rows = np.fromiter((row for parts in vocabulary.parts for row in parts), dtype=np.int64)
    return sparse.csr_matrix((np.ones(len(rows)), (words, rows)), shape=(len(lengths), WORD_ROWS))
