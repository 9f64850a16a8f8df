"""What a word is made of for the linear model: rows of a hashed table, for itself and for its groups of letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
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

_NONE = np.uint32(0xFFFFFFFF)
"""The checksum of no letters, before its bits are turned round."""

_DIGIT = re.compile(r"\d")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")

Rows = npt.NDArray[np.int64]


def _crc_table() -> npt.NDArray[np.uint32]:
    """Return what CRC-32 (as in zlib and ISO 3309) makes of each byte."""
    sums = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        sums = np.where(sums & 1, (sums >> 1) ^ np.uint32(0xEDB88320), sums >> 1)
    return sums


_CRC = _crc_table()


def plain(word: str) -> str:
    """Return the form of a folded, lower-case word that is learned: digits 0, "soooo" as "soo", accounts one."""
    if word.isalpha() and word.isascii():
        return _DRAWN_OUT.sub(r"\1\1", word) if len(word) > 3 else word
    if word[:1] == "@" and len(word) > 1:
        return "@user"
    if word.isspace() or word.startswith("http"):
        return ""
    return _DRAWN_OUT.sub(r"\1\1", _DIGIT.sub("0", word))


def rows_of(words: Sequence[str]) -> tuple[Rows, Rows]:
    """Return the rows of plain words, word after word, and how many each has.

    They are for itself, and for its groups of 2 to 5 letters with its ends marked; an empty word has none.
    """
    short = [word[:_LONGEST] if len(word) > 1 else "" for word in words]
    groups, counts = _groups([word if word.isascii() else "" for word in short])
    others = [
        [_row(word, 1), *(() if part.isascii() else _groups_of(part))] if word else []
        for word, part in zip(words, short, strict=True)
    ]
    lengths = np.array([len(one) for one in others], dtype=np.int64)
    starts = np.repeat(np.cumsum(counts) - counts, lengths)
    return np.insert(groups, starts, list(chain.from_iterable(others))), counts + lengths


def _row(letters: str, kind: int = 0) -> int:
    return crc32(letters.encode("utf-8", "surrogatepass"), kind) & (WORD_ROWS - 1)


def _groups_of(word: str) -> list[int]:
    """Return the rows of the groups of letters of one word."""
    marked = f"<{word}>"
    return [_row(marked[at : at + n]) for n in _LETTERS for at in range(len(marked) - n + 1)]


def _groups(words: Sequence[str]) -> tuple[Rows, Rows]:
    """Return the same of many words of ASCII, word after word, and how many each has; none for an empty word.

    Their letters go through CRC-32 side by side: one by one it was most of what it takes to meet a word.
    """
    marked = [f"<{word}>" if word else "" for word in words]
    sizes = np.array([len(one) for one in marked], dtype=np.int64)
    letters = np.frombuffer("".join(marked).encode(), np.uint8)
    ahead = np.append(letters, np.zeros(_LETTERS.stop, np.uint8))
    left = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(letters))
    sums = np.full(len(letters), _NONE, np.uint32)
    rows = []
    for n in range(1, _LETTERS.stop):
        sums = _CRC[(sums ^ ahead[n - 1 : n - 1 + len(letters)]) & 0xFF] ^ (sums >> np.uint32(8))
        if n in _LETTERS:
            rows.append((sums ^ _NONE).astype(np.int64) & (WORD_ROWS - 1))
    lengths = np.array(_LETTERS)
    counts = np.maximum(sizes[:, None] - lengths + 1, 0).sum(axis=1)
    return np.stack(rows, axis=1)[left[:, None] >= lengths], counts


def signature(word: str) -> int:
    """Return the number by which a plain word takes part in pairs."""
    return crc32(word.encode("utf-8", "surrogatepass"), 7)


def pair_rows(first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64], salt: int) -> Rows:
    """Return the row of each pair of signatures; ``salt`` tells kinds of pairs apart."""
    mixed = first * np.uint64(0x9E3779B97F4A7C15) + second * np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(salt)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(40)).astype(np.int64) & (PAIR_ROWS - 1)
