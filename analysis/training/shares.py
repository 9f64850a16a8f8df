"""How much of what the convolution says is added to each head's score: as tells texts set apart best."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.convolution import Convolution
from analysis.heads import HEADS, SENTIMENT
from analysis.judgement import FAMILIES, softmax
from analysis.language import TRAINED
from analysis.linear import SOUTHERN, of_mentions
from analysis.training.corpus import Corpus
from analysis.training.judging import evenly, judged, lowest

Floats = npt.NDArray[np.float64]

_MOST = 3.0
_FEW = 40


def heard_by(convolution: Convolution, corpus: Corpus) -> Floats:
    """Return what a convolution says of all texts, mentions × heads, as the runtime works it out."""
    vectors = convolution.vectors(corpus.vocabulary.plain)
    passages = convolution.scores(corpus.sheet, vectors.take(corpus.sheet.words, axis=0))
    return of_mentions(passages, corpus.sheet.first_passages)


def shares_of(
    corpus: Corpus, scores: Floats, heard: Floats, *, of_english_feeling: float = 0.0
) -> dict[str, list[float]]:
    """Return a share for each family and head, that of the English feeling as given (analysis.training.leaning).

    ``scores`` and ``heard`` are by models that did not see the text; NaN where there is none.
    """
    southern = np.isin(corpus.langs, tuple(SOUTHERN))
    found = {}
    for family, spoken in zip(FAMILIES, (~southern, southern), strict=True):
        feeling = of_english_feeling
        if family != "en":
            feeling = _of_feeling(corpus, scores, heard, spoken)
        each = [_of_head(corpus, scores, heard, spoken, head) for head in range(SENTIMENT.stop, len(HEADS))]
        found[family] = [feeling] * 3 + each
    return found


def together(corpus: Corpus, scores: Floats, heard: Floats, shares: dict[str, list[float]]) -> Floats:
    """Return the scores with the share of what was heard."""
    southern = np.isin(corpus.langs, tuple(SOUTHERN))
    of_family = np.array([shares[family] for family in FAMILIES])
    return np.asarray(scores + of_family[southern.astype(int)] * heard)


def _of_head(
    corpus: Corpus, scores: Floats, heard: Floats, spoken: npt.NDArray[np.bool_], head: int
) -> float:
    here = judged(corpus, scores, head)
    if corpus.targets[here & spoken, head].sum() >= _FEW:
        here &= spoken
    if not here.any():
        return 0.0
    wanted, weights = corpus.targets[here, head], evenly(corpus.sources[here])
    told = np.stack((scores[here, head], heard[here, head]))

    def loss(free: Floats) -> float:
        logits = free[:2] @ told + free[2]
        return float((weights * (np.logaddexp(0.0, logits) - wanted * logits)).sum())

    return _share(lowest(loss, (0.7, 0.3, 0.0), of=weights))


def _of_feeling(corpus: Corpus, scores: Floats, heard: Floats, spoken: npt.NDArray[np.bool_]) -> float:
    here = spoken & judged(corpus, scores, 0) & np.isin(corpus.langs, tuple(TRAINED))
    if not here.any():
        return 0.0
    wanted, weights = corpus.targets[here][:, SENTIMENT], evenly(corpus.sources[here], ours=1.0)
    told = scores[here][:, SENTIMENT], heard[here][:, SENTIMENT]

    def loss(free: Floats) -> float:
        chances = softmax(free[0] * told[0] + free[1] * told[1] + np.array((free[2], 0.0, free[3])))
        return -float((weights * np.log((wanted * chances).sum(axis=1).clip(1e-12))).sum())

    return _share(lowest(loss, (0.7, 0.3, 0.0, 0.0), of=weights))


def _share(fitted: Floats) -> float:
    """Return how much the one counts beside the other; never the other way round."""
    return round(float(np.clip(fitted[1] / max(fitted[0], 1e-3), 0.0, _MOST)), 3)
