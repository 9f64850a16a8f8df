"""What the convolution is taught: labels, what the accurate tier hears, and how much each counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.heads import CONCERN, SENTIMENT
from analysis.language import TRAINED
from analysis.training.corpus import Corpus
from analysis.training.own import HARD
from analysis.training.sentences import SENTENCES

_SPOKEN = (*TRAINED, "fr", "it")
_OF_OURS, _OF_HARD, _OF_SENTENCES, _OF_HEARD = 3.0, 0.3, 0.5, 0.5
"""What counts beside a public text's label: ours, hard ones of ours as a part of that, and what is only heard."""


@dataclass(frozen=True)
class Lessons:
    """Texts by their rows in the corpus, and chances and weights of each head, 0 and 0 where nothing is known."""

    rows: npt.NDArray[np.int64]
    targets: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]


def lessons_of(corpus: Corpus, chosen: npt.NDArray[np.bool_]) -> Lessons:
    """Return what the chosen texts teach: of a feeling the mean of label and hearing, else the label if it is known.

    Public texts are about nobody, so none of them raises a concern about us.
    """
    rows = np.flatnonzero(chosen & np.isin(corpus.langs, _SPOKEN))
    heard, labels = corpus.by_teacher[rows], corpus.targets[rows]
    public = ~np.isnan(heard[:, 0]) & (corpus.sources[rows] != SENTENCES)
    heard[public, CONCERN] = np.nan
    labels[public, CONCERN] = 0.0
    known = ~np.isnan(labels)
    targets = np.where(known, labels, heard)
    both = known[:, 0] & ~np.isnan(heard[:, 0])
    targets[both, SENTIMENT] = (labels[both, SENTIMENT] + heard[both, SENTIMENT]) / 2
    weights = _weights(corpus, rows) * np.where(known, 1.0, _OF_HEARD)
    weights[~known[:, 0], SENTIMENT] = np.where(public, 1.0, _OF_SENTENCES)[~known[:, 0], None]
    weights[np.isnan(targets)] = 0.0
    return Lessons(rows, np.nan_to_num(targets).astype(np.float32), weights.astype(np.float32))


def _weights(corpus: Corpus, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return texts × heads. What is rare counts more, but less so than in the sums, which are fitted one by one."""
    sources = corpus.sources[rows]
    counts = np.array([corpus.examples[row].counts for row in rows])
    counts = counts * np.where(np.isin(sources, tuple(HARD)), _OF_HARD, 1.0)
    ours = np.isin(sources, ("own", "joined", *HARD))
    weights = np.repeat((counts * np.where(ours, _OF_OURS, 1.0))[:, None], corpus.targets.shape[1], axis=1)
    weights[:, SENTIMENT] = (counts * np.sqrt(corpus.balance()[rows]))[:, None]
    weights[:, CONCERN] *= np.sqrt(corpus.frequency()[rows])
    return weights
