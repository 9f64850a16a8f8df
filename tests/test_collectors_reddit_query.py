"""The words of a Reddit search, asked of a comment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.reddit.query import Told, fold, read_query


def holds(query: str, text: str, author: str = "northside_nss") -> bool:
    return read_query(query)(Told(fold(text), author))


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("", "anything", True),
        ("riverside", "The Riverside boxes", True),
        ("riverside", "the riversides", False),
        ("riverside boxes", "boxes of Riverside", True),
        ("riverside boxes", "Riverside", False),
        ("riverside AND boxes", "Riverside", False),
        ("riverside OR boxes", "a few boxes", True),
        ("riverside or boxes", "riverside boxes", False),
        ('"food network"', "the food\nnetwork", True),
        ('"food network"', "a network of food", False),
        ('riverside OR "food network"', "Food-Network!", True),
        ("riverside -boxes", "Riverside boxes", False),
        ("riverside NOT boxes", "Riverside tins", True),
        ("NOT (boxes OR tins)", "Riverside tins", False),
        ('riverside -"late again"', "riverside, late again", False),
        ("(riverside OR rfn) boxes", "RFN boxes", True),
        ("(riverside OR rfn) boxes", "RFN", False),
        ("riverside boxes OR tins", "tins", True),
        ("title:riverside", "Riverside", True),
        ('selftext:"late again"', "late again", True),
        ("riverside flair:Help nsfw:no", "Riverside", True),
        ("riverside OR flair:Help", "lunch", False),
        ("NOT flair:Help", "lunch", True),
        ("author:northside_nss", "anything", True),
        ("author:quay_tenants", "anything", False),
        ("café", "CAFE", True),
        ("caixa", "Cáixa", True),
        ("@riversidefood", "thanks @riversidefood", True),
        ("https://rfn.example", "see https://rfn.example/late", True),
        ("riverside)", "lunch", False),
        ("(riverside", "Riverside", True),
        ("riverside OR", "Riverside", True),
        ("NOT", "anything", True),
        ('"', "anything", True),
        ("日本語", "これは 日本語 です", True),
    ],
)
def test_asks_a_comment_as_reddits_search_would(query: str, text: str, expected: bool) -> None:
    assert holds(query, text) == expected


@given(st.text(st.sampled_from(list('ab"()-+: ORANDNOT')), max_size=40), st.text("ab ", max_size=20))
def test_any_query_is_read_and_answered(query: str, text: str) -> None:
    assert holds(query, text) in (True, False)


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4))
def test_a_phrase_is_found_in_itself_between_other_words(words: list[str]) -> None:
    phrase = " ".join(words)

    assert holds(f'"{phrase}"', f"zzz {phrase.upper()} zzz")
