"""The accurate tier: the fast tier reads everything, and the encoder judges again what deserves it.

Of English all is judged, of Spanish and Portuguese feeling and concern; the rest keeps the fast tier's verdict. Which
mentions are judged is one of two questions: ``every`` (a person asked for this tier), or ``worth_it`` (the
configuration did: the uncertain ones, and those that are about to raise an alert).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from analysis.both import by_both
from analysis.contract import Analysis, Analyzer
from analysis.framing import framer, names_in
from analysis.judge import Judge
from analysis.verdicts import annotations_of
from model import Annotation, Mention, Organisation

Deserves = Callable[[Analysis], bool]

UNSURE = 0.75
"""A feeling that the fast tier is less sure of than this is judged again."""

NEAR_A_CONCERN = 0.03
"""So is a mention that is a concern with at least this probability."""

_JUDGED = {
    "en": frozenset(("sentiment", "intent", "need", "concern")),
    "es": frozenset(("sentiment", "concern")),
    "pt": frozenset(("sentiment", "concern")),
}
"""What is judged by language. In Spanish and Portuguese the fast tier tells intents and needs better: F1 on held-back
texts 76.6 and 74.7 beside 75.7 and 72.8, 52.2 and 48.2 beside 44.2 and 41.2."""


def every(analysis: Analysis) -> bool:  # noqa: ARG001  one of two answers to the same question
    """Whether a mention is judged: always."""
    return True


def worth_it(analysis: Analysis) -> bool:
    """Whether a mention is judged: where the fast tier is unsure of the feeling, or near a concern."""
    return any(_is_open(one) for one in analysis.annotations)


def _is_open(annotation: Annotation) -> bool:
    if annotation.kind == "sentiment":
        return annotation.confidence < UNSURE
    if annotation.kind == "concern":
        return annotation.label == "yes" or 1 - annotation.confidence >= NEAR_A_CONCERN
    return False


class AccurateAnalyzer:
    """The fast tier with the encoder above it. A mention's tags say by their ``origin`` and version who gave them."""

    name = "accurate"

    def __init__(
        self,
        fast: Analyzer,
        judge: Judge,
        organisation: Organisation,
        *,
        deserves: Deserves,
        missed_concern_costs: float = 10.0,
    ) -> None:
        self._fast = fast
        self._judge = judge
        self._frame = framer(organisation)
        self._deserves = deserves
        self._costs = missed_concern_costs
        what = f"{fast.version} {judge.facts.version} both {deserves.__name__} {missed_concern_costs}"
        self.version = hashlib.sha256(what.encode()).hexdigest()[:12]

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        """Return one Analysis a mention, in order; each is judged by itself, so none depends on its neighbours."""
        read = self._fast.analyze(mentions)
        return [self._judged(mention, found) for mention, found in zip(mentions, read, strict=True)]

    def _judged(self, mention: Mention, found: Analysis) -> Analysis:
        judged = _JUDGED.get(found.lang)
        if judged is None or not self._deserves(found):
            return found
        framed = self._frame(mention, names_in(found.annotations))
        verdict = self._judge.judge(framed)
        verdict = replace(verdict, probabilities=by_both(verdict.probabilities, found.annotations))
        given = annotations_of(
            mention,
            framed,
            verdict,
            self._judge.facts,
            missed_concern_costs=self._costs,
        )
        kept = (one for one in found.annotations if one.kind not in judged)
        judged_anew = (one for one in given if one.kind in judged)
        return replace(found, annotations=(*kept, *judged_anew), tier="accurate")
