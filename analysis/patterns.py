"""The small language that rules are written in, and its expansion into plain phrases.

    late again              these words, in this order
    (no|any) reply          one of these; (very|) good: or none; deliver(y|ies): within a word too
    was .. late             a gap of up to GAP words that crosses no sign of punctuation

Accents, apostrophes and case do not matter. An expanded phrase goes into a spaCy PhraseMatcher, whose cost does not
grow with their number; the gap is closed afterwards (analysis/signals.py).
"""

from __future__ import annotations

import re

from analysis.fold import fold_phrase

GAP = 4
"""Words that ``..`` may stand for, at most."""

LARGEST = 4_000
"""Phrases that one part may expand into; more is a slip of the pen."""

_CHOICE = re.compile(r"\(([^()]*)\)")


def parts(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Return the pattern's parts, between its gaps, each as the phrases that it may be; ValueError if it is none."""
    expanded = tuple(_expand(part) for part in pattern.split(".."))
    if not all(phrase for part in expanded for phrase in part):
        raise ValueError(f"the rule {pattern!r} has a part that may be empty")
    return expanded


def _expand(part: str) -> tuple[str, ...]:
    """Return the phrases of one part: its innermost brackets are opened first, until there are none."""
    open_ones, done = [part], []
    while open_ones:
        one = open_ones.pop()
        choice = _CHOICE.search(one)
        if choice is None:
            done.append(one)
        else:
            open_ones.extend(
                one[: choice.start()] + word + one[choice.end() :] for word in choice[1].split("|")
            )
        if len(done) > LARGEST or (any(sign in one for sign in "()") and choice is None):
            raise ValueError(
                f"the rule part {part!r} has a bracket without its other half, or too many choices"
            )
    return tuple(dict.fromkeys(fold_phrase(phrase).lower() for phrase in done))
