"""What both tiers make of a mention together: they err on different texts, so each is asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.heads import CONCERN, SENTIMENT
from model import Annotation

Floats = npt.NDArray[np.float32]

_LEAST = 1e-3
"""No tier is believed to be surer than this."""

_OF_FAST = {"concern": 0.25, "sentiment": 0.5}
"""How much the fast tier weighs, the rest being the encoder's, which tells concerns far better: on held-back English
F1 was 87.8 with a quarter, and 86.4 with a half (docs/decisions/0013)."""

_SURER = {"concern": 1.0, "sentiment": 1.1}
"""Two who agree on a feeling are surer than each alone: so its chances are right on tweets and on our own texts."""


def by_both(accurate: Floats, fast: Sequence[Annotation]) -> Floats:
    """Return the probability of each head: feeling and concern by both tiers, where the fast one told them.

    ``accurate`` are the encoder's, one a head; ``fast`` is what the fast tier said of the same mention.
    """
    found = accurate.copy()
    for one in fast:
        if one.kind == "concern":
            sure = one.confidence if one.label == "yes" else 1 - one.confidence
            raised = np.array((1 - found[CONCERN], found[CONCERN]))
            found[CONCERN] = _mean(raised, np.array((1 - sure, sure)), one.kind)[1]
        elif one.kind == "sentiment" and one.score is not None:
            found[SENTIMENT] = _mean(found[SENTIMENT], _feeling(one, one.score), one.kind)
    return found


def _mean(accurate: npt.NDArray[np.floating], fast: npt.NDArray[np.floating], kind: str) -> Floats:
    """Return chances whose logarithms are the weighted mean of both tiers', before they sum up to one."""
    logs = [np.log(chances.clip(_LEAST, 1 - _LEAST)) for chances in (accurate, fast)]
    told = np.exp(_SURER[kind] * ((1 - _OF_FAST[kind]) * logs[0] + _OF_FAST[kind] * logs[1]))
    together: Floats = told / told.sum()
    return together


def _feeling(told: Annotation, score: float) -> Floats:
    """Return the three chances that stand behind a label, its confidence, and positive less negative."""
    of_label = told.confidence
    negative, positive = {
        "negative": (of_label, of_label + score),
        "neutral": ((1 - of_label - score) / 2, (1 - of_label + score) / 2),
        "positive": (of_label - score, of_label),
    }[told.label]
    return np.array((negative, 1 - negative - positive, positive), np.float32)
