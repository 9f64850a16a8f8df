"""The component that says what the speaker, or those they speak for, want or lack."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from analysis.reading import Hit, Reading, reading_of, reason
from analysis.rulebook import version
from analysis.scope import is_negated, is_supposed
from model import NEEDS, Annotation

if TYPE_CHECKING:
    from spacy.tokens import Doc


def needs(doc: Doc) -> Doc:
    """Add one annotation a need: what is wanted, and what a claimed fault says is lacking."""
    reading = reading_of(doc)
    found: dict[str, list[Hit]] = defaultdict(list)
    offered = any(
        annotation.kind == "intent" and annotation.label == "offer" for annotation in reading.annotations
    )
    asked = any(annotation.label in ("request", "question") for annotation in reading.annotations)
    for hit in reading.of("want"):
        # an offer is no need, and a joint one is a wish to work together
        given = offered and not asked and hit.label != "collaboration"
        if not given and not is_negated(reading, hit) and not is_supposed(reading, hit):
            found[hit.label].append(hit)
    for hit in reading.faults:
        if hit.group == "fault":
            found[hit.label].append(hit)
    if not found:
        found["information"] = _questions(reading)
    for label in NEEDS:
        if found.get(label):
            reading.annotations.append(_annotation(doc, label, found[label]))
    return doc


def _annotation(doc: Doc, label: str, hits: list[Hit]) -> Annotation:
    because = tuple(reason(doc, hit.start, hit.end, 1.0 / len(hits)) for hit in hits)
    confidence = round(min(0.9, 0.6 + 0.1 * len(hits)), 2)
    return Annotation(
        kind="need", label=label, confidence=confidence, because=because, version=version("needs")
    )


def _questions(reading: Reading) -> list[Hit]:
    """Return the sentences that ask: who asks, and lacks nothing else, lacks an answer."""
    if not any(one.kind == "intent" and one.label == "question" for one in reading.annotations):
        return []
    return [
        Hit("intent", "question", *reading.clauses.tokens_of(sentence))
        for sentence in sorted(reading.clauses.asked)
    ] or list(reading.of("intent", "question"))
