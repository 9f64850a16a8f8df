"""The accurate tier teaches the fast one on what is learned from, and on nothing else."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest

from analysis.heads import HEADS, SENTIMENT
from analysis.judge import open_judge
from analysis.training import material
from analysis.training.corpus import Corpus
from analysis.training.examples import Example, sentiment_labels, targets
from analysis.training.leaning import english_lean, recall
from analysis.training.teacher import is_taught, sharper, taught_chances

REQUEST = HEADS.index("intent:request")
EVERY = np.ones(4, np.bool_)


def corpus_of(*examples: Example, taught: npt.NDArray[np.float64] | None = None) -> Corpus:
    """Return texts as a corpus, without their words."""
    unknown = np.full((len(examples), len(HEADS)), np.nan)
    return Corpus(
        examples=examples,
        sheet=cast("Any", None),
        vocabulary=cast("Any", None),
        targets=targets(examples),
        by_teacher=unknown if taught is None else taught,
        sources=np.array([one.source for one in examples]),
        langs=np.array([one.lang for one in examples]),
        learned=np.ones(len(examples), np.bool_),
        beside=np.zeros(len(examples), np.bool_),
        folds=np.zeros(len(examples), np.int64),
    )


def example(label: str = "", *, source: str = "semeval", lang: str = "en") -> Example:
    return Example(text="x", labels=sentiment_labels(label) if label else {}, lang=lang, source=source)


def taught(*rows: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    found = np.full((len(rows), len(HEADS)), np.nan)
    found[:, SENTIMENT] = rows
    return found


@pytest.mark.parametrize(
    ("source", "lang", "asked"),
    [("semeval", "en", True), ("goemotions", "en", True), ("umsab", "es", False), ("own", "en", False),
     ("validation", "en", False)],
)  # fmt: skip
def test_only_public_english_texts_are_taught(source: str, lang: str, asked: bool) -> None:
    assert is_taught(example(source=source, lang=lang)) == asked


def test_what_is_held_back_is_never_shown_to_the_teacher() -> None:
    nobody_to_ask = cast("Any", None)

    told = taught_chances(nobody_to_ask, [example(), example(source="own")], np.array((False, True)))

    assert np.isnan(told).all()


def test_a_text_that_is_learned_from_gets_chances_of_all_heads() -> None:
    glad = Example(text="I love this so much, what a great day!", labels={}, lang="en", source="goemotions")

    (told,) = taught_chances(open_judge(), [glad], np.array([True]))

    assert told[SENTIMENT].argmax() == 2
    assert told[SENTIMENT].sum() == pytest.approx(1)
    assert ((told >= 0) & (told <= 1)).all()


def test_sharper_chances_keep_their_order_and_their_sum() -> None:
    (told,) = sharper(np.array([(0.2, 0.3, 0.5)]))

    assert told[0] < 0.2 < 0.5 < told[2]
    assert told.sum() == pytest.approx(1)


def test_a_label_and_the_teacher_count_alike() -> None:
    corpus = corpus_of(example("neg"), taught=taught((0.4, 0.4, 0.2)))

    found = material.english(corpus, EVERY[:1])

    assert found.targets.tolist() == [pytest.approx((0.7, 0.2, 0.1))]


def test_each_sentiment_counts_alike_where_nobody_gave_labels() -> None:
    chances = np.array(((0.8, 0.1, 0.1), (0.7, 0.2, 0.1), (0.1, 0.1, 0.8)))

    wanted, weights = material.balanced(chances)

    assert (wanted * weights[:, None]).sum(axis=0) == pytest.approx((1, 1, 1))
    assert wanted.sum(axis=1) == pytest.approx((1, 1, 1))


def test_tweets_of_languages_like_them_teach_spanish_and_portuguese() -> None:
    said = [example("pos", source="umsab", lang=lang) for lang in ("es", "it", "de", "en")]

    assert material.southern(corpus_of(*said), EVERY).rows.tolist() == [0, 1]
    assert material.english(corpus_of(*said), EVERY).rows.tolist() == [3]


def test_a_label_stands_whatever_the_teacher_says_of_an_act() -> None:
    told = np.full((2, len(HEADS)), np.nan)
    told[:, REQUEST] = 0.9
    asked = Example(text="x", labels={"intent:request": 0.0}, lang="en", source="tac")

    found = material.with_teacher(corpus_of(asked, example(), taught=told), EVERY[:2], REQUEST)

    assert found.targets[:, 0].tolist() == [0.0, 0.9]
    assert found.weights.tolist() == [1.0, 0.5]


def test_the_lean_finds_what_hid_in_neutral() -> None:
    corpus = corpus_of(*(example(label) for label in ("neg", "neu", "pos")))
    scores = np.zeros((3, len(HEADS)))
    scores[:, SENTIMENT] = ((1.8, 2.2, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0))

    share, lean = english_lean(corpus, scores, np.zeros_like(scores))

    right = corpus.targets[:, SENTIMENT].argmax(axis=1)
    assert recall(scores[:, SENTIMENT], right) == pytest.approx(2 / 3)
    assert recall(scores[:, SENTIMENT] + lean, right) == 1
    assert share == 0


def test_what_the_convolution_heard_has_the_share_that_tells_most_tweets_right() -> None:
    corpus = corpus_of(example("neg"), example("neu"), example("pos"))
    scores, heard = np.zeros((2, 3, len(HEADS)))
    scores[:, SENTIMENT] = np.roll(np.eye(3), 1, axis=1)
    heard[:, SENTIMENT] = 1.6 * np.eye(3)

    share, lean = english_lean(corpus, scores, heard)

    assert (share, lean.tolist()) == (0.75, [0.0, 0.0, 0.0])


def test_where_nothing_decides_there_is_no_lean() -> None:
    right = corpus_of(example("neg"), example("neu"), example("pos"))
    scores = np.full((3, len(HEADS)), 0.0)
    scores[:, SENTIMENT] = 9.0 * np.eye(3)

    for corpus in (right, corpus_of(example("neg", source="own"))):
        told = scores[: len(corpus.examples)]
        share, lean = english_lean(corpus, told, np.zeros_like(told))
        assert (share, lean.tolist()) == (0.0, [0.0, 0.0, 0.0])
