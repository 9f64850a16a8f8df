"""What the accurate tier says of public English texts, and of single sentences of ours: it teaches the fast one.

Only texts that are learned from are asked about: what is held back must not be taught, not even softly.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.heads import HEADS, SENTIMENT
from analysis.judge import Judge
from analysis.training.examples import Example
from analysis.training.frames import Frames
from analysis.training.sentences import SENTENCES

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SETS = ("semeval", "goemotions", "tac", "disaster")
"""Public sets whose texts are taught: each of them knows few of the heads."""

_SHARPER = 1 / 0.6
"""To what power its chances of a feeling are taken. Recall on tweets was 67.8 and 67.3 with it, and 67.5 and 67.0
with its chances as they are (docs/decisions/0011): a difference that may be chance."""

log = logging.getLogger(__name__)


def taught_chances(judge: Judge, examples: Sequence[Example], learned: Mask) -> Floats:
    """Return the chances of each head by the accurate tier, examples × HEADS; NaN for what is not taught."""
    frames = Frames()
    found = np.full((len(examples), len(HEADS)), np.nan)
    for row, example in enumerate(examples):
        if learned[row] and is_taught(example):
            found[row] = judge.judge(frames.of(example)).probabilities
    log.info("taught", extra={"texts": int((~np.isnan(found[:, 0])).sum())})
    found[:, SENTIMENT] = sharper(found[:, SENTIMENT])
    return found


def is_taught(example: Example) -> bool:
    """Return whether the accurate tier is asked about a text, where it is learned from."""
    return example.source == SENTENCES or (example.lang == "en" and example.source in SETS)


def sharper(chances: Floats) -> Floats:
    """Return chances further from each other, with a sum of one."""
    powers = chances**_SHARPER
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
