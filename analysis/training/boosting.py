"""The trees that judge the concern: boosted on texts of ours, from scores that were learned without them."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from analysis.concern import inputs_of
from analysis.heads import CONCERN
from analysis.training.corpus import FOLDS, Corpus
from analysis.trees import DEPTH, FINE, Trees

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_TREES, _RATE = 200, 0.07
_OF_INPUTS = 0.3
"""How many of the inputs a split may choose among. On our texts in four parts, apart by organisation, F1 of the
concern came to 76.2 (72.5 by its own head alone); within 0.4 with more or fewer trees, or a depth of 3 or 5."""


def boosted(corpus: Corpus, scores: Floats) -> tuple[Trees, Floats]:
    """Return the trees, and the scores with the concern's by trees that did not learn from the text's fold.

    ``scores`` are mentions × heads by models that did not learn from the text; NaN where there is none.
    """
    passages = np.diff(corpus.sheet.first_passages)
    ours = corpus.own & corpus.learned & (passages == 1)
    ours &= ~np.isnan(scores).any(axis=1)
    of_passages = np.repeat(scores, passages, axis=0)
    inputs = inputs_of(of_passages, corpus.sheet, corpus.vocabulary)[corpus.sheet.first_passages[:-1]]
    found = scores.copy()
    found[:, CONCERN] = np.nan
    for fold in range(FOLDS):
        apart = ours & (corpus.folds == fold)
        found[apart, CONCERN] = _fitted(corpus, inputs, ours & ~apart).scores(inputs[apart])
    log.info("boosted", extra={"texts": int(ours.sum())})
    return _fitted(corpus, inputs, ours), found


def _fitted(corpus: Corpus, inputs: Floats, chosen: Mask) -> Trees:
    learner = HistGradientBoostingClassifier(
        max_iter=_TREES,
        learning_rate=_RATE,
        max_depth=DEPTH,
        max_leaf_nodes=None,
        min_samples_leaf=30,
        l2_regularization=5.0,
        max_features=_OF_INPUTS,
        early_stopping=False,
        random_state=1,
    )
    wanted = corpus.targets[chosen, CONCERN] > 0.5
    learner.fit(inputs[chosen], wanted, sample_weight=corpus.weights(CONCERN)[chosen])
    return _trees(learner)


def _trees(learner: HistGradientBoostingClassifier) -> Trees:
    """Return a fitted learner's trees as complete ones: a leaf that stands higher is the same on all its places.

    Its nodes and what they start from are read where scikit-learn keeps them for itself: it has no public way to
    them, and to ask the learner at run time would need all of it there.
    """
    grown = [one[0].nodes for one in learner._predictors]
    nodes = 2**DEPTH - 1
    asked = np.zeros((len(grown), nodes), np.int16)
    thresholds = np.full((len(grown), nodes), np.inf)
    leaves = np.zeros((len(grown), nodes + 1), np.int32)

    def lay(tree: int, of: Any, at: int, place: int) -> None:
        node = of[at]
        if place >= nodes:
            leaves[tree, place - nodes] = round(float(node["value"]) * FINE)
            return
        if not node["is_leaf"]:
            asked[tree, place], thresholds[tree, place] = node["feature_idx"], node["num_threshold"]
        left, right = (at, at) if node["is_leaf"] else (int(node["left"]), int(node["right"]))
        lay(tree, of, left, 2 * place + 1)
        lay(tree, of, right, 2 * place + 2)

    for tree, of in enumerate(grown):
        lay(tree, of, 0, 0)
    return Trees(asked, thresholds, leaves, float(learner._baseline_prediction[0, 0]))
