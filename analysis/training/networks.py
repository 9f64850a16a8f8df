"""The convolutions of a training, learned in a process of their own while the sums are learned: both take minutes."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import numpy.typing as npt

from analysis.convolution import Convolution
from analysis.training.corpus import FOLDS, Corpus

_SHARED: list[Corpus] = []
"""What the process finds where it begins as a copy of this one: to send it a corpus would take a minute each time."""


class Networks:
    """Begins to learn at once: one convolution without each fold, and the whole one."""

    def __init__(self, corpus: Corpus) -> None:
        _SHARED[:] = [corpus]
        everything = corpus.learned | corpus.beside
        self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork"))
        self._apart = [
            self._pool.submit(_learned, everything & (corpus.folds != fold)) for fold in range(FOLDS)
        ]
        self._whole = self._pool.submit(_learned, everything)

    def without(self, fold: int) -> Convolution:
        """Return the one that learned nothing of a fold."""
        return self._apart[fold].result()

    def whole(self) -> Convolution:
        """Return the one that learned from everything; none is learned after it."""
        found = self._whole.result()
        self._pool.shutdown()
        return found


def _learned(chosen: npt.NDArray[np.bool_]) -> Convolution:
    import torch

    from analysis.training.network import learn_convolution

    torch.set_num_threads(1)  # the other core learns the sums
    return learn_convolution(_SHARED[0], chosen)
