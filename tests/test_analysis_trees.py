"""The trees that judge the concern: where an answer leads, what they ask for, and how a long text is read."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.component import MODEL
from analysis.concern import INPUTS, inputs_of, told_together
from analysis.fast import FOLDER, FastAnalyzer
from analysis.files import read, write
from analysis.heads import CONCERN
from analysis.linear import score
from analysis.sheet import LONG, Sheet, lay_out
from analysis.training.examples import Example, Named
from analysis.training.reading_texts import docs_of
from analysis.trees import FINE, Trees
from analysis.vocabulary import Vocabulary
from model import Mention
from tests.analysers import PARTNERS, RIVERSIDE, of_kind

WEIGHTS, JUDGEMENT, _ = read(FOLDER / MODEL)
NAMED = Named(slug="riverside", organisation=RIVERSIDE, partners=PARTNERS)


def sheet_of(texts: list[str]) -> tuple[Sheet, Vocabulary]:
    vocabulary = Vocabulary(WEIGHTS.words, WEIGHTS.convolution)
    examples = [Example(text=text, labels={}, lang="en", source="own", named=NAMED) for text in texts]
    return lay_out(docs_of(examples), vocabulary), vocabulary


def one_question(column: int, threshold: float, low: float, high: float) -> Trees:
    """One tree that asks one question first, and goes on to the left ever after."""
    asked, thresholds = np.zeros((1, 15), np.int16), np.full((1, 15), np.inf)
    asked[0, 0], thresholds[0, 0] = column, threshold
    leaves = np.repeat(np.round(np.array([[low, high]]) * FINE), 8, axis=1).astype(np.int32)
    return Trees(asked, thresholds, leaves, start=0.5)


def test_what_is_at_most_the_threshold_goes_left() -> None:
    inputs = np.array([[9.0, 1.0], [9.0, 2.0], [9.0, 2.1]])

    found = one_question(column=1, threshold=2.0, low=-1.0, high=3.0).scores(inputs)

    assert found.tolist() == [-0.5, -0.5, 3.5]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-9, 9), min_size=len(INPUTS), max_size=len(INPUTS)), st.integers(1, 40))
def test_an_answer_does_not_hang_on_its_neighbours(row: list[float], others: int) -> None:
    noise: npt.NDArray[np.float64] = np.random.default_rng(1).normal(size=(others, len(INPUTS)))
    alone = WEIGHTS.trees.scores(np.array([row]))

    among = WEIGHTS.trees.scores(np.vstack((noise, np.array([row]))))

    assert among[-1] == alone[0]


def test_the_trees_know_where_we_are_named_and_what_the_words_do() -> None:
    sheet, vocabulary = sheet_of(["We thank nobody. Riverside came late", "The bus was late", ""])

    found = inputs_of(np.zeros((3, 23)), sheet, vocabulary)

    told = [dict(zip(INPUTS, row, strict=True)) for row in found.tolist()]
    assert [one["words in the passage"] for one in told] == [7, 4, 0]
    assert [one["where we are first named"] for one in told] == [pytest.approx(4 / 7), -1, -1]
    assert (told[0]["NOT in the passage"], told[0]["WE in the passage"]) == (1, 1)
    assert told[0]["share of words: us"] == pytest.approx(3 / 7)
    assert told[1]["share of words: away"] == 1
    assert told[0]["names us"] == 1 > told[1]["names us"]


def test_a_concern_in_a_long_text_is_that_of_the_part_that_says_it() -> None:
    calm = "On Saturday the choir sang in the yard, and everybody brought a cake of their own. "
    fault = "Riverside never brought the bread that it had promised us, and nobody answered our calls. "
    sheet, vocabulary = sheet_of([fault, calm * 10, calm * 5 + fault + calm * 5])
    southern = np.zeros(3, dtype=bool)
    shares = JUDGEMENT.arrays()[0][southern.astype(int)]

    found = told_together(score(sheet, vocabulary, WEIGHTS, southern), sheet, vocabulary, WEIGHTS, shares)

    alone, without, within = found[:, CONCERN]
    assert sheet.starts[-1] > 2 * LONG
    assert without < within < alone


def test_a_concern_that_no_word_speaks_for_is_none(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "fast"))
    weights, judgement, _ = read(folder / MODEL)
    always = one_question(column=0, threshold=0.0, low=9.0, high=9.0)
    write(folder / MODEL, replace(weights, trees=always), judgement)
    analyzer = FastAnalyzer(RIVERSIDE, PARTNERS, folder=folder)

    told = analyzer.analyze(
        [
            Mention(channel="x", external_id=text, text=text)
            for text in ("Thank you!", "The bread was mouldy.")
        ]
    )

    (grateful,), (worried,) = (of_kind(one, "concern") for one in told)
    assert (grateful.label, grateful.because) == ("no", ())
    assert worried.label == "yes"
    assert worried.because
