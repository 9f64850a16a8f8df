"""From a mention, and who is named in it, to what the encoder reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from analysis.encoding import SIGNS, Framed, Sign, Span, Word, words_of
from analysis.names import variants
from model import Annotation, Mention, Organisation, Place

_LONGEST_PARENT = 600
"""Code points of what is answered that are looked at, from each end."""

Named = tuple[Place, int, int, Sign]
Frame = Callable[[Mention, Iterable[Named]], Framed]


def framer(organisation: Organisation) -> Frame:
    """Return what frames mentions for an organisation.

    Names in the mention are told by whoever calls; in what it answers only our own are looked for, since who else
    is named there hardly matters.
    """
    called = {
        form
        for name in (organisation.name, *organisation.aliases, *organisation.programmes)
        for form in variants(name)
    }
    ours = "|".join(re.escape(form) for form in sorted(called, key=len, reverse=True) if form)
    ours_in_parent = re.compile(rf"(?<!\w)(?:{ours})(?!\w)", re.IGNORECASE) if ours else None

    def framed(mention: Mention, names: Iterable[Named]) -> Framed:
        told = sorted(names)
        title = words_of(mention.title, "title", _spans(told, "title", mention.title))
        text = words_of(mention.text, "text", _spans(told, "text", mention.text))
        between = [Word("text", 0, 0, "", SIGNS["title"])] if title else []
        return Framed(
            _signs(mention), [*title, *between, *text], _parent(mention.parent_text, ours_in_parent)
        )

    return framed


def names_in(annotations: Sequence[Annotation]) -> list[Named]:
    """Return who is named, from the annotations that say so."""
    return [
        (reason.place, reason.start, reason.end, "us" if one.kind == "us" else "partner")
        for one in annotations
        if one.kind in ("us", "partner")
        for reason in one.because
    ]


def _signs(mention: Mention) -> tuple[int, ...]:
    signs: list[Sign] = []
    if mention.by_us:
        signs.append("by us")
    elif mention.author_partner:
        signs.append("by partner")
    if mention.in_our_thread:
        signs.append("our thread")
    return tuple(SIGNS[sign] for sign in signs)


def _spans(names: Sequence[Named], place: Place, text: str) -> list[Span]:
    """Return the names of a place in order; of two that overlap, the first."""
    spans: list[Span] = []
    for where, start, end, sign in names:
        if where == place and (spans[-1][1] if spans else 0) <= start < end <= len(text):
            spans.append((start, end, sign))
    return spans


def _parent(text: str, ours: re.Pattern[str] | None) -> list[Word]:
    if len(text) > 2 * _LONGEST_PARENT:
        text = f"{text[:_LONGEST_PARENT]} {text[-_LONGEST_PARENT:]}"
    spans: list[Span] = [(one.start(), one.end(), "us") for one in ours.finditer(text)] if ours else []
    return words_of(text, "text", spans)
