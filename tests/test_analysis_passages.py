"""A long text is read in passages, so that its length alone tells nothing, and each part of it is heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.heads import CONCERN, SENTIMENT
from analysis.linear import COLUMNS, FACT_COLUMNS, Weights, of_mentions, score
from analysis.sheet import FACTS, LONG, Sheet, lay_out
from analysis.training.examples import Example
from analysis.training.joined import joined_examples
from analysis.training.own import own_examples
from analysis.training.reading_texts import docs_of
from analysis.trees import Trees
from analysis.vocabulary import Vocabulary
from analysis.words import PAIR_ROWS, WORD_ROWS
from tests.convolutions import silent

SENTENCES = st.lists(
    st.lists(st.sampled_from(("van", "late", "bread", "again", "you")), min_size=1, max_size=30).map(
        " ".join
    ),
    max_size=20,
).map(lambda told: ". ".join(told) or "bread")


def read(texts: Sequence[str], vocabulary: Vocabulary) -> Sheet:
    return lay_out(
        docs_of([Example(text=text, labels={}, lang="en", source="test") for text in texts]), vocabulary
    )


@settings(deadline=None, max_examples=40)
@given(st.lists(SENTENCES, min_size=1, max_size=4))
def test_passages_cover_every_word_once_and_no_short_text_is_cut(texts: list[str]) -> None:
    sheet = read(texts, Vocabulary())

    assert sheet.passages[0] == 0
    assert sheet.passages[-1] == sheet.starts[-1] == len(sheet.words)
    assert (np.diff(sheet.passages) >= 0).all()
    assert set(sheet.starts.tolist()) <= set(sheet.passages.tolist())
    assert [sheet.passages[at] for at in sheet.first_passages] == sheet.starts.tolist()
    for length, passages in zip(np.diff(sheet.starts), np.diff(sheet.first_passages), strict=True):
        assert passages == 1 or length > LONG
        assert passages > 1 or length <= LONG + LONG // 2  # a short rest stays with the last


def test_a_text_without_a_full_stop_is_cut_too() -> None:
    sheet = read(["bread " * 500], Vocabulary())

    assert np.diff(sheet.passages).max() <= 2 * LONG


def test_a_word_weighs_as_much_in_a_long_text_as_in_a_passage_of_its_own() -> None:
    plain = ". ".join(["the bread was on the table and everybody had some of it"] * 5) + ". "
    weights = even_weights()
    vocabulary = Vocabulary(weights.words)
    sheet = read([plain, plain * 8], vocabulary)

    scored = score(sheet, vocabulary, weights, np.array([False, False]))
    short, long = of_mentions(scored.passages, sheet.first_passages)

    assert abs(long[CONCERN]) < 2 * abs(
        short[CONCERN]
    )  # the sums alone would be eight times as much, by √8 scaled
    assert abs(long[SENTIMENT]).max() < 2 * abs(short[SENTIMENT]).max()


def even_weights() -> Weights:
    """Every row of every word weighs 1 for every head."""
    return Weights(
        words=np.ones((WORD_ROWS, len(COLUMNS)), np.int16),
        pairs=np.zeros((PAIR_ROWS + 1, len(COLUMNS)), np.int16),
        facts=np.zeros((len(FACTS) + 1, len(FACT_COLUMNS)), np.int16),
        steps=np.ones((3, 23)),
        trees=Trees(np.zeros((1, 15), np.int16), np.zeros((1, 15)), np.zeros((1, 16), np.int32), 0.0),
        convolution=silent(),
    )


def test_joined_texts_say_what_a_part_of_them_says_and_are_no_longer_than_a_passage() -> None:
    own = [one for one in own_examples() if one.lang == "en"][:400]

    joined = joined_examples(own)

    assert len(joined) > 100
    assert {one.source for one in joined} == {"joined"}
    assert max(len(one.text.split()) for one in joined) <= LONG
    assert not any("sentiment:negative" in one.labels for one in joined)
    assert joined == joined_examples(own)  # by a seed
    one = joined[0]
    told = [part for part in own if part.text.rstrip(".!?…") in one.text and part.named == one.named]
    assert one.labels["concern:yes"] == max(part.labels["concern:yes"] for part in told)
