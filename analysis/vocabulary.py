"""Every word that was met, numbered: what it is made of is worked out once, however often it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.classes import class_of
from analysis.convolution import SIZE, Convolution, Vectors
from analysis.words import PARTNER, US, plain, rows_of, signature

if TYPE_CHECKING:
    from spacy.strings import StringStore

MOST = 60_000
"""Words that are kept; then all are forgotten and learned again, so that memory stays flat (17 MB of arrays)."""

US_KEY, PARTNER_KEY = 1, 2
"""Keys that no word of spaCy has: its own are 64-bit hashes."""

_MET_AT_ONCE = 1_000
"""Words that are learned together; what they are made of takes 2 KB each on the way."""

_SIGNS = frozenset(".,;:()[]\"-–—…/|*#'")

Ints = npt.NDArray[np.int64]


class Vocabulary:
    """Numbers words by spaCy's hash of their lower-case form. ``sums`` holds what the rows of ``table`` that a word
    is made of sum to; without a table (in training) ``parts`` holds the rows. ``vectors`` holds what it is to the
    convolution."""

    def __init__(
        self,
        table: npt.NDArray[np.int16] | None = None,
        convolution: Convolution | None = None,
        *,
        most: int = MOST,
    ) -> None:
        self._table = table
        self._convolution = convolution
        self._most = most
        self._columns = 0 if table is None else table.shape[1]
        self.forget()

    def forget(self) -> None:
        """Forget every word but the two that stand for names."""
        self._numbers: dict[int, int] = {}
        self.parts: list[list[int]] = []  # the rows of each word, kept for training only
        self.plain: list[str] = []
        self.classes: Ints = np.zeros(1024, dtype=np.int64)
        self.signatures: npt.NDArray[np.uint64] = np.zeros(1024, dtype=np.uint64)
        self.sizes: Ints = np.zeros(1024, dtype=np.int64)
        self.is_word: npt.NDArray[np.bool_] = np.zeros(1024, dtype=bool)  # it may stand alone as a reason
        self.sums: npt.NDArray[np.int32] = np.zeros((1024, self._columns), dtype=np.int32)
        self.vectors: Vectors = np.zeros((1024, SIZE if self._convolution else 0), dtype=np.int16)
        self._meet((US_KEY, PARTNER_KEY), (US, PARTNER))

    def numbers(self, keys: Sequence[int], strings: StringStore) -> Ints:
        """Return the number of each key: spaCy's for a lower-case word, or US or PARTNER."""
        if len(self._numbers) > self._most:
            self.forget()
        new = list(set(keys).difference(self._numbers))
        for start in range(0, len(new), _MET_AT_ONCE):
            some = new[start : start + _MET_AT_ONCE]
            self._meet(some, [strings[key] for key in some])
        return np.fromiter(map(self._numbers.__getitem__, keys), np.int64, len(keys))

    def _meet(self, keys: Sequence[int], words: Sequence[str]) -> None:
        first, after = len(self._numbers), len(self._numbers) + len(keys)
        while after > len(self.classes):
            for name in ("classes", "signatures", "sizes", "is_word", "sums", "vectors"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate((old, np.zeros_like(old))))
        self._numbers.update(zip(keys, range(first, after), strict=True))
        forms = [plain(word) for word in words]
        parts, sizes = rows_of(forms)
        self.classes[first:after] = [class_of(word) for word in words]
        self.signatures[first:after] = [signature(form) for form in forms]
        self.sizes[first:after] = sizes
        self.is_word[first:after] = [not word.isspace() and word not in _SIGNS for word in words]
        if self._convolution is not None:
            self.vectors[first:after] = self._convolution.vectors(forms)
        if self._table is None:
            self.parts += [part.tolist() for part in np.split(parts, np.cumsum(sizes)[:-1])]
            self.plain += forms
        elif len(parts):
            some = np.flatnonzero(sizes)
            starts = (np.cumsum(sizes) - sizes)[some]
            gave = self._table.take(parts, axis=0)
            self.sums[first + some] = np.add.reduceat(gave, starts, axis=0, dtype=np.int32)
