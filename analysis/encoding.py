"""A mention as the encoder of the accurate tier reads it: the numbers of its word pieces, each with its word.

[CLS] who wrote it, whether in our thread · title [TITLE] text [SEP] what it answers [SEP]. Names of us and of
partners are one sign each: the encoder learns what is said, not about whom. Training and runtime share this file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from analysis.fold import fold_phrase
from model import Place

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Sign = Literal["us", "partner", "by us", "by partner", "our thread", "title"]
Span = tuple[int, int, Sign]

CLS, SEP = 101, 102
SIGNS: Mapping[Sign, int] = {"us": 1, "partner": 2, "by us": 3, "by partner": 4, "our thread": 5, "title": 6}
"""Signs lie in places that the vocabulary left unused; no text can be read as one of them."""

LONGEST, LONGEST_PARENT = 192, 32
"""Word pieces of title and text in one row, and of what the mention answers; with the signs they fit the 256
places that the encoder knows."""

MOST_ROWS = 4
"""A longer text is read in rows; of one that needs more, the first two and the last two."""

_LOOKED_AT = 8_000
"""Code points of a text that are looked at from each end: more than MOST_ROWS rows of usual words."""

_MOST_KNOWN = 50_000
"""Words whose pieces are remembered."""

_LONGEST_KNOWN = 100

_WORD = re.compile(r"(?:https?://|www\.)\S+|\S{1,100}")
_PAGE = re.compile(r"https?\b\S*|www\.\S+|http$")
_ACCOUNT = re.compile(r"(?<!\w)@\w[\w.@-]*")
_TAG = re.compile(r"#(\w+)")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Word:
    """What stands between two blanks, or a name: ``sign`` is its number then, and 0 for words."""

    place: Place
    start: int
    end: int
    text: str
    sign: int = 0


@dataclass(frozen=True, slots=True)
class Framed:
    """Who speaks, what, and to what."""

    signs: tuple[int, ...]
    body: Sequence[Word]
    parent: Sequence[Word] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What the encoder reads at once. ``words`` says which word of the body a piece is of; -1: of none."""

    numbers: list[int]
    words: list[int]


def words_of(text: str, place: Place, names: Sequence[Span] = ()) -> list[Word]:
    """Return the words of a text in order; each of ``names`` (in order, apart) is one word with its sign."""
    found: list[Word] = []
    borders = (0, *(at for start, end, _ in names for at in (start, end)), len(text))
    for number, (start, end) in enumerate(pairwise(borders)):
        if number % 2:
            found.append(Word(place, start, end, text[start:end], SIGNS[names[number // 2][2]]))
        else:
            found.extend(_plain_words(text, place, start, end))
    return found


def _plain_words(text: str, place: Place, start: int, end: int) -> Iterator[Word]:
    stretches = [(start, end)]
    if end - start > 2 * _LOOKED_AT:
        stretches = [(start, start + _LOOKED_AT), (end - _LOOKED_AT, end)]
    for first, last in stretches:
        for word in _WORD.finditer(text, first, last):
            yield Word(place, word.start(), word.end(), word[0])


def plain(word: str) -> str:
    """Return a word as the vocabulary has it: "" for an address, "@user" for an account, pictures by their names."""
    if word.isascii() and word.isalnum() and not word.endswith("http"):
        return word
    word = _ACCOUNT.sub("@user", _PAGE.sub("", word))
    word = _TAG.sub(lambda tag: "# " + _HUMP.sub(" ", tag[1]).replace("_", " "), word)
    if word.isascii():
        return word
    return fold_phrase("".join(_named(character) for character in word))


def _named(character: str) -> str:
    if unicodedata.category(character) != "So":
        return character
    return f" {unicodedata.name(character, '').lower()} "


class Encoder:
    """Turns framed mentions into numbers, with a vocabulary of word pieces."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        tokenizer.encode_special_tokens = True  # "[SEP]" in a post is five characters, and no border
        self._tokenizer = tokenizer
        self._known: dict[str, tuple[int, ...]] = {}

    @classmethod
    def open(cls, path: Path) -> Encoder:
        """Return the encoder of a ``tokenizer.json``."""
        from tokenizers import Tokenizer

        return cls(Tokenizer.from_file(str(path)))

    def rows(self, framed: Framed) -> list[Row]:
        """Return the rows of a framed mention, in order; one for an empty text, MOST_ROWS at the most."""
        numbers, words = self._pieces(framed.body)
        parent = self._pieces(framed.parent)[0]
        if len(parent) > LONGEST_PARENT:
            parent = parent[: LONGEST_PARENT * 2 // 3] + parent[-(LONGEST_PARENT // 3) :]
        head, tail = [CLS, *framed.signs], [SEP, *((*parent, SEP) if parent else ())]
        return [
            Row(
                [*head, *numbers[start:end], *tail],
                [*[-1] * len(head), *words[start:end], *[-1] * len(tail)],
            )
            for start, end in _stretches(len(numbers))
        ]

    def _pieces(self, words: Sequence[Word]) -> tuple[list[int], list[int]]:
        """Return the numbers of the words' pieces, and the place of each one's word."""
        numbers: list[int] = []
        of: list[int] = []
        for at, word in enumerate(words):
            pieces = (word.sign,) if word.sign else self._of_word(word.text)
            numbers += pieces
            of += [at] * len(pieces)
        return numbers, of

    def _of_word(self, word: str) -> tuple[int, ...]:
        """Return a word's pieces; asking the tokenizer for whole texts took longer than the encoder's own work."""
        if len(word) > _LONGEST_KNOWN:  # a page's address
            return ()
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = tuple(self._tokenizer.encode(plain(word), add_special_tokens=False).ids)
            self._known[word] = known
        return known


def _stretches(length: int) -> list[tuple[int, int]]:
    """Return the borders of rows of like length."""
    count = max(1, -(-length // LONGEST))
    borders = [length * number // count for number in range(count + 1)]
    rows = list(pairwise(borders))
    return rows if count <= MOST_ROWS else [*rows[: MOST_ROWS - 2], *rows[-2:]]
