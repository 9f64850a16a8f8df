"""Probabilities that mean what they say: a scale for each kind of head and a shift for each head, fitted afterwards.

Both are folded into the heads' weights, so nothing is left to do when a mention is judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from analysis.heads import HEADS, INTENT, NEED, SENTIMENT
from analysis.training.encoder import Heads

Floats = npt.NDArray[np.float64]

_KINDS = (SENTIMENT, INTENT, NEED, slice(NEED.stop, len(HEADS)))
_PULL = 0.02
"""How strongly shifts are held near 0, where a head has few texts."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A calibrated logit is ``scale * logit + shift``, one of each a head."""

    scale: Floats
    shift: Floats

    def __call__(self, logits: Floats) -> Floats:
        """Return the calibrated logits."""
        calibrated: Floats = logits * self.scale + self.shift
        return calibrated


def fit(logits: Floats, targets: Floats, weights: Floats) -> Calibration:
    """Return the calibration that makes the targets (NaN: unknown) likeliest; one weight a text."""
    given, wanted, weigh = (torch.tensor(one, dtype=torch.float64) for one in (logits, targets, weights))
    logs = torch.zeros(len(_KINDS), dtype=torch.float64, requires_grad=True)
    shift = torch.zeros(len(HEADS), dtype=torch.float64, requires_grad=True)
    told = ~torch.isnan(wanted)
    filled = torch.nan_to_num(wanted)
    optimizer = torch.optim.LBFGS([logs, shift], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        calibrated = given * _by_head(logs.exp()) + shift
        feeling = -(filled[:, SENTIMENT] * torch.log_softmax(calibrated[:, SENTIMENT], 1)).sum(1)
        flags = torch.nn.functional.binary_cross_entropy_with_logits(
            calibrated[:, 3:], filled[:, 3:], reduction="none"
        )
        each = feeling * told[:, 0] + (flags * told[:, 3:]).sum(1)
        total = (each * weigh).sum() / weigh.sum() + _PULL * (shift**2).sum()
        total.backward()
        return total

    optimizer.step(loss)
    return Calibration(_by_head(logs.detach().exp()).numpy(), shift.detach().numpy())


def _by_head(by_kind: torch.Tensor) -> torch.Tensor:
    return torch.cat([by_kind[at].expand(kind.stop - kind.start) for at, kind in enumerate(_KINDS)])


def fold_in(model: Heads, calibration: Calibration) -> None:
    """Change the heads' weights, in place, so that they answer calibrated logits."""
    scale = torch.tensor(calibration.scale, dtype=torch.float32)
    shift = torch.tensor(calibration.shift, dtype=torch.float32)
    with torch.no_grad():
        model.heads.weight.mul_(scale[:, None])
        model.heads.bias.mul_(scale).add_(shift)


def best_lean(logits: Floats, labels: npt.NDArray[np.int64]) -> tuple[float, float, float]:
    """Return what is added to the sentiment's logits before a label is chosen, for the best mean recall.

    Calibrated probabilities know that few tweets complain; a reader wants each label found equally well.
    """
    steps = np.arange(0.0, 1.01, 0.1)
    leans = [(negative, 0.0, positive) for negative in steps for positive in steps]
    best = max(leans, key=lambda lean: (mean_recall((logits + np.array(lean)).argmax(1), labels), -sum(lean)))
    return round(float(best[0]), 1), 0.0, round(float(best[2]), 1)


def mean_recall(told: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> float:
    """Return the recall in percent, the mean over the three labels."""
    return float(np.mean([(told[right == label] == label).mean() for label in range(3)]) * 100)
