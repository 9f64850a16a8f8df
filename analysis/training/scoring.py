"""What learned weights say of a corpus, in floats, before anything is rounded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.linear import FIRST_ZONE, SOUTHERN
from analysis.sheet import ZONES
from analysis.training.corpus import Corpus
from analysis.training.learning import Blocks, Learned

Floats = npt.NDArray[np.float64]


def scores_of(corpus: Corpus, blocks: Blocks, learned: Learned) -> Floats:
    """Return mentions × heads."""
    words, pairs, facts = blocks.plain[0], blocks.plain[1], blocks.facts
    plain = words.dot(learned.words[:, :FIRST_ZONE]) + pairs.dot(learned.pairs[:, :FIRST_ZONE])
    plain += facts.dot(learned.facts[:, :-1])
    southern = np.isin(corpus.langs, tuple(SOUTHERN))[:, None]
    found = np.empty((len(corpus.examples), len(HEADS)))
    found[:, SENTIMENT] = np.where(southern, plain[:, 3:6], plain[:, 0:3])
    found[:, SENTIMENT.stop : CONCERN] = plain[:, 6:]
    concern = facts.dot(learned.facts[:, -1:])
    for zone in range(len(ZONES)):
        column = slice(FIRST_ZONE + zone, FIRST_ZONE + zone + 1)
        concern += blocks.zones[2 * zone].dot(learned.words[:, column])
        concern += blocks.zones[2 * zone + 1].dot(learned.pairs[:, column])
    found[:, CONCERN] = concern[:, 0]
    return found
