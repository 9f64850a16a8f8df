"""Longer texts, made of several of ours: else nothing but its length would tell a long post from a short complaint.

Ours have 71 words at most, and those that raise a concern are the longer ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from random import Random

from analysis.training.examples import Example

_MOST_WORDS = 80
"""What is longer is read in passages of this size (analysis.sheet)."""

_COUNTS = 1.2
"""What a joined text counts, where one that somebody wrote counts 3."""


def joined_examples(own: Sequence[Example]) -> list[Example]:
    """Return two or three texts of one organisation as one, for each text that stands alone; by a seed.

    An intent, a need and the concern hold where they hold of a part; the sentiment is unknown.
    """
    draw = Random(1)  # noqa: S311  to be repeatable, not secret
    alone = [one for one in own if not one.parent_text and not one.in_our_thread]

    def group(one: Example) -> tuple[str, str, str]:
        return one.lang, one.named.slug, one.who

    return [
        example
        for _, told in groupby(sorted(alone, key=group), key=group)
        for example in _of_one_voice(list(told), draw)
    ]


def _of_one_voice(told: Sequence[Example], draw: Random) -> Iterator[Example]:
    plain = [one for one in told if not one.labels["concern:yes"]]
    for first in told:
        others = (
            [one for one in draw.choices(plain, k=draw.choice((1, 2, 2, 3))) if one is not first]
            if plain
            else []
        )
        parts = [first, *others]
        draw.shuffle(parts)
        text = draw.choice(("\n\n", " ")).join(_sentence(part) for part in parts)
        if others and len(text.split()) <= _MOST_WORDS:
            yield replace(
                first,
                source="joined",
                text=text,
                title="",
                labels=_of_any(parts),
                hard="",
                counts=_COUNTS,
                partner_spans=(),
            )


def _sentence(part: Example) -> str:
    told = f"{part.title}. {part.text}" if part.title else part.text
    return told if told[-1:] in ".!?…" else told + "."


def _of_any(parts: Sequence[Example]) -> dict[str, float]:
    return {
        head: max(part.labels[head] for part in parts)
        for head in parts[0].labels
        if not head.startswith("sentiment:") and head != "intent:other"
    }
