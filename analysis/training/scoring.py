"""What learned weights say of a corpus, in floats, before anything is rounded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.linear import FIRST_ZONE, SOUTHERN
from analysis.sheet import ZONES
from analysis.training.corpus import Corpus
from analysis.training.learning import Blocks, Learned, plain_scores

Floats = npt.NDArray[np.float64]


def scores_of(corpus: Corpus, blocks: Blocks, learned: Learned) -> Floats:
    """Return mentions × heads."""
    plain = plain_scores(blocks, learned, slice(FIRST_ZONE))
    southern = np.isin(corpus.langs, tuple(SOUTHERN))[:, None]
    found = np.empty((len(corpus.examples), len(HEADS)))
    found[:, SENTIMENT] = np.where(southern, plain[:, 3:6], plain[:, 0:3])
    found[:, SENTIMENT.stop : CONCERN] = plain[:, 6:]
    concern = blocks.facts.said(learned.facts[:, -1:])
    for zone in range(len(ZONES)):
        column = slice(FIRST_ZONE + zone, FIRST_ZONE + zone + 1)
        concern += blocks.zones[2 * zone].said(learned.words[:, column])
        concern += blocks.zones[2 * zone + 1].said(learned.pairs[:, column])
    found[:, CONCERN] = concern[:, 0]
    return found
