"""The words that earned a tag: what each word gave, gathered into a few readable stretches of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.reading import Reading, reason
from model import Reason

if TYPE_CHECKING:
    from spacy.tokens import Doc

MOST = 3
"""Stretches that are shown for a tag: the strongest."""

_WORTH_TELLING = 0.12
"""The least share of all that speaks for a tag that a stretch must have."""

_LONGEST = 8
"""Words in a stretch."""


def stretches(given: Sequence[float], is_word: Sequence[bool]) -> list[tuple[int, int, float]]:
    """Return the strongest stretches as (first word, the word after its last, share), as they stand.

    ``given`` is what each word gave for the tag; ``is_word`` is false for signs, which never begin or end one.
    A word that gave a little between two that gave much belongs to their stretch.
    """
    most = max(given, default=0.0)
    if most <= 0:
        return []
    total = sum([one for one in given if one > 0])
    floor = max(most * 0.25, total * 0.02)
    found: list[tuple[int, int, float]] = []
    end = 0
    for at, one in enumerate(given):
        if one >= floor and at >= end and is_word[at]:
            end = _end(given, is_word, at, floor)
            found.append((at, end, sum(given[at:end]) / total))
    if len(found) == 1:
        return found
    strongest = sorted(found, key=lambda one: -one[2])[:MOST]
    kept = [one for one in strongest if one[2] >= _WORTH_TELLING] or strongest[:1]
    return sorted(kept)


def _end(given: Sequence[float], is_word: Sequence[bool], start: int, floor: float) -> int:
    """Return where a stretch ends that begins at ``start``: one weak word may stand within it, a sign may not."""
    end = start + 1
    while end < len(given) and end - start < _LONGEST and is_word[end]:
        if given[end] >= floor:
            end += 1
        elif end + 1 < len(given) and is_word[end + 1] and given[end + 1] >= floor and given[end] > -floor:
            end += 2
        else:
            break
    return end


def reasons(
    doc: Doc, reading: Reading, tokens: Sequence[int], given: Sequence[float], is_word: Sequence[bool]
) -> tuple[Reason, ...]:
    """Return the strongest stretches as reasons; ``tokens`` are the words' places in the doc."""
    found = []
    for first, after, share in stretches(given, is_word):
        last = doc[tokens[after - 1]]
        end = last.idx + len(last)
        for name in reading.names:
            if name.start == last.i:
                end = name.last
        found.append(reason(reading, doc[tokens[first]].idx, end, share))
    return tuple(found)
