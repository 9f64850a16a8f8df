"""From the encoder's verdict to annotations: which labels are given, how sure, and which words earned them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analysis.encoding import Framed, Word
from analysis.heads import CONCERN, HEADS, INTENT, NEED, SENTIMENT, parts
from analysis.judge import Facts, Verdict
from analysis.judgement import alert_pays, least_concerns
from model import SENTIMENTS, Annotation, Mention, Place, Reason

Floats = npt.NDArray[np.float32]

MOST_REASONS = 2
LONGEST_REASON = 14
"""Words of one reason: a reader takes in a clause, not a paragraph."""

_STOPS = (".", "!", "?", "…", ",", ";", ":", "—", "–", ")", '"', "”")
_OPENERS = frozenset({"and", "but", "because", "though", "although", "yet", "while", "who", "which", "or"})

_OTHER = HEADS.index("intent:other")


def annotations_of(
    mention: Mention,
    framed: Framed,
    verdict: Verdict,
    facts: Facts,
    *,
    missed_concern_costs: float,
) -> list[Annotation]:
    """Return sentiment, intents, needs and concern, each with the words that earned it."""
    found = verdict.probabilities
    given = [
        _sentiment(found, facts),
        *((head, float(found[head]), None) for head in _flags(found, facts)),
    ]
    concern = float(found[CONCERN])
    yes = concern >= least_concern(mention, facts, missed_concern_costs)
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


def least_concern(mention: Mention, facts: Facts, missed_concern_costs: float) -> float:
    """Return the probability from which a mention is called a concern.

    What a partner says is one as soon as missing it is dearer than a false alarm; nobody else's words are one sooner.
    """
    usual, by_partner = np.array(facts.least[HEADS[CONCERN]]), np.array(mention.author_partner is not None)
    return float(least_concerns(usual, by_partner, alert_pays(missed_concern_costs)))


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
    """Return the one or two clauses whose words weigh most, in the order of the text.

    Whole clauses, since the share of a single word also holds what the encoder gathered there from its neighbours:
    much of it lies on commas and full stops.
    """
    weighed = [(float(weights[start:end].sum()), start, end) for start, end in clauses(words)]
    best = sorted(weighed, reverse=True)[:MOST_REASONS]
    kept = [one for one in best if one == best[0] or one[0] >= best[0][0] / 2 > 0]
    return tuple(
        _reason(mention, words[start], words[end - 1], weight)
        for weight, start, end in sorted(kept, key=lambda one: one[1])
    )


def clauses(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return the clauses as half-open runs of words, each within title or text and of LONGEST_REASON at the most."""
    runs: list[tuple[int, int]] = []
    start = 0
    for at, word in enumerate(words):
        if word.sign and not word.text:  # the sign between title and text
            start = at + 1
            continue
        last = at + 1 == len(words)
        if last or _ends(word, words[at + 1]):
            runs += _cut(start, at + 1)
            start = at + 1
    return runs


def _ends(word: Word, following: Word) -> bool:
    """Whether a clause ends between two words."""
    if word.place != following.place or (following.sign and not following.text):
        return True
    return word.text.endswith(_STOPS) or following.text.lower() in _OPENERS


def _cut(start: int, end: int) -> list[tuple[int, int]]:
    """Return a run in parts of like length, none longer than LONGEST_REASON."""
    count = max(1, -(-(end - start) // LONGEST_REASON))
    borders = [start + (end - start) * number // count for number in range(count + 1)]
    return [(first, after) for first, after in pairwise(borders) if first < after]


def _reason(mention: Mention, first: Word, last: Word, weight: float) -> Reason:
    place: Place = first.place
    text = mention.title if place == "title" else mention.text
    return Reason(place, first.start, last.end, text[first.start : last.end], round(weight, 3))
