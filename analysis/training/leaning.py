"""How far the English sentiment leans: what is added to negative and positive so that recall is best over all three.

At runtime the highest score is chosen (analysis.component).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.heads import SENTIMENT
from analysis.linear import SOUTHERN
from analysis.training.corpus import Corpus

if TYPE_CHECKING:
    from analysis.training.learning import Learned

Floats = npt.NDArray[np.float64]

_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)
_STEPS = np.round(np.arange(-1.5, 1.55, 0.1), 2)


def english_lean(corpus: Corpus, scores: Floats, heard: Floats) -> tuple[float, Floats]:
    """Return the share of what the convolution heard, and the lean of three, that are best on tweets that were set
    apart; the validation part is not asked.

    ``scores`` and ``heard`` are by models that did not learn from the text; NaN where there is none.
    """
    told = (corpus.sources == "semeval") & ~np.isnan(scores[:, 0])
    if not told.any():
        return 0.0, np.zeros(3)
    right = corpus.targets[told][:, SENTIMENT].argmax(axis=1)
    leans = [np.array((negative, 0.0, positive)) for negative, positive in product(_STEPS, _STEPS)]
    leans.sort(key=lambda lean: float(np.abs(lean).sum()))  # of leans that are equally good the least
    tried = []
    for share in _SHARES:
        said = (scores + share * heard)[told][:, SENTIMENT]
        recalls = [recall(said + lean, right) for lean in leans]
        tried.append((max(recalls), share, leans[int(np.argmax(recalls))]))
    _, share, lean = max(tried, key=lambda one: (one[0], -one[1]))
    return share, lean


def recall(scores: Floats, right: npt.NDArray[np.int64]) -> float:
    """Return the mean recall over the sentiments that occur."""
    told = scores.argmax(axis=1)
    return float(np.mean([(told[right == label] == label).mean() for label in np.unique(right)]))


def lean_scores(corpus: Corpus, scores: Floats, lean: Floats) -> None:
    """Add the lean to the scores of English texts, and of all that are read as English, in place."""
    english = ~np.isin(corpus.langs, tuple(SOUTHERN))
    scores[english, SENTIMENT] += lean


def lean_weights(learned: Learned, lean: Floats) -> None:
    """Add the lean to what was learned, in place: to the constant beside the facts."""
    learned.facts[-1, SENTIMENT] += lean
