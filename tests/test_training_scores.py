"""What training takes for the scores of a text is what the runtime will say of it."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.heads import HEADS
from analysis.linear import COLUMNS, FACT_COLUMNS, SOUTHERN, score
from analysis.sheet import FACTS, lay_out
from analysis.training.corpus import Corpus
from analysis.training.examples import targets
from analysis.training.export import weights_of
from analysis.training.learning import Learned, blocks_of
from analysis.training.own import own_examples
from analysis.training.reading_texts import docs_of, sheet_of
from analysis.training.scoring import scores_of
from analysis.trees import Trees
from analysis.vocabulary import Vocabulary
from analysis.words import PAIR_ROWS, WORD_ROWS
from tests.convolutions import silent


def test_the_scores_that_trees_and_confidences_are_fitted_on_are_those_of_the_runtime() -> None:
    examples = [one for one in own_examples() if one.lang in ("en", "es")][::700]
    sheet, vocabulary = sheet_of(examples)
    corpus = Corpus(
        examples=examples,
        sheet=sheet,
        vocabulary=vocabulary,
        targets=targets(examples),
        by_teacher=np.full((len(examples), len(HEADS)), np.nan),
        sources=np.array([one.source for one in examples]),
        langs=np.array([one.lang for one in examples]),
        learned=np.ones(len(examples), np.bool_),
        beside=np.zeros(len(examples), np.bool_),
        folds=np.zeros(len(examples), np.int64),
    )
    chance = np.random.default_rng(1)
    learned = Learned(
        chance.normal(size=(WORD_ROWS, len(COLUMNS))),
        chance.normal(size=(PAIR_ROWS, len(COLUMNS))),
        chance.normal(size=(len(FACTS) + 1, len(FACT_COLUMNS))),
    )
    trees = Trees(np.zeros((1, 15), np.int16), np.zeros((1, 15)), np.zeros((1, 16), np.int32), 0.0)
    weights = weights_of(learned, trees, silent())

    told = scores_of(corpus, blocks_of(corpus), learned)

    runtime = Vocabulary(weights.words)
    laid_out = lay_out(docs_of(examples), runtime)
    scored = score(laid_out, runtime, weights, np.array([one.lang in SOUTHERN for one in examples]))
    alone = np.diff(laid_out.first_passages) == 1  # passages are told apart at runtime only
    assert alone.sum() > 20
    assert scored.passages[laid_out.first_passages[:-1]][alone] == pytest.approx(told[alone], abs=0.1)
