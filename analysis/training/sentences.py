"""Our texts sentence by sentence, of which the accurate tier says what it hears: nobody labelled them.

Of a whole text the labels say what is somewhere in it; these say where.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from analysis.training.examples import Example

SENTENCES = "sentences"
"""What the set is called."""

MOST = 70_000
_SHORTEST = 3
_BETWEEN = re.compile(r"(?<=[.!?…])\s+|\n+")


def sentence_examples(ours: Sequence[Example]) -> list[Example]:
    """Return the sentences of texts that have several, each as a text of its own without labels; MOST at most."""
    found = [
        replace(one, text=part, labels={}, source=SENTENCES, hard="", partner_spans=())
        for one in ours
        for part in _parts(one.text)
    ]
    if len(found) <= MOST:
        return found
    chosen = set(Random(1).sample(range(len(found)), MOST))  # noqa: S311  to be repeatable, not secret
    return [one for at, one in enumerate(found) if at in chosen]


def _parts(text: str) -> list[str]:
    parts = [part.strip() for part in _BETWEEN.split(text)]
    parts = [part for part in parts if len(part.split()) >= _SHORTEST]
    return parts if len(parts) > 1 else []
