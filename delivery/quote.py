"""Quotations: the words of a mention, shortened around those that matter, and never altered."""

from __future__ import annotations

import re
from dataclasses import dataclass

from model import Mention, Reason
from text import one_line

SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\s+|\n+")
MORE = "…"
JOINT = " — "  # between a title and its text


@dataclass(frozen=True, slots=True)
class Quote:
    """One line of somebody's words; ``key`` are those that earned the tag, shown marked. All may be empty."""

    before: str
    key: str
    after: str

    def __str__(self) -> str:
        return self.before + self.key + self.after

    def __bool__(self) -> bool:
        return bool(str(self))


NOTHING = Quote("", "", "")


def quoted(mention: Mention, reason: Reason | None, *, limit: int = 280) -> Quote:
    """Return the mention's words around the reason's span, at most about ``limit`` code points.

    A short text is whole. A long one begins with the sentence of the span; what is left out is marked by ``…``.
    A span that does not fit the words (they were edited since) marks nothing.
    """
    words = mention.text or mention.title
    if reason is not None and reason.place == "title":
        words = mention.title
    start, end = _span(words, reason)
    key = _cut_end(words[start:end], limit)
    room = limit - len(key)
    before = words[:start]
    if len(words) > limit:
        before = _from_its_sentence(before, room // 2)
    after = _cut_end(words[end:], max(room - len(before), 0))
    return Quote(_flat(before).lstrip(), _flat(key), _flat(after).rstrip())


def titled(mention: Mention, reason: Reason | None, *, title: int, words: int) -> tuple[Quote, Quote]:
    """Return a mention's title and its words, to be shown one below the other, the reason marked where it stands.

    title, words: the most code points of each. Where one says all that the other does, the title is empty.
    """
    if reason is None or reason.place != "title":
        below = quoted(mention, reason, limit=words)
        above = Quote(shortened(mention.title, title), "", "")
    else:
        below = quoted(mention, None, limit=words)
        above = quoted(mention, reason, limit=title)
    if mention.text and shortened(str(below), title) != shortened(str(above), title):
        return above, below
    return NOTHING, quoted(mention, reason, limit=words)


def in_one_line(mention: Mention, reason: Reason | None, *, limit: int) -> str:
    """Return the words that earned a tag; where they stand in the title, the text goes on behind it."""
    if reason is None or reason.place != "title":
        return str(quoted(mention, reason, limit=limit))
    above, below = titled(mention, reason, title=limit, words=limit)
    return shortened(JOINT.join(str(part) for part in (above, below) if part), limit)


def shortened(words: str, limit: int) -> str:
    """Return the words as one clean line of at most ``limit`` code points, cut at a blank where one is near."""
    return _cut_end(one_line(words[: 4 * limit], 4 * limit), limit)


def strongest(reasons: tuple[Reason, ...]) -> Reason | None:
    """Return the reason with the most weight, the first of equals."""
    return max(reasons, key=lambda reason: (abs(reason.weight), -reason.start), default=None)


def _span(words: str, reason: Reason | None) -> tuple[int, int]:
    if reason is None or not 0 <= reason.start < reason.end <= len(words):
        return 0, 0
    if words[reason.start : reason.end] != reason.text:
        return 0, 0
    return reason.start, reason.end


def _from_its_sentence(before: str, room: int) -> str:
    """Return the end of ``before`` that begins a sentence and fits the room; failing that, one that begins a word."""
    near = before[-room:] if room > 0 else ""
    ends = [match.end() for match in SENTENCE_END.finditer(near)]
    if ends:
        return f"{MORE} {near[ends[-1] :]}"
    if len(before) <= room:
        return before
    head, blank, rest = near.partition(" ")
    return f"{MORE} {rest}" if blank and len(head) < room // 2 else f"{MORE}{near}"


def _cut_end(words: str, room: int) -> str:
    if len(words) <= room:
        return words
    near = words[: max(room - 1, 0)]
    head, blank, tail = near.rpartition(" ")
    return (head if blank and len(tail) < 30 else near).rstrip() + MORE


def _flat(words: str) -> str:
    """One clean line that keeps a blank at either end, so that the three parts still join as they did."""
    left = " " if words[:1].isspace() else ""
    right = " " if words[-1:].isspace() and words.strip() else ""
    return left + one_line(words, len(words)) + right
