"""The component that keeps, of the faults that the rules found, those that the words really claim.

A fault that is negated ("never late"), only supposed ("if your box is late"), plainly asked for ("is the bus late?"),
solved or refuted is none. What stays is what complaint, need and concern are judged by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.reading import Hit, Reading, reading_of
from analysis.scope import is_negated, is_supposed, same_clause, sentences_apart

if TYPE_CHECKING:
    from spacy.tokens import Doc


def faults(doc: Doc) -> Doc:
    """Fill ``faults`` of the doc's reading, in the order of the text."""
    reading = reading_of(doc)
    found = [hit for hit in (*reading.of("fault"), *reading.of("trouble")) if _is_claimed(reading, hit)]
    reading.faults = sorted(found, key=lambda hit: (hit.start, hit.end))
    return doc


def _is_claimed(reading: Reading, hit: Hit) -> bool:
    unclaimed = is_negated(reading, hit) or is_supposed(reading, hit) or _is_asked(reading, hit)
    return not unclaimed and not _is_taken_back(reading, hit)


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


def _is_taken_back(reading: Reading, hit: Hit) -> bool:
    """Whether the speaker says later, or in the same breath, that it is solved or was never so."""
    if any(
        not is_negated(reading, cue) and sentences_apart(reading, cue, hit) <= 1
        for cue in reading.of("context", "refuted")
    ):
        return True
    return any(
        _covers(reading, cue, hit) and _is_solved(reading, cue) for cue in reading.of("context", "solved")
    )


def _covers(reading: Reading, cue: Hit, hit: Hit) -> bool:
    """Whether what is solved is the fault: told before the cue, or beside it without a "but" between."""
    if cue.end > hit.start:
        return True
    if sentences_apart(reading, cue, hit) > 0:
        return False
    return not any(cue.end <= turn.start < hit.start for turn in reading.of("modifier", "weighty"))


def _is_solved(reading: Reading, cue: Hit) -> bool:
    """Whether the cue says that it is done, rather than that it should be: "please get this fixed"."""
    if reading.clauses.sentence[cue.start] in reading.clauses.asked or is_negated(reading, cue):
        return False
    if any(
        other.start < cue.end and cue.start < other.end for other in reading.of("context", "unlike_solved")
    ):
        return False  # "a notice was fixed to a post"
    wishes = reading.of("context", "unsolved")
    return not any(
        cue.start - 4 <= wish.start < cue.start and same_clause(reading, wish.start, cue.start)
        for wish in wishes
    )
