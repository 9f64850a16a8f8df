"""A small convolutional network (Kim 2014): it reads three words in their order, where the sums know words and pairs.

Every number in it is a whole multiple of a power of two, small enough that sums in floats are exact: so they are the
same in any order, and a mention has the same tags alone and in any batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from analysis.sheet import Sheet

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]
Vectors = npt.NDArray[np.int16]
Rows = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

SIZE = 32
"""Numbers that stand for a word."""

BEGINNINGS, ENDINGS = 1 << 13, 1 << 12
"""Rows for a word's first four letters and for its last three, hashed: they tell something of a word never met."""

PARTS_OF_POOLED, PARTS_OF_WEIGHTS = 1024.0, 4096.0
"""Parts of one in which what is pooled, and the dense layers' weights, are counted."""

_FEW = 4.0
_NOTHING = -(2.0**30)
"""Less than any filter finds."""

_AT_ONCE = 64
"""Passages that are read at once: what is worked out for them stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """What the network learned.

    ``known`` are checksums of the words that it knows, in order; ``words`` has a row for each and a last one for any
    other. What a word is: its row, and those of its beginning, its ending and its zone, in parts of ``word_parts``.
    ``filters`` are three words' numbers × filters, in parts of ``filter_parts``. Of a passage the most that each
    filter found, the sum of its words by its root of their count, and the facts go through ``hidden`` (ReLU), and
    with what came out of it to ``told``, one column a head; each has its constants as the last row.
    """

    known: npt.NDArray[np.uint32]
    words: Bytes
    beginnings: Bytes
    endings: Bytes
    zones: Bytes
    filters: Bytes
    constants: npt.NDArray[np.int32]  # of the filters
    hidden: npt.NDArray[np.float32]
    told: npt.NDArray[np.float32]
    word_parts: float
    filter_parts: float

    def vectors(self, forms: Sequence[str]) -> Vectors:
        """Return the numbers of plain words, but for their zones."""
        found = self.words[known_rows(self.known, forms)].astype(np.int16)
        found += self.beginnings[beginnings(forms)]
        found += self.endings[endings(forms)]
        return found

    def scores(self, sheet: Sheet, vectors: Vectors) -> Floats:
        """Return passages × heads; ``vectors`` has one row a word of the sheet, without its zone."""
        lengths = np.diff(sheet.passages)
        # a row of zeros stands before the first passage and after each, and one more at the end
        starts = sheet.passages[:-1] + np.arange(1, len(lengths) + 1)
        rows = np.zeros((len(vectors) + len(lengths) + 2, SIZE), np.float32)
        places = np.arange(len(vectors)) + np.repeat(starts - sheet.passages[:-1], lengths)
        rows[places] = vectors + self.zones.take(sheet.zones, axis=0)
        most = np.vstack(
            [
                self._most(rows, starts[first : first + _AT_ONCE], lengths[first : first + _AT_ONCE])
                for first in range(0, len(lengths), _AT_ONCE)
            ]
        )
        sums = np.add.reduceat(rows, starts, axis=0) / self.word_parts
        means = sums / np.sqrt(np.maximum(lengths, _FEW))[:, None]
        facts = np.repeat(sheet.facts, np.diff(sheet.first_passages), axis=0)
        return self._judged(np.hstack((_in_parts(most), _in_parts(means), facts)))

    def _most(self, rows: Rows, starts: Ints, lengths: Ints) -> Rows:
        """Return the most that each filter finds in some passages, 0 where none finds anything."""
        first, ends = starts[0], starts + lengths
        around = rows[first - 1 : ends[-1] + 2]
        threes = np.hstack((around[:-2], around[1:-1], around[2:]))
        found = threes @ self.filters.astype(np.float32)
        found[ends - first] = _NOTHING
        spans = zip((starts - first).tolist(), (ends - first + 1).tolist(), strict=True)
        # one by one: np.maximum.reduceat takes twice as long
        most = np.array([found[start:end].max(axis=0) for start, end in spans])
        return np.asarray(np.maximum(most + self.constants, 0.0) / (self.word_parts * self.filter_parts))

    def _judged(self, pooled: Floats) -> Floats:
        inside = np.maximum(pooled @ self.hidden[:-1].astype(np.float64) + self.hidden[-1], 0.0)
        everything = np.hstack((_in_parts(inside), pooled))
        return np.asarray(everything @ self.told[:-1].astype(np.float64) + self.told[-1])


def checksums(forms: Sequence[str]) -> npt.NDArray[np.uint32]:
    """Return what tells plain words apart."""
    return np.array([_sum(form, 19) for form in forms], np.uint32)


def known_rows(known: npt.NDArray[np.uint32], forms: Sequence[str]) -> Ints:
    """Return the place of each word among the ``known``, which are in order; the one behind them for any other."""
    sums = checksums(forms)
    at = np.minimum(np.searchsorted(known, sums), len(known) - 1)
    return np.where(known[at] == sums, at, len(known))


def beginnings(forms: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the row of each word's beginning."""
    return np.array([_sum(form[:4], 0) % BEGINNINGS for form in forms], np.int64)


def endings(forms: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the row of each word's ending."""
    return np.array([_sum(form[-3:], 0) % ENDINGS for form in forms], np.int64)


def _sum(letters: str, salt: int) -> int:
    return crc32(letters.encode("utf-8", "surrogatepass"), salt)


def _in_parts(numbers: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(np.rint(numbers * PARTS_OF_POOLED) / PARTS_OF_POOLED, np.float64)
