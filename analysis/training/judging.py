"""Confidences that mean what they say, and thresholds, from texts that the scores were not learned from."""

from __future__ import annotations

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

_WORLD = np.array((0.32, 0.43, 0.25))
"""How often each sentiment is expected: the sets for training have half as many negatives as people's talk."""


def judgement_of(corpus: Corpus, scores: Floats) -> Judgement:
    """Return slopes, shifts and thresholds. ``scores`` are of texts that were set apart; NaN where there is none."""
    southern = np.isin(corpus.langs, tuple(SOUTHERN))
    slopes = {family: [1.0] * len(HEADS) for family in FAMILIES}
    shifts = {family: [0.0] * len(HEADS) for family in FAMILIES}
    least = {family: [0.5] * len(HEADS) for family in FAMILIES}
    for family, spoken in zip(FAMILIES, (~southern, southern), strict=True):
        slope, moved = _sentiment(corpus, scores, spoken)
        slopes[family][SENTIMENT] = [slope] * 3
        shifts[family][SENTIMENT] = moved
        for head in range(SENTIMENT.stop, len(HEADS)):
            here = spoken & _judged(corpus, scores, head)
            rare = corpus.targets[here, head].sum() < 40
            there = _judged(corpus, scores, head) if rare else here
            wanted, weights = corpus.targets[there, head], _evenly(corpus.sources[there])
            slope, shift = _platt(scores[there, head], wanted, weights)
            slopes[family][head], shifts[family][head] = slope, shift
            sure = 1.0 / (1.0 + np.exp(-(slope * scores[there, head] + shift)))
            least[family][head] = _best_threshold(sure, wanted, corpus.sources[there])
    return Judgement(slopes, shifts, least)


def _judged(corpus: Corpus, scores: Floats, head: int) -> Mask:
    """Return the texts that a head is judged on: set apart, written as they are; the concern's are all ours."""
    written = corpus.sources != "joined"
    told = corpus.known(head) & ~np.isnan(scores[:, head]) & written
    return np.asarray(told & corpus.own if head == CONCERN else told)


def _sentiment(corpus: Corpus, scores: Floats, spoken: Mask) -> tuple[float, list[float]]:
    """Return slope and shifts that make the chances true where sentiments are as frequent as in the world."""
    here = spoken & _judged(corpus, scores, 0) & np.isin(corpus.langs, tuple(TRAINED))
    wanted = corpus.targets[here][:, SENTIMENT]
    weights = _evenly(corpus.sources[here])
    share = (weights[:, None] * wanted).sum(axis=0)
    weights = weights * (wanted @ (_WORLD / share))
    rows = scores[here][:, SENTIMENT]

    def loss(free: Floats) -> float:
        logits = free[0] * rows + np.array((free[1], 0.0, free[2]))
        logits -= logits.max(axis=1, keepdims=True)
        log_chances = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return -float((weights[:, None] * wanted * log_chances).sum())

    slope, negative, positive = minimize(loss, np.array((1.0, 0.0, 0.0)), method="Nelder-Mead").x
    return round(float(slope), 5), [round(float(negative), 5), 0.0, round(float(positive), 5)]


def _platt(scores: Floats, wanted: Floats, weights: Floats) -> tuple[float, float]:
    """Return slope and shift of the logistic curve through the labels (Platt 1999)."""

    def loss(free: Floats) -> float:
        logits = free[0] * scores + free[1]
        return float((weights * (np.logaddexp(0.0, logits) - wanted * logits)).sum())

    slope, shift = minimize(loss, np.array((1.0, 0.0)), method="Nelder-Mead").x
    return round(float(slope), 5), round(float(shift), 5)


def _evenly(sources: npt.NDArray[np.str_]) -> Floats:
    """Return weights by which every set counts alike, and ours twice."""
    names, of, counts = np.unique(sources, return_inverse=True, return_counts=True)
    worth = np.where(names == "own", 2.0, 1.0) / counts
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
