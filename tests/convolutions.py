"""Small convolutions for tests: one that says nothing, and ones that say anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from analysis.convolution import BEGINNINGS, ENDINGS, SIZE, Convolution, checksums
from analysis.heads import HEADS
from analysis.sheet import FACTS, ZONES

FILTERS, HIDDEN = 8, 6
INPUTS = FILTERS + SIZE + len(FACTS)


def silent() -> Convolution:
    """Return a convolution that says 0 of everything."""
    return _convolution(("bread",), lambda *shape: np.zeros(shape))


def at_random(known: Sequence[str], seed: int = 1) -> Convolution:
    """Return a convolution whose every number is drawn, as large as they may be."""
    chance = np.random.default_rng(seed)
    return _convolution(known, lambda *shape: chance.uniform(-1.0, 1.0, size=shape))


def _convolution(known: Sequence[str], draw: Callable[..., npt.NDArray[np.float64]]) -> Convolution:
    def whole(*shape: int) -> npt.NDArray[np.int8]:
        return np.rint(127 * draw(*shape)).astype(np.int8)

    def dense(*shape: int) -> npt.NDArray[np.float32]:
        return (np.rint(draw(*shape) * 4096) / 4096).astype(np.float32)

    return Convolution(
        known=np.unique(checksums(known)),
        words=whole(len(set(known)) + 1, SIZE),
        beginnings=whole(BEGINNINGS, SIZE),
        endings=whole(ENDINGS, SIZE),
        zones=whole(len(ZONES), SIZE),
        filters=whole(3 * SIZE, FILTERS),
        constants=np.rint(1e4 * draw(FILTERS)).astype(np.int32),
        hidden=dense(INPUTS + 1, HIDDEN),
        told=dense(HIDDEN + INPUTS + 1, len(HEADS)),
        word_parts=64.0,
        filter_parts=256.0,
    )
