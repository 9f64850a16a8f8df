"""The convolution: three words in their order, the same alone and in any batch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.convolution import SIZE, Convolution, beginnings, checksums, endings
from analysis.sheet import LONG, Sheet, lay_out
from analysis.training.examples import Example
from analysis.training.reading_texts import docs_of
from analysis.vocabulary import Vocabulary
from tests.convolutions import at_random, silent

WORDS = (
    "the",
    "van",
    "was",
    "late",
    "not",
    "again",
    "bread",
    "came",
    "our",
    "thanks",
    ".",
    "unheard-of",
    "é",
    "0",
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=LONG + 40).map(" ".join)
SOME = at_random(WORDS[:8])


def sheet_of(texts: Sequence[str], convolution: Convolution) -> tuple[Sheet, npt.NDArray[np.int16]]:
    vocabulary = Vocabulary(None, convolution)
    docs = docs_of([Example(text=text, labels={}, lang="en", source="test") for text in texts])
    sheet = lay_out(docs, vocabulary)
    return sheet, vocabulary.vectors.take(sheet.words, axis=0)


def told(*texts: str, convolution: Convolution = SOME) -> npt.NDArray[np.float64]:
    return convolution.scores(*sheet_of(texts, convolution))


@settings(deadline=None, max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_passage_comes_to_the_very_same_alone_and_in_any_batch(texts: list[str]) -> None:
    alone = [told(text) for text in texts]

    assert np.array_equal(told(*texts), np.vstack(alone))
    assert np.array_equal(told(*texts * 30), np.vstack(alone * 30))


def test_words_in_another_order_come_to_something_else() -> None:
    assert not np.array_equal(told("the van was not late again"), told("the van was late not again"))


def test_a_word_that_was_never_met_is_told_by_its_beginning_and_its_ending() -> None:
    assert np.array_equal(SOME.vectors(["unheardness"]), SOME.vectors(["unheaviness"]))
    assert not np.array_equal(SOME.vectors(["unheardness"]), SOME.vectors(["unheardful"]))
    assert not np.array_equal(SOME.vectors(["late"]), SOME.vectors(["late-"]))


def test_a_text_without_a_word_comes_to_something_too() -> None:
    assert told("").shape == (1, told("the van").shape[1])


def test_a_silent_convolution_says_nothing_of_anything() -> None:
    assert not told("the van was late", "", convolution=silent()).any()


def test_what_it_says_is_what_the_plain_formula_says() -> None:
    texts = ["the van was late again", "", "bread came . thanks", "not " * (LONG + 30)]
    sheet, vectors = sheet_of(texts, SOME)

    for passage, (start, end) in enumerate(pairwise(sheet.passages.tolist())):
        mention = int(np.searchsorted(sheet.first_passages, passage, side="right")) - 1
        words = [vectors[at].astype(float) + SOME.zones[sheet.zones[at]] for at in range(start, end)]
        expected = plainly(words, sheet.facts[mention].astype(float))
        assert SOME.scores(sheet, vectors)[passage] == pytest.approx(expected, abs=0.01)


def plainly(
    words: Sequence[npt.NDArray[np.float64]], facts: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the scores of a passage, word by word and with nothing rounded on the way."""
    nothing = np.zeros(SIZE)
    around = [nothing, *words, nothing]
    parts = SOME.word_parts * SOME.filter_parts
    found = [
        (np.concatenate(around[at : at + 3]) @ SOME.filters + SOME.constants) / parts
        for at in range(len(words))
    ]
    most = np.maximum(0.0, np.max(found, axis=0)) if found else np.zeros(len(SOME.constants))
    mean = sum(words, nothing) / SOME.word_parts / max(len(words), 4) ** 0.5
    pooled = np.concatenate((most, mean, facts))
    inside = np.maximum(0.0, pooled @ SOME.hidden[:-1] + SOME.hidden[-1])
    return np.asarray(np.concatenate((inside, pooled)) @ SOME.told[:-1] + SOME.told[-1])


def test_rows_of_beginnings_and_endings_and_checksums_do_not_change_between_runs() -> None:
    words = ["late", "lately"]

    assert beginnings(words)[0] == beginnings(words)[1]
    assert endings(words)[0] != endings(words)[1]
    assert checksums(["late"]).tolist() == [763815908]
