"""From the encoder's verdict to annotations: which labels are given, how sure, and which words earned them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from analysis.encoding import Framed, Word
from analysis.heads import CONCERN, HEADS, INTENT, NEED, SENTIMENT, parts
from analysis.judge import Facts, Verdict
from model import SENTIMENTS, Annotation, Mention, Place, Reason

Floats = npt.NDArray[np.float32]

MOST_REASONS = 3
LONGEST_REASON = 8
"""Words of one reason: a reader takes in a phrase, not a paragraph."""

_OTHER = HEADS.index("intent:other")


def annotations_of(mention: Mention, framed: Framed, verdict: Verdict, facts: Facts) -> list[Annotation]:
    """Return sentiment, intents, needs and concern, each with the words that earned it."""
    found = verdict.probabilities
    given = [
        _sentiment(found, facts),
        *((head, float(found[head]), None) for head in _flags(found, facts)),
    ]
    concern = float(found[CONCERN])
    yes = concern >= facts.least[HEADS[CONCERN]]
    return [
        *(
            Annotation(
                kind="sentiment" if head < SENTIMENT.stop else "intent" if head < INTENT.stop else "need",
                label=parts(HEADS[head])[1],
                confidence=round(confidence, 3),
                score=score,
                because=reasons(mention, framed.body, _towards(verdict.shares, head)),
                origin="model",
                version=facts.version,
            )
            for head, confidence, score in given
        ),
        Annotation(
            kind="concern",
            label="yes" if yes else "no",
            confidence=round(concern if yes else 1 - concern, 3),
            because=reasons(mention, framed.body, verdict.shares[:, CONCERN]) if yes else (),
            origin="model",
            version=facts.version,
        ),
    ]


def _sentiment(found: Floats, facts: Facts) -> tuple[int, float, float | None]:
    """Return the head that is chosen, its probability, and the score."""
    leaning = np.log(found[SENTIMENT].clip(1e-9)) + np.array(facts.lean)
    head = int(leaning.argmax())
    return head, float(found[head]), round(float(found[2] - found[0]), 3)


def _flags(found: Floats, facts: Facts) -> Iterator[int]:
    """Yield the intents and needs that are there; "other" only where no other intent is, and then always."""
    there = [head for head in range(INTENT.start, NEED.stop) if found[head] >= facts.least[HEADS[head]]]
    acts = [head for head in there if head < INTENT.stop and head != _OTHER]
    yield from acts or [_OTHER]
    yield from (head for head in there if head >= NEED.start)


def _towards(shares: Floats, head: int) -> Floats:
    """Return what each word adds to a label; a feeling's words are those that speak for it and against the others."""
    if head >= len(SENTIMENTS):
        return shares[:, head]
    rest = [other for other in range(len(SENTIMENTS)) if other != head]
    weighed: Floats = shares[:, head] - shares[:, rest].mean(1)
    return weighed


def reasons(mention: Mention, words: Sequence[Word], weights: Floats) -> tuple[Reason, ...]:
    """Return up to MOST_REASONS phrases of the words that weigh most, in the order of the text."""
    if not len(words) or not (weights > 0).any():
        return ()
    plain = np.array([0.0 if word.sign and not word.text else 1.0 for word in words])
    above = np.where(plain > 0, weights - weights[plain > 0].mean(), -np.inf)
    chosen: list[tuple[float, int, int]] = []
    for start, end in _phrases(words, above):
        chosen.append((float(weights[start:end].sum()), start, end))
    best = sorted(chosen, reverse=True)[:MOST_REASONS]
    return tuple(
        _reason(mention, words[start], words[end - 1], weight)
        for weight, start, end in sorted(best, key=lambda one: one[1])
    )


def _phrases(words: Sequence[Word], above: Floats) -> Iterator[tuple[int, int]]:
    """Yield runs of words that weigh more than the text's mean; a lone lighter word within a run does not end it."""
    start = 0
    while start < len(words):
        if above[start] <= 0:
            start += 1
            continue
        end = start + 1
        while end < len(words) and end - start < LONGEST_REASON and words[end].place == words[start].place:
            if above[end] > 0:
                end += 1
            elif (
                end + 1 < len(words)
                and above[end + 1] > 0
                and above[end] > -np.inf
                and words[end + 1].place == words[start].place
            ):
                end += 2
            else:
                break
        yield start, end
        start = end


def _reason(mention: Mention, first: Word, last: Word, weight: float) -> Reason:
    place: Place = first.place
    text = mention.title if place == "title" else mention.text
    return Reason(place, first.start, last.end, text[first.start : last.end], round(weight, 3))
