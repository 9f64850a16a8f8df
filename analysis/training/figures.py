"""What is measured of a model on texts that its training never saw; plain numbers, for the card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.training.examples import Example, targets

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measured:
    """Texts with what a model says of them: probabilities and chosen labels, one column a head."""

    examples: Sequence[Example]
    found: Floats
    given: Bools

    @property
    def wanted(self) -> Floats:
        """The labels that people gave, NaN where unknown."""
        return targets(self.examples)


@dataclass(frozen=True, slots=True)
class Hits:
    """How well a label was found: shares in percent, and how many texts have it."""

    precision: float
    recall: float
    f1: float
    texts: int


def hits(given: Bools, wanted: Bools) -> Hits:
    """Return how well the given labels meet those that were wanted."""
    both = float((given & wanted).sum())
    precision = both / max(1, int(given.sum()))
    recall = both / max(1, int(wanted.sum()))
    f1 = 2 * both / max(1.0, float(given.sum() + wanted.sum()))
    return Hits(100 * precision, 100 * recall, 100 * f1, int(wanted.sum()))


def sentiment_recall(measured: Measured) -> float:
    """Return the recall in percent, the mean over the three labels."""
    right, told = measured.wanted[:, SENTIMENT].argmax(1), measured.given[:, SENTIMENT].argmax(1)
    return float(np.mean([(told[right == label] == label).mean() for label in range(3)]) * 100)


def calibration_error(sure: Floats, right: Bools) -> float:
    """Return the mean distance of confidence and truth over ten bins (ECE), 0…1."""
    bins = np.minimum((sure * 10).astype(int), 9)
    error = 0.0
    for one in range(10):
        inside = bins == one
        if inside.any():
            error += inside.mean() * abs(float(sure[inside].mean()) - float(right[inside].mean()))
    return float(error)


def sentiment_error(measured: Measured) -> float:
    """Return the calibration error of the confidence in the chosen feeling."""
    told, right = measured.given[:, SENTIMENT].argmax(1), measured.wanted[:, SENTIMENT].argmax(1)
    sure = measured.found[np.arange(len(told)), told]
    return calibration_error(sure, told == right)


def concern_error(measured: Measured) -> float:
    """Return the calibration error of the concern's probability."""
    return calibration_error(measured.found[:, CONCERN], measured.wanted[:, CONCERN] == 1)


def concern(measured: Measured) -> Hits:
    """Return how well concerns are found."""
    return hits(measured.given[:, CONCERN], measured.wanted[:, CONCERN] == 1)


def negative_is_concern(measured: Measured) -> Hits:
    """Return what the trivial rule gets that calls each text which people labelled negative a concern."""
    wanted = measured.wanted
    return hits(wanted[:, 0] == 1, wanted[:, CONCERN] == 1)


def by_head(measured: Measured) -> dict[str, Hits]:
    """Return how well each head's label is found."""
    wanted = measured.wanted
    return {head: hits(measured.given[:, at], wanted[:, at] == 1) for at, head in enumerate(HEADS)}


def concern_by(
    measured: Measured, group: Callable[[Example], str]
) -> Mapping[str, tuple[int, int, int, int, int]]:
    """Return by group: texts, concerns, concerns that are found, false alarms, right answers."""
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    wanted = measured.wanted[:, CONCERN] == 1
    for example, given, want in zip(measured.examples, measured.given[:, CONCERN], wanted, strict=True):
        row = counted[group(example)]
        for at, count in enumerate((True, want, want and given, given and not want, want == given)):
            row[at] += bool(count)
    return {
        name: (row[0], row[1], row[2], row[3], row[4])
        for name, row in sorted(counted.items(), key=lambda one: (-one[1][0], one[0]))
    }


def part(measured: Measured, chosen: Sequence[int]) -> Measured:
    """Return some of what was measured."""
    at = list(chosen)
    return Measured([measured.examples[one] for one in at], measured.found[at], measured.given[at])
