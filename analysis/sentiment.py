"""The component that weighs the words of feeling: a lexicon with negation, intensity, and "but"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.reading import Hit, Reading, reading_of, reason
from analysis.rulebook import version
from analysis.scope import is_negated, same_sentence
from analysis.signals import longest
from model import Annotation, Reason

if TYPE_CHECKING:
    from spacy.tokens import Doc

_WEIGHTS = {"strong": 3.0, "plain": 2.0, "mild": 1.0, "dry": 0.6}
_FAULT, _OFFER = -0.7, 0.9
"""A fault that is claimed leans to displeasure, and an offer to support, where no word of the lexicon says it."""

_SPREAD = 6.0
"""The score is sum/√(sum² + _SPREAD): one plain word gives 0.63, a mild one 0.38, a dry one 0.24."""

NEGATIVE, POSITIVE = -0.35, 0.35
"""Beyond these scores a text has a feeling; between them it is neutral, as a lone dry word leaves it."""

_TURNED = -0.6
"""What "not good" is worth of "good"."""


def sentiment(doc: Doc) -> Doc:
    """Add the sentiment to the annotations; nothing to a text whose language has no rules."""
    reading = reading_of(doc)
    if not reading.readable:
        return doc
    hits = longest([*reading.of("positive"), *reading.of("negative")])
    weighed = [*((hit, _weight(reading, hit)) for hit in hits), *_leanings(reading, hits)]
    total = math.fsum(weight * _place(reading, hit) for hit, weight in weighed)
    score = total / math.sqrt(total * total + _SPREAD)
    reading.annotations.append(
        Annotation(
            kind="sentiment",
            label=_label(score),
            score=round(score, 3),
            confidence=_confidence(score, bool(hits)),
            because=tuple(_reason(doc, hit, weight) for hit, weight in weighed),
            version=version("sentiment"),
        )
    )
    return doc


def _leanings(reading: Reading, hits: Sequence[Hit]) -> list[tuple[Hit, float]]:
    """Return what faults and the first offer add, where they share no word with the lexicon or each other."""
    taken = {at for hit in hits for at in range(hit.start, hit.end)}
    offers = [hit for hit in reading.of("intent", "offer") if not is_negated(reading, hit)][:1]
    leanings: list[tuple[Hit, float]] = []
    for hit, weight in [
        *((fault, _FAULT) for fault in reading.faults),
        *((offer, _OFFER) for offer in offers),
    ]:
        if not taken.intersection(range(hit.start, hit.end)):
            leanings.append((hit, weight))
            taken.update(range(hit.start, hit.end))
    return leanings


def _label(score: float) -> str:
    if score <= NEGATIVE:
        return "negative"
    return "positive" if score >= POSITIVE else "neutral"


def _confidence(score: float, heard: bool) -> float:
    """Return a rough confidence (not calibrated: these are rules): the distance from the nearest border."""
    if not heard:
        return 0.6
    distance = min(abs(score - NEGATIVE), abs(score - POSITIVE))
    return round(min(0.95, 0.5 + distance * 0.8), 2)


def _weight(reading: Reading, hit: Hit) -> float:
    weight = _WEIGHTS[hit.label] * (1 if hit.group == "positive" else -1)
    if is_negated(reading, hit):
        # "not good" is bad; "not terrible" is mildly good; "not late" is nothing
        weight = weight * _TURNED if weight > 0 or hit.label == "strong" else 0.0
    for modifier in reading.of("modifier", "intensifier", "softener"):
        if modifier.end <= hit.start <= modifier.end + 1:
            weight *= 1.3 if modifier.label == "intensifier" else 0.6
    return weight


def _place(reading: Reading, hit: Hit) -> float:
    """Return how much a clause counts: more after a "but", less before it, in one sentence."""
    near = [
        one.start for one in reading.of("modifier", "weighty") if same_sentence(reading, one.start, hit.start)
    ]
    if not near:
        return 1.0
    return 1.3 if hit.start > near[-1] else 0.7


def _reason(doc: Doc, hit: Hit, weight: float) -> Reason:
    return reason(doc, hit.start, hit.end, weight / _WEIGHTS["strong"])
