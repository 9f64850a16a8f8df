"""The component that keeps, of the faults that the rules found, those that the words really claim.

A fault that is negated ("never late"), only supposed ("if your box is late") or plainly asked for ("is the bus
late?") is none. What stays is what complaint, need and concern are judged by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.reading import Hit, Reading, reading_of
from analysis.scope import is_negated, is_supposed

if TYPE_CHECKING:
    from spacy.tokens import Doc


def faults(doc: Doc) -> Doc:
    """Fill ``faults`` of the doc's reading, in the order of the text."""
    reading = reading_of(doc)
    found = [hit for hit in (*reading.of("fault"), *reading.of("trouble")) if _is_claimed(reading, hit)]
    reading.faults = sorted(found, key=lambda hit: (hit.start, hit.end))
    return doc


def _is_claimed(reading: Reading, hit: Hit) -> bool:
    return not is_negated(reading, hit) and not is_supposed(reading, hit) and not _is_asked(reading, hit)


def _is_asked(reading: Reading, hit: Hit) -> bool:
    """Whether a question asks if there is a fault; "why …?" and "… again?" take it for granted."""
    sentence = reading.clauses.sentence[hit.start]
    if sentence not in reading.clauses.asked:
        return False
    granted = (
        one
        for one in reading.of("act", "granted", "rhetorical")
        if reading.clauses.sentence[one.start] == sentence
    )
    return next(granted, None) is None
