"""One plain form of a text for matching, with the way back to the code points that were written.

Accents, odd apostrophes, compatibility letters, zero-width signs, addresses of pages and lone surrogates differ
from writer to writer, and the last of them stop spaCy. The folded text has none of them; ``Folded.place`` says
where in title or text a folded character came from, so that a reason always shows the words as they were written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from model import Place

CAP = 20_000
"""Code points of the title, and of the text, that are analysed; what comes after is not understood."""

LONGEST_WORD = 80
PARAGRAPH = "\n\n"

_APOSTROPHES = "'’‘ʼ‛`´′＇"
_MARKS = ("Mn", "Me")
_UNSEEN = ("Mn", "Me", "Cf")
_QUOTES = '"“”„‟«»″'
_PIECES = re.compile(
    r"(?P<page>(?:https?://|www\.)\S+)|(?P<space>\s+)"
    rf"|(?P<word>(?:(?!https?://|www\.)\S){{1,{LONGEST_WORD}}})"
)


_UNEVEN: set[str] = set()
"""Characters that were met and fold to none or to several."""


class _Letters(dict[int, str]):
    """What each code point folds to; learnt once a character, since decomposing is slow."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = plain = _fold_character(character)
        if len(plain) != 1:
            _UNEVEN.add(character)
        return plain


def _fold_character(character: str) -> str:
    if character in _APOSTROPHES:
        return "'"
    if character in _QUOTES:
        return '"'
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in _UNSEEN:
        return ""
    if category == "Cc":
        return " "
    parts = unicodedata.normalize("NFKD", character)
    kept = "".join(part for part in parts if unicodedata.category(part) not in _UNSEEN)
    return kept if kept.strip() else " "


_LETTERS = _Letters()


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. ``offsets`` holds, for each folded character, where it stood; None: where it stands.

    ``title_length`` is -1 where there is no title; else the text begins after it and a paragraph sign.
    """

    text: str
    source: str
    offsets: tuple[int, ...] | None
    title_length: int

    def place(self, start: int, end: int) -> tuple[Place, int, int, str]:
        """Return where folded characters ``start`` to ``end`` were written: title or text, span, and the words."""
        if self.offsets is not None:
            start, end = self.offsets[start], self._after(end - 1)
        words = self.source[start:end]
        if self.title_length < 0:
            return "text", start, end, words
        if start < self.title_length:
            end = min(end, self.title_length)
            return "title", start, end, self.source[start:end]
        shift = self.title_length + len(PARAGRAPH)
        return "text", start - shift, end - shift, words

    def _after(self, last: int) -> int:
        """Return the end of what the folded character ``last`` came from, its combining marks included."""
        assert self.offsets is not None
        end = self.offsets[last] + 1
        while end < len(self.source) and unicodedata.category(self.source[end]) in _MARKS:
            end += 1
        return end


def fold(text: str, title: str = "") -> Folded:
    """Return title and text as one plain form, cut at CAP code points of each."""
    title = title[:CAP]
    source = f"{title}{PARAGRAPH}{text[:CAP]}" if title else text[:CAP]
    title_length = len(title) if title else -1
    if _is_usual(source):
        plain = _evenly(source)
        if plain is not None:
            return Folded(plain, source, None, title_length)
    characters: list[str] = []
    offsets: list[int] = []
    for piece in _PIECES.finditer(source):
        _fold_piece(piece, characters, offsets)
    return Folded("".join(characters), source, tuple(offsets), title_length)


def _is_usual(source: str) -> bool:
    """Whether each character may stand where it stands: no addresses, no blanks but single ones, no endless word."""
    return (
        source.isprintable()  # of all blanks only the usual one is
        and "  " not in source
        and "://" not in source
        and "www." not in source
        and (len(source) < LONGEST_WORD or max(map(len, source.split(" "))) < LONGEST_WORD)
    )


def _evenly(source: str) -> str | None:
    """Return the folded characters, one for each; None where some fold to none or to several."""
    if source.isascii() and "`" not in source:
        return source
    plain = source.translate(_LETTERS)
    return plain if len(plain) == len(source) and _UNEVEN.isdisjoint(source) else None


def _fold_piece(piece: re.Match[str], characters: list[str], offsets: list[int]) -> None:
    start = piece.start()
    if piece["page"]:
        characters.append(" ")
        offsets.append(start)
        return
    if piece["space"]:
        blank = PARAGRAPH if piece["space"].count("\n") > 1 else " "
        characters.extend(blank)
        offsets.extend([start] * len(blank))
        return
    word = piece["word"]
    even = _evenly(word) if word.isprintable() else None
    if even is not None:
        characters.append(even)
        offsets.extend(range(start, piece.end()))
    else:
        for at, character in enumerate(word, start):
            plain = _LETTERS[ord(character)]
            characters.append(plain)
            offsets.extend([at] * len(plain))
    if piece.end() - start == LONGEST_WORD:
        characters.append(" ")
        offsets.append(piece.end() - 1)


def fold_phrase(phrase: str) -> str:
    """Return a phrase of the rules, or a name, in the same plain form."""
    return " ".join("".join(_LETTERS[ord(character)] for character in phrase).split())
