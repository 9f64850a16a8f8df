"""What a word is made of for the linear model: rows of a hashed table, for itself and for its groups of letters."""

from __future__ import annotations

import re
from zlib import crc32

import numpy as np
import numpy.typing as npt

WORD_ROWS = 1 << 17
PAIR_ROWS = 1 << 17
"""Rows of the two tables, powers of two: words with their letters, and pairs of words."""

US, PARTNER = "ourname", "partnername"
"""The words that stand for us and for any partner, so that the act is learned and not who does it."""

_LETTERS = range(2, 6)
_LONGEST = 24
"""Letters of a word that are looked at: what is longer is no word, or says no more."""

_DIGIT = re.compile(r"\d")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")

Rows = npt.NDArray[np.int64]


def plain(word: str) -> str:
    """Return the form of a folded, lower-case word that is learned: digits 0, "soooo" as "soo", accounts one."""
    if word.isalpha() and word.isascii():
        return _DRAWN_OUT.sub(r"\1\1", word) if len(word) > 3 else word
    if word[:1] == "@" and len(word) > 1:
        return "@user"
    if word.isspace() or word.startswith("http"):
        return ""
    return _DRAWN_OUT.sub(r"\1\1", _DIGIT.sub("0", word))


def rows(word: str) -> list[int]:
    """Return the rows of a plain word: itself, and its groups of 2 to 5 letters with its ends marked."""
    if not word:
        return []
    mask = WORD_ROWS - 1
    found = [crc32(word.encode("utf-8", "surrogatepass"), 1) & mask]
    marked = f"<{word[:_LONGEST]}>"
    if len(word) == 1:
        return found
    if marked.isascii():
        ascii_ = marked.encode()
        found += [crc32(ascii_[at : at + n]) & mask for n in _LETTERS for at in range(len(ascii_) - n + 1)]
        return found
    return found + [
        crc32(marked[at : at + n].encode("utf-8", "surrogatepass")) & mask
        for n in _LETTERS
        for at in range(len(marked) - n + 1)
    ]


def signature(word: str) -> int:
    """Return the number by which a plain word takes part in pairs."""
    return crc32(word.encode("utf-8", "surrogatepass"), 7)


def pair_rows(first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64], salt: int) -> Rows:
    """Return the row of each pair of signatures; ``salt`` tells kinds of pairs apart."""
    mixed = first * np.uint64(0x9E3779B97F4A7C15) + second * np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(salt)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(40)).astype(np.int64) & (PAIR_ROWS - 1)
