"""From scores to labels: calibrated confidences, and what it takes for a label to be given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.heads import HEADS, INTENT, NEED, SENTIMENT

Floats = npt.NDArray[np.float64]

FAMILIES = ("en", "es pt")
"""Languages that are calibrated together."""

OTHER = HEADS.index("intent:other")

_AMONG_OURS, _IN_THE_WORLD = 0.42, 0.1
"""How much of what names us raises a concern: of the texts that confidences were measured on, which are hard ones on
purpose; and of what partners say, a guess."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How scores become confidences, for each family of languages and each head; and from which one a label is given.

    ``shares`` is how much of what the convolution says is added to a score before.
    A confidence is ``1 / (1 + exp(-(slope · score + shift)))``; the three of the sentiment share one softmax of them.
    """

    shares: Mapping[str, Sequence[float]]
    slopes: Mapping[str, Sequence[float]]
    shifts: Mapping[str, Sequence[float]]
    least: Mapping[str, Sequence[float]]

    def arrays(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return shares, slopes, shifts and the least logits, families × heads."""
        least = np.array([self.least[family] for family in FAMILIES])
        shares, slopes, shifts = (
            np.array([of[family] for family in FAMILIES]) for of in (self.shares, self.slopes, self.shifts)
        )
        return shares, slopes, shifts, logit(least)


def alert_pays(missed_concern_costs: float) -> float:
    """Return the confidence from which a partner's words are called a concern; 0.39 at a cost of 10 false alarms.

    From there on missing it is dearer than a false alarm, where concerns are as frequent as in the world.
    """
    rarer = _AMONG_OURS / (1 - _AMONG_OURS) * (1 - _IN_THE_WORLD) / _IN_THE_WORLD
    odds = rarer / missed_concern_costs
    return odds / (1 + odds)


def least_concerns(usual: Floats, by_partner: npt.NDArray[np.bool_], pays: float) -> Floats:
    """Return from which chance (or logit, where both are logits) each mention is called a concern.

    A partner's words are one from where an alert ``pays``, anybody else's from the ``usual``, and no sooner.
    """
    return np.asarray(np.where(by_partner, pays, np.maximum(usual, pays)))


def logit(chance: Floats | float) -> Floats:
    """Return the log odds of a chance."""
    return np.log(chance / (1.0 - np.asarray(chance)))


def softmax(logits: Floats) -> Floats:
    """Return the softmax of each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def chances(logits: Floats) -> Floats:
    """Return how likely each head is, rows × HEADS: the three of the sentiment share one softmax."""
    found = 1.0 / (1.0 + np.exp(-np.clip(logits, -500.0, 500.0)))
    found[:, SENTIMENT] = softmax(logits[:, SENTIMENT])
    return found


def held(holds: Sequence[bool]) -> list[int]:
    """Return the intents and needs that are given, of what holds; ``other`` alone, where no intent holds."""
    intents = [head for head in range(INTENT.start, OTHER) if holds[head]]
    needs = [head for head in range(NEED.start, NEED.stop) if holds[head]]
    return [*(intents or [OTHER]), *needs]
