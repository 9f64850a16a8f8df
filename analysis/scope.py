"""How far a "not" reaches, and which words stand near which: shared by the components that judge."""

from __future__ import annotations

from analysis.reading import Hit, Reading

REACH = 4
"""Words after a negation that it turns round, within its clause."""


def is_negated(reading: Reading, hit: Hit) -> bool:
    """Return whether a negation before the hit, or in its gaps, turns it round; two of them turn it back."""
    negations = sum(1 for negation in reading.of("modifier", "negation") if _turns(reading, negation, hit))
    return negations % 2 == 1


def _turns(reading: Reading, negation: Hit, hit: Hit) -> bool:
    if negation.start in hit.gaps:
        return True
    near = negation.end <= hit.start < negation.end + REACH
    return near and same_clause(reading, negation.start, hit.start)


def same_clause(reading: Reading, one: int, other: int) -> bool:
    """Return whether two tokens stand in one clause."""
    return reading.clauses.clause[one] == reading.clauses.clause[other]


def same_sentence(reading: Reading, one: int, other: int) -> bool:
    """Return whether two tokens stand in one sentence."""
    return reading.clauses.sentence[one] == reading.clauses.sentence[other]


def sentences_apart(reading: Reading, one: Hit, other: Hit) -> int:
    """Return how many sentences lie between two hits; 0 within one."""
    return abs(reading.clauses.sentence[one.start] - reading.clauses.sentence[other.start])


def is_supposed(reading: Reading, hit: Hit) -> bool:
    """Return whether the hit is only supposed: after an "if" in its clause or the clause before, or an "in case"."""
    for supposed in reading.of("context", "hypothetical"):
        if supposed.start <= hit.start and same_sentence(reading, supposed.start, hit.start):
            distance = reading.clauses.clause[hit.start] - reading.clauses.clause[supposed.start]
            if distance <= 1 and hit.start - supposed.end <= 2 * REACH:
                return True
    return False
