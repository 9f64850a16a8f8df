"""Confidences that mean what they say, and thresholds, from texts that the scores were not learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.judgement import FAMILIES, Judgement
from analysis.language import TRAINED
from analysis.linear import SOUTHERN
from analysis.training.corpus import Corpus

_LEAST = 0.25
"""No label is given with less, though F1 on our dense texts would ask for it: short plain ones would have needs."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_WORLD = np.array((0.35, 0.41, 0.24))
"""How often each sentiment is expected: between tweets, of which one in six is negative, and a fortnight of what is
heard about an organisation (docs/decisions/0015), of which nearly every second is."""


def judgement_of(corpus: Corpus, scores: Floats, shares: Mapping[str, Sequence[float]]) -> Judgement:
    """Return slopes, shifts and thresholds. ``scores`` are of texts that were set apart, the convolution's ``shares``
    among them; NaN where there is none."""
    southern = np.isin(corpus.langs, tuple(SOUTHERN))
    slopes = {family: [1.0] * len(HEADS) for family in FAMILIES}
    shifts = {family: [0.0] * len(HEADS) for family in FAMILIES}
    least = {family: [0.5] * len(HEADS) for family in FAMILIES}
    for family, spoken in zip(FAMILIES, (~southern, southern), strict=True):
        slope, moved = _sentiment(corpus, scores, spoken)
        slopes[family][SENTIMENT] = [slope] * 3
        shifts[family][SENTIMENT] = moved
        for head in range(SENTIMENT.stop, len(HEADS)):
            here = spoken & judged(corpus, scores, head)
            rare = corpus.targets[here, head].sum() < 40
            there = judged(corpus, scores, head) if rare else here
            wanted, weights = corpus.targets[there, head], evenly(corpus.sources[there])
            slope, shift = _platt(scores[there, head], wanted, weights)
            slopes[family][head], shifts[family][head] = slope, shift
            sure = 1.0 / (1.0 + np.exp(-(slope * scores[there, head] + shift)))
            least[family][head] = _best_threshold(sure, wanted, corpus.sources[there])
    return Judgement(shares, slopes, shifts, least)


def judged(corpus: Corpus, scores: Floats, head: int) -> Mask:
    """Return the texts that a head is judged on: set apart, written as they are; the concern's are all ours."""
    written = corpus.sources != "joined"
    told = corpus.known(head) & ~np.isnan(scores[:, head]) & written
    return np.asarray(told & corpus.own if head == CONCERN else told)


def _sentiment(corpus: Corpus, scores: Floats, spoken: Mask) -> tuple[float, list[float]]:
    """Return slope and shifts that make the chances true where sentiments are as frequent as in the world."""
    here = spoken & judged(corpus, scores, 0) & np.isin(corpus.langs, tuple(TRAINED))
    wanted = corpus.targets[here][:, SENTIMENT]
    weights = evenly(corpus.sources[here])
    share = (weights[:, None] * wanted).sum(axis=0)
    weights = weights * (wanted @ (_WORLD / share))
    rows = scores[here][:, SENTIMENT]

    def loss(free: Floats) -> float:
        logits = free[0] * rows + np.array((free[1], 0.0, free[2]))
        logits -= logits.max(axis=1, keepdims=True)
        log_chances = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return -float((weights[:, None] * wanted * log_chances).sum())

    slope, negative, positive = lowest(loss, (1.0, 0.0, 0.0), of=weights)
    return round(float(slope), 5), [round(float(negative), 5), 0.0, round(float(positive), 5)]


def _platt(scores: Floats, wanted: Floats, weights: Floats) -> tuple[float, float]:
    """Return slope and shift of the logistic curve through the labels (Platt 1999)."""

    def loss(free: Floats) -> float:
        logits = free[0] * scores + free[1]
        return float((weights * (np.logaddexp(0.0, logits) - wanted * logits)).sum())

    slope, shift = lowest(loss, (1.0, 0.0), of=weights)
    return round(float(slope), 5), round(float(shift), 5)


def lowest(loss: Callable[[Floats], float], start: Sequence[float], *, of: Floats) -> Floats:
    """Return where a smooth loss is lowest; ``of`` are the weights that it sums over.

    By its slope (BFGS): Nelder and Mead's way, which was taken before, stood still at its start in one training.
    """
    whole = float(of.sum())
    found: Floats = minimize(lambda free: loss(free) / whole, np.array(start), method="BFGS").x
    return found


def evenly(sources: npt.NDArray[np.str_], *, ours: float = 2.0) -> Floats:
    """Return weights by which every set counts alike, and ours twice, or so much."""
    names, of, counts = np.unique(sources, return_inverse=True, return_counts=True)
    worth = np.where(names == "own", ours, 1.0) / counts
    return np.asarray(worth[of] * len(sources) / worth[of].sum())


def _best_threshold(sure: Floats, wanted: Floats, sources: npt.NDArray[np.str_]) -> float:
    """Return the confidence at which F1 is best, on average over the sets."""
    steps = np.linspace(_LEAST, 0.8, 71)
    total = np.zeros(len(steps))
    for source in np.unique(sources):
        here = sources == source
        total += [_f1(sure[here] >= step, wanted[here] > 0.5) for step in steps]
    near = np.convolve(total, np.ones(5) / 5, mode="same")  # a peak of one step is chance
    near[:2] = near[-2:] = -1.0
    return round(float(steps[int(near.argmax())]), 3)


def _f1(given: Mask, wanted: Mask) -> float:
    hits = int((given & wanted).sum())
    return 2.0 * hits / max(1, int(given.sum()) + int(wanted.sum()))
