"""Trees that many small steps made (gradient boosting), asked all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DEPTH = 4
"""Questions of a tree. Trees of three or five, or grown leaf by leaf, told our own texts apart no better."""

FINE = 1_000_000
"""Parts of one that leaves are counted in: sums of whole numbers are the same in any order."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Complete binary trees of DEPTH, one a row. A number that is at most the threshold goes left.

    ``asked`` are columns of the inputs and ``thresholds`` go with them, trees × (2**DEPTH - 1), node ``n`` followed
    by ``2n + 1`` and ``2n + 2``; ``leaves`` are trees × 2**DEPTH, in parts of FINE. ``start`` is what they add to.
    """

    asked: npt.NDArray[np.int16]
    thresholds: Floats
    leaves: npt.NDArray[np.int32]
    start: float

    def scores(self, inputs: Floats) -> Floats:
        """Return a score for each row of inputs, rows × whatever ``asked`` points into."""
        trees = np.arange(len(self.asked))[:, None]
        rows = np.arange(len(inputs))
        # each input's numbers stand side by side, trees × rows: half of the time of rows × trees
        told = np.ascontiguousarray(inputs.T).ravel()
        columns, nodes = self.asked.astype(np.int64), self.asked.shape[1]
        at = np.zeros((len(trees), len(rows)), dtype=np.int64)
        for _ in range(DEPTH):
            node = at + nodes * trees
            answered = told.take(columns.take(node) * len(rows) + rows)
            at = 2 * at + 1 + (answered > self.thresholds.take(node))
        gave = self.leaves.take(at - nodes + (nodes + 1) * trees).sum(axis=0, dtype=np.int64)
        return np.asarray(self.start + gave / FINE)
