"""The small language that rules are written in, and its expansion into plain phrases.

    late again              these words, in this order
    (no|any) reply          one of these; (very|) good: or none; deliver(y|ies): within a word too
    was .. late             a gap of up to GAP words that crosses no sign of punctuation

Accents, apostrophes and case do not matter. An expanded phrase goes into a spaCy PhraseMatcher, whose cost does not
grow with their number; the gap is closed afterwards (analysis/signals.py).
"""

from __future__ import annotations

from analysis.fold import fold_phrase

GAP = 5
"""Words that ``..`` may stand for, at most."""

LARGEST = 4_000
"""Phrases that one part may expand into; more is a slip of the pen."""


def parts(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Return the pattern's parts, between its gaps, each as the phrases that it may be; ValueError if it is none."""
    expanded = tuple(_expand(part) for part in fold_phrase(pattern).lower().split(".."))
    if not all(phrase for part in expanded for phrase in part):
        raise ValueError(f"the rule {pattern!r} has a part that may be empty")
    return expanded


def _expand(part: str) -> tuple[str, ...]:
    """Return the phrases that one part of a rule may be."""
    phrases, read = _alternatives(part, 0)
    if read < len(part) or part.count("(") != part.count(")"):
        raise ValueError(f"the rule part {part!r} has a bracket without its other half")
    return tuple(dict.fromkeys(" ".join(phrase.split()) for phrase in phrases))


def _alternatives(part: str, at: int) -> tuple[list[str], int]:
    """Return what stands from ``at`` to the bracket that closes, with every choice made, and where that ends."""
    options: list[str] = []
    current = [""]
    while at < len(part) and part[at] != ")":
        if part[at] == "(":
            inner, at = _alternatives(part, at + 1)
            current = [before + word for before in current for word in inner]
            if len(current) > LARGEST:
                raise ValueError(f"the rule part {part!r} has more than {LARGEST} choices")
        elif part[at] == "|":
            options, current = options + current, [""]
        else:
            current = [before + part[at] for before in current]
        at += 1
    return options + current, at
