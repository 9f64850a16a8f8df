"""What a model is worth on texts that its training never saw: every figure of its card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from analysis.contract import Analysis
from analysis.heads import SENTIMENT
from analysis.training.examples import Example
from analysis.training.own import HARD
from model import SENTIMENTS, Annotation

Flags = list[bool]
Judge = Callable[[Sequence[Example]], Sequence[Analysis]]
"""Analyses examples of one organisation as the runtime would."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, 0…100, with the count of texts behind it."""

    what: str
    on: str
    value: float
    texts: int


@dataclass(frozen=True, slots=True)
class Judged:
    """An example and what a model says of it."""

    example: Example
    analysis: Analysis

    def of(self, kind: str) -> list[Annotation]:
        """Return the annotations of a kind."""
        return [one for one in self.analysis.annotations if one.kind == kind]

    def has(self, kind: str, label: str) -> bool:
        """Return whether the model gives a label."""
        return any(one.label == label for one in self.of(kind))

    def truly(self, head: str) -> bool:
        """Return whether the label is true."""
        return self.example.labels[head] > 0.5


def judged(examples: Sequence[Example], judge: Judge) -> list[Judged]:
    """Return what a model says of all examples, organisation by organisation."""
    found: list[Judged] = []
    for _, group in groupby(examples, key=lambda example: example.named.slug):
        same = list(group)
        found += [Judged(one, analysis) for one, analysis in zip(same, judge(same), strict=True)]
    return found


def figures(found: Sequence[Judged]) -> list[Figure]:
    """Return every figure that these texts have labels for, by set and language."""
    table: list[Figure] = []
    for source in sorted({one.example.source for one in found}):
        of_set = [one for one in found if one.example.source == source]
        for lang in sorted({one.example.lang for one in of_set}):
            here = [one for one in of_set if one.example.lang == lang]
            table += _sentiment(here, f"{source} {lang}") + _labels(here, f"{source} {lang}")
            if source in ("own", *HARD):
                table += _concern(here, f"{source} {lang}")
    for kind in HARD:
        hard = [one for one in found if one.example.source == kind]
        table += _concern(hard, kind) if hard else []
    ours = [one for one in found if one.example.source == "own"]
    if ours:
        table += _concern(ours, "own") + _slices(ours) + _partners(ours) + _by_channel(ours)
    return table


def _sentiment(here: Sequence[Judged], on: str) -> list[Figure]:
    known = [one for one in here if "sentiment:neutral" in one.example.labels]
    if not known:
        return []
    wanted = np.array([_true_sentiment(one.example) for one in known])
    given = np.array([_given_sentiment(one) for one in known])
    recalls = [float((given[wanted == at] == at).mean()) for at in range(3) if (wanted == at).any()]
    macro = [f1((given == at).tolist(), (wanted == at).tolist()) for at in range(3)]
    sure = [one.of("sentiment")[0].confidence if one.of("sentiment") else 0.0 for one in known]
    return [
        Figure("sentiment, macro-averaged recall", on, 100 * float(np.mean(recalls)), len(known)),
        Figure("sentiment, macro-F1", on, float(np.mean(macro)), len(known)),
        Figure(
            "sentiment, calibration error",
            on,
            calibration_error(sure, (given == wanted).tolist()),
            len(known),
        ),
    ]


def _true_sentiment(example: Example) -> int:
    return max(range(SENTIMENT.stop), key=lambda at: example.labels[f"sentiment:{SENTIMENTS[at]}"])


def _given_sentiment(one: Judged) -> int:
    given = one.of("sentiment")
    return SENTIMENTS.index(given[0].label) if given else 1


def _labels(here: Sequence[Judged], on: str) -> list[Figure]:
    heads = sorted(
        {head for one in here for head in one.example.labels if head.split(":")[0] in ("intent", "need")}
    )
    table: list[Figure] = []
    together: dict[str, tuple[Flags, Flags]] = {"intent": ([], []), "need": ([], [])}
    for head in heads:
        kind, label = head.split(":")
        known = [one for one in here if head in one.example.labels]
        given, wanted = [one.has(kind, label) for one in known], [one.truly(head) for one in known]
        together[kind][0].extend(given)
        together[kind][1].extend(wanted)
        table.append(Figure(f"{head}, F1", on, f1(given, wanted), sum(wanted)))
    for kind, (given, wanted) in together.items():
        if on.startswith("own") and given:
            table.append(Figure(f"{kind}s together, F1", on, f1(given, wanted), sum(wanted)))
    return table


def _concern(here: Sequence[Judged], on: str) -> list[Figure]:
    wanted = [one.truly("concern:yes") for one in here]
    given = [one.has("concern", "yes") for one in here]
    negative = [one.truly("sentiment:negative") for one in here]
    chances = [_chance_of_concern(one) for one in here]
    hits = sum(a and b for a, b in zip(given, wanted, strict=True))
    return [
        Figure("concern, F1", on, f1(given, wanted), sum(wanted)),
        Figure("concern, precision", on, 100 * hits / max(1, sum(given)), sum(given)),
        Figure("concern, recall", on, 100 * hits / max(1, sum(wanted)), sum(wanted)),
        Figure("concern by the rule that negative means concern, F1", on, f1(negative, wanted), sum(wanted)),
        Figure("concern, calibration error", on, calibration_error(chances, wanted), len(here)),
    ]


def _chance_of_concern(one: Judged) -> float:
    verdict = one.of("concern")
    if not verdict:
        return 0.0
    return verdict[0].confidence if verdict[0].label == "yes" else 1.0 - verdict[0].confidence


def _slices(ours: Sequence[Judged]) -> list[Figure]:
    """Return the two slices in which tone and concern part."""
    others = [one for one in ours if one.truly("sentiment:negative") and not one.truly("concern:yes")]
    kind = [one for one in ours if one.truly("concern:yes") and not one.truly("sentiment:negative")]
    right = sum(not one.has("concern", "yes") for one in others)
    found = sum(one.has("concern", "yes") for one in kind)
    return [
        Figure(
            "negative but not about us, rightly no concern",
            "own",
            100 * right / max(1, len(others)),
            len(others),
        ),
        Figure("friendly or dry but about us, found", "own", 100 * found / max(1, len(kind)), len(kind)),
    ]


def _partners(ours: Sequence[Judged]) -> list[Figure]:
    hits = given = wanted = 0
    for one in ours:
        spans = {
            (tag.because[0].place, tag.because[0].start, tag.because[0].end) for tag in one.of("partner")
        }
        true = set(one.example.partner_spans)
        hits, given, wanted = hits + len(spans & true), given + len(spans), wanted + len(true)
    return [Figure("partners named, F1", "own", 200 * hits / max(1, given + wanted), wanted)]


def _by_channel(ours: Sequence[Judged]) -> list[Figure]:
    table = []
    for channel in sorted({one.example.channel for one in ours}):
        here = [one for one in ours if one.example.channel == channel]
        wanted = [one.truly("concern:yes") for one in here]
        table.append(
            Figure(
                "concern, F1",
                f"own, {channel}",
                f1([one.has("concern", "yes") for one in here], wanted),
                sum(wanted),
            )
        )
    return table


def f1(given: Sequence[bool], wanted: Sequence[bool]) -> float:
    """Return F1, 0…100."""
    hits = sum(a and b for a, b in zip(given, wanted, strict=True))
    return 200 * hits / max(1, sum(given) + sum(wanted))


def calibration_error(chances: Sequence[float], happened: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error, 0…1: how far confidences are from how often they are right."""
    total = 0.0
    for at in range(bins):
        inside = [
            (chance, right)
            for chance, right in zip(chances, happened, strict=True)
            if at / bins <= chance < (at + 1) / bins or (at == bins - 1 and chance == 1.0)
        ]
        if inside:
            gap = sum(chance for chance, _ in inside) - sum(right for _, right in inside)
            total += abs(gap)
    return total / max(1, len(chances))
