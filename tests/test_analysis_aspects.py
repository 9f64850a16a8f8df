"""Towards whom a feeling goes, where a sentence allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.aspects import about
from analysis.beside import Beside
from analysis.contract import Analysis
from analysis.lines import as_json
from model import Annotation, Mention, Organisation, Reason
from tests.analysers import analysed

US, NORTH, MILE = "Riverside", "Northside", "Mile End"


def told(text: str) -> list[tuple[str, str]]:
    """Return who is spoken of, and in which words."""
    names = [(name, "text", at, at + len(name)) for name in (US, NORTH, MILE) if (at := text.find(name)) >= 0]
    found = about(text, "text", names)  # type: ignore[arg-type]
    return [(one.target, text[one.start : one.end].strip()) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Riverside was late again.", [(US, "Riverside was late again.")]),
        (
            "Northside was wonderful, but Riverside was late again.",
            [(NORTH, "Northside was wonderful,"), (US, "but Riverside was late again.")],
        ),
        (
            "Northside was wonderful. Riverside was late again. They never call.",
            [(NORTH, "Northside was wonderful."), (US, "Riverside was late again. They never call.")],
        ),
        (
            "Northside and Mile End were wonderful.",
            [
                (NORTH, "Northside and Mile End were wonderful."),
                (MILE, "Northside and Mile End were wonderful."),
            ],
        ),
        ("Riverside ignores Northside.", []),
        (
            "Northside fue amable, mientras Riverside llegó tarde.",
            [(NORTH, "Northside fue amable,"), (US, "mientras Riverside llegó tarde.")],
        ),
        (
            "A Northside ajudou muito, já a Riverside chegou tarde.",
            [(NORTH, "A Northside ajudou muito,"), (US, "já a Riverside chegou tarde.")],
        ),
        ("It rains. Nobody came.", []),
    ],
)
def test_each_has_the_words_around_the_name(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(text) == expected


@dataclass
class Words:
    """A tier for the tests: ``wonderful`` is positive, ``late`` is negative, Riverside is us."""

    name: str = "words"
    version: str = "1"
    seen: list[str] = field(default_factory=list)

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        self.seen += [mention.text for mention in mentions]
        return [Analysis("en", tuple(self._tags(mention.text))) for mention in mentions]

    def _tags(self, text: str) -> list[Annotation]:
        score = float("wonderful" in text) - float("late" in text)
        label = "positive" if score > 0 else "negative" if score < 0 else "neutral"
        tags = [Annotation(kind="sentiment", label=label, score=score, confidence=0.8)]
        for kind, name in (("us", US), ("partner", NORTH)):
            if (at := text.find(name)) >= 0:
                because = (Reason("text", at, at + len(name), name, 1.0),)
                tags.append(Annotation(kind=kind, label=name, confidence=1.0, because=because))  # type: ignore[arg-type]
        return tags


def beside(text: str) -> tuple[list[Annotation], Words]:
    tier = Words()
    (found,) = Beside(tier, Organisation(name=US)).analyze([Mention(channel="x", external_id="1", text=text)])
    return [one for one in found.annotations if one.kind == "aspect"], tier


def test_a_feeling_goes_to_whom_its_words_are_about() -> None:
    found, _ = beside("Northside was wonderful, but Riverside was late again.")

    assert [(one.label, one.score) for one in found] == [
        ("positive: Northside", 1.0),
        ("negative: Riverside", -1.0),
    ]
    assert [one.because[0].text for one in found] == [
        "Northside was wonderful,",
        "but Riverside was late again.",
    ]


def test_where_all_is_about_one_nothing_is_asked_twice() -> None:
    found, tier = beside("Riverside was late again.")

    assert [one.label for one in found] == ["negative: Riverside"]
    assert tier.seen == ["Riverside was late again."]


def test_aspects_are_told_in_json_by_whom_they_are_about() -> None:
    found = analysed("Northside Shelter was wonderful, but Riverside was late again and nobody cared.")

    aspects = as_json(found)["aspects"]

    assert isinstance(aspects, list)
    assert [(one["target"], one["in"]) for one in aspects] == [
        ("Northside Shelter", "text"),
        ("Riverside Food Network", "text"),
    ]


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_read_and_each_name_is_in_its_own_words(one: str, two: str, three: str) -> None:
    text = f"{one}Riverside{two}Northside{three}"

    for target, words in told(text):
        assert target in words
