"""The accurate tier's reasons: clauses that read as a person would quote them, each in its place."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.encoding import SIGNS, Word, words_of
from analysis.verdicts import clauses, reasons
from model import Mention


def _told(text: str, title: str = "") -> list[str]:
    words = words_of(text, "text")
    if title:
        words = [*words_of(title, "title"), Word("text", 0, 0, "", SIGNS["title"]), *words]
    return [" ".join(word.text for word in words[start:end]) for start, end in clauses(words)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nobody came, and nobody called. Why?", ["Nobody came,", "and nobody called.", "Why?"]),
        ("late again", ["late again"]),
        ("", []),
        ("kind people but the door is locked", ["kind people", "but the door is locked"]),
    ],
)
def test_a_text_falls_into_its_clauses(text: str, expected: list[str]) -> None:
    assert _told(text) == expected


def test_no_clause_is_longer_than_a_reader_takes_in() -> None:
    told = _told(" ".join(f"word{n}" for n in range(100)))

    assert len(" ".join(told).split()) == 100
    assert max(len(clause.split()) for clause in told) <= 14


def test_title_and_text_stay_apart() -> None:
    assert _told("nobody came", title="Boxes late") == ["Boxes late", "nobody came"]


def test_the_clause_that_weighs_most_is_told_with_its_place() -> None:
    mention = Mention(channel="x", external_id="1", text="Lovely day. Nobody came with boxes.")
    words = words_of(mention.text, "text")
    weights = np.array([-1, -1, 2, 1, 0, 0], np.float32)

    (why,) = reasons(mention, words, weights)

    assert (why.place, why.text, why.weight) == ("text", "Nobody came with boxes.", 3.0)
    assert mention.text[why.start : why.end] == why.text


def test_a_tag_that_no_clause_speaks_for_alone_still_has_its_best_one() -> None:
    mention = Mention(channel="x", external_id="1", text="One thing. Another thing.")
    words = words_of(mention.text, "text")

    (why,) = reasons(mention, words, np.array([-2, -2, -1, -1], np.float32))

    assert why.text == "Another thing."


def test_a_text_without_words_has_no_reason() -> None:
    assert reasons(Mention(channel="x", external_id="1", text=""), [], np.zeros(0, np.float32)) == ()
