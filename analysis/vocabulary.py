"""Every word that was met, numbered: what it is made of is worked out once, however often it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.classes import class_of
from analysis.reading import reading_of
from analysis.words import PARTNER, US, plain, rows, signature

if TYPE_CHECKING:
    from spacy.tokens import Doc

MOST = 100_000
"""Words that are kept; then all are forgotten and learned again, so that memory stays flat (46 MB at the most)."""

_US, _PARTNER, _GONE = 1, 2, 0
"""Keys that no word of spaCy has: its own are 64-bit hashes."""

_SIGNS = frozenset(".,;:()[]\"-–—…/|*#'")

Ints = npt.NDArray[np.int64]


class Vocabulary:
    """Numbers words by spaCy's hash of their lower-case form. ``sums`` holds what the rows of ``table`` that a word
    is made of sum to; without a table (in training) ``parts`` holds the rows."""

    def __init__(self, table: npt.NDArray[np.int16] | None = None, *, most: int = MOST) -> None:
        self._table = table
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
        self._learn(_US, US)
        self._learn(_PARTNER, PARTNER)

    def keys(self, doc: Doc) -> tuple[list[int], Ints]:
        """Return the key of each word of a doc, a name as one word, and the token that it begins at."""
        found = doc.to_array("LOWER")
        names = reading_of(doc).names
        if not names:
            return found.tolist(), np.arange(len(found))
        for name in names:
            found[name.start] = _US if name.who == "us" else _PARTNER
            found[name.start + 1 : name.end] = _GONE
        kept = np.flatnonzero(found)
        return found[kept].tolist(), kept

    def numbers(self, keys: Sequence[int], docs: Sequence[Doc]) -> Ints:
        """Return the number of each key; the docs lend their vocabulary to look up what is new."""
        if len(self._numbers) > self._most:
            self.forget()
        known = self._numbers
        try:
            return np.array([known[key] for key in keys], dtype=np.int64)
        except KeyError:
            strings = docs[0].vocab.strings
            for key in keys:
                if key not in known:
                    self._learn(key, strings[key])
            return np.array([known[key] for key in keys], dtype=np.int64)

    def _learn(self, key: int, word: str) -> None:
        number = len(self._numbers)
        if number == len(self.classes):
            for name in ("classes", "signatures", "sizes", "is_word", "sums"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate((old, np.zeros_like(old))))
        self._numbers[key] = number
        form = plain(word)
        parts = rows(form)
        self.classes[number] = class_of(word)
        self.signatures[number] = signature(form)
        self.sizes[number] = len(parts)
        self.is_word[number] = not word.isspace() and word not in _SIGNS
        if self._table is None:
            self.parts.append(parts)
            self.plain.append(form)
        elif parts:
            self.sums[number] = self._table[parts].sum(axis=0, dtype=np.int32)
