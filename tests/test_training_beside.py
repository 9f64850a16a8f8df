"""What the convolution is taught, and how much it counts beside the sums."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.sheet import FACTS
from analysis.training.corpus import Corpus
from analysis.training.examples import Example, flag_labels, sentiment_labels, targets
from analysis.training.lessons import lessons_of
from analysis.training.sentences import SENTENCES, sentence_examples
from analysis.training.shares import shares_of, together

UNKNOWN = np.nan
NEGATIVE, REQUEST = 0, HEADS.index("intent:request")


def corpus_of(*examples: Example, heard: float = UNKNOWN, among: int = 0) -> Corpus:
    """Return texts as a corpus without their words; of those from ``among`` on each head was ``heard`` so likely."""
    by_teacher = np.full((len(examples), len(HEADS)), UNKNOWN)
    by_teacher[among:] = heard
    every = np.ones(len(examples), np.bool_)
    sheet = cast("Any", type("Sheet", (), {"facts": np.zeros((len(examples), len(FACTS)), np.bool_)}))
    return Corpus(
        examples=examples,
        sheet=sheet,
        vocabulary=cast("Any", None),
        targets=targets(examples),
        by_teacher=by_teacher,
        sources=np.array([one.source for one in examples]),
        langs=np.array([one.lang for one in examples]),
        learned=every,
        beside=~every,
        folds=np.zeros(len(examples), np.int64),
    )


def ours(label: str = "neg", *, concern: bool = True, source: str = "own", lang: str = "en") -> Example:
    return Example(
        text="The van was late. Nobody rang us.\nThanks anyway!",
        labels={
            **sentiment_labels(label),
            **flag_labels("intent", ["complaint"]),
            **flag_labels("need", ["reliability"]),
            "concern:yes": float(concern),
        },
        lang=lang,
        source=source,
        channel="imap",
    )


def tweet(label: str = "neg", lang: str = "en") -> Example:
    return Example(text="x", labels=sentiment_labels(label), lang=lang, source="semeval")


def test_a_text_of_several_sentences_is_heard_sentence_by_sentence_and_without_its_labels() -> None:
    short = replace(ours(), text="Late again!")

    found = sentence_examples([ours(), short])

    assert [one.text for one in found] == [
        "The van was late.",
        "Nobody rang us.",
    ]  # two words are no sentence
    assert all(one.source == SENTENCES and not one.labels and one.channel == "imap" for one in found)


def test_a_public_text_raises_no_concern_whatever_was_heard_in_it() -> None:
    corpus = corpus_of(ours(), tweet(), heard=0.9, among=1)

    lessons = lessons_of(corpus, corpus.learned)

    assert lessons.targets[:, CONCERN].tolist() == [1.0, 0.0]
    assert (lessons.weights[:, CONCERN] > 0).all()


def test_of_a_feeling_label_and_hearing_count_alike_and_what_has_no_label_is_heard() -> None:
    corpus = corpus_of(tweet("neg"), heard=0.5)

    lessons = lessons_of(corpus, corpus.learned)

    assert lessons.targets[0, SENTIMENT].tolist() == [0.75, 0.25, 0.25]
    assert lessons.targets[0, REQUEST] == 0.5
    assert lessons.weights[0, REQUEST] < lessons.weights[0, NEGATIVE]


def test_what_nobody_knows_teaches_nothing_and_no_language_teaches_that_we_do_not_read() -> None:
    corpus = corpus_of(tweet(), tweet(lang="de"), tweet(lang="it"))

    lessons = lessons_of(corpus, corpus.learned)

    assert lessons.rows.tolist() == [0, 2]
    assert lessons.weights[0, REQUEST] == lessons.targets[0, REQUEST] == 0


def test_a_hard_text_counts_a_part_of_a_plain_one() -> None:
    corpus = corpus_of(ours(), ours(source="odd"), tweet())

    weights = lessons_of(corpus, corpus.learned).weights

    assert weights[1, REQUEST] == pytest.approx(0.3 * weights[0, REQUEST])


def said(right: npt.NDArray[np.bool_], noise: float, seed: int) -> npt.NDArray[np.float64]:
    return np.where(right, 1.0, -1.0) + np.random.default_rng(seed).normal(size=len(right)) * noise


def scores_of(sure: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.repeat(sure[:, None], len(HEADS), axis=1)


def test_who_tells_texts_apart_better_has_the_larger_share() -> None:
    raised = np.random.default_rng(0).random(400) < 0.5
    corpus = corpus_of(*[ours(concern=bool(one)) for one in raised])
    dull, keen = scores_of(said(raised, 2.0, 1)), scores_of(said(raised, 0.8, 2))

    of_keen = shares_of(corpus, dull, keen)["en"][CONCERN]
    of_dull = shares_of(corpus, keen, dull)["en"][CONCERN]

    assert of_keen > 1 > of_dull > 0


def test_who_knows_nothing_or_the_contrary_has_no_share() -> None:
    raised = np.random.default_rng(0).random(400) < 0.5
    corpus = corpus_of(*[ours(concern=bool(one)) for one in raised])
    keen, contrary = scores_of(said(raised, 0.8, 2)), scores_of(said(~raised, 2.0, 3))

    assert shares_of(corpus, keen, contrary)["en"][CONCERN] == 0


def test_shares_are_added_by_the_language_of_a_text() -> None:
    corpus = corpus_of(ours(), ours(lang="es"))
    shares = {"en": [0.5] * len(HEADS), "es pt": [2.0] * len(HEADS)}

    found = together(corpus, np.zeros((2, len(HEADS))), np.ones((2, len(HEADS))), shares)

    assert found[:, CONCERN].tolist() == [0.5, 2.0]
