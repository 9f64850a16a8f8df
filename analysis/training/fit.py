"""Fitting a head: logistic regression on soft or hard targets, by L-BFGS, with a normal prior on every weight."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from analysis.training.design import Design

Floats = npt.NDArray[np.float64]

_BEND = 0.2
"""How bent the loss of one text is, about: p (1 - p)."""


def fit(
    design: Design,
    targets: Floats,
    weights: Floats,
    *,
    strength: float,
    kind: Literal["one of", "any of"],
    rounds: int = 80,
) -> Floats:
    """Return the weights, features × outputs, that tell ``targets`` (mentions × outputs, each 0…1).

    ``one of``: the outputs share one softmax; ``any of``: each is for itself. NaN targets teach nothing. ``weights``
    has one entry a mention, or one an entry of targets; ``strength`` is what the prior leaves free: more fits closer.
    """
    outputs = targets.shape[1]
    shape = (sum(block.width for block in design), outputs)
    known = ~np.isnan(targets)
    weight = np.broadcast_to(weights if weights.ndim == 2 else weights[:, None], targets.shape) * known
    wanted = np.where(known, targets, 0.0)

    stretch = _stretch(design, weight, strength)[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        learned = flat.reshape(shape) / stretch
        logits = scores(design, learned)
        cost, errors = (
            _softmax(logits, wanted, weight) if kind == "one of" else _sigmoid(logits, wanted, weight)
        )
        slope = np.concatenate([block.back(errors) for block in design]) + learned / strength
        return cost + 0.5 * float((learned**2).sum()) / strength, (slope / stretch).ravel()

    found = minimize(
        loss,
        np.zeros(shape).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": rounds, "maxcor": 8, "ftol": 1e-9},
    )
    return np.asarray(found.x).reshape(shape) / stretch


def _stretch(design: Design, weight: Floats, strength: float) -> Floats:
    """Return how much each feature is stretched while it is learned: by the root of how bent the loss is along it.

    Without, a group of letters that every second text has is learned ten times before a rare word is learned once.
    """
    bent = [block.squares(weight.mean(axis=1)) for block in design]
    return np.asarray(np.sqrt(_BEND * np.concatenate(bent) + 1.0 / strength))


def scores(design: Design, learned: Floats) -> Floats:
    """Return mentions × outputs: what the weights say before softmax or sigmoid."""
    total: Floats | float = 0.0
    at = 0
    for block in design:
        total = total + block.dot(learned[at : at + block.width])
        at += block.width
    return np.asarray(total)


def _softmax(logits: Floats, wanted: Floats, weight: Floats) -> tuple[float, Floats]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_chances = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -float((weight * wanted * log_chances).sum()), weight * (np.exp(log_chances) - wanted)


def _sigmoid(logits: Floats, wanted: Floats, weight: Floats) -> tuple[float, Floats]:
    cost = np.logaddexp(0.0, logits) - wanted * logits
    return float((weight * cost).sum()), weight * (1.0 / (1.0 + np.exp(-logits)) - wanted)
