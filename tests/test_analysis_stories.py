"""What makes two mentions one story, and by what they find each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.likeness import REACH, are_one_story
from analysis.said import said as bare
from analysis.story_keys import story_keys
from model import Author, Mention
from tests.stores import NOW, said

WORDS = "Nobody told our volunteers that the Saturday delivery was cancelled, and forty families waited in the rain."
NEWS = (
    "From January route 14 stops running after eight in the evening. The company says that too few passengers ride "
    "it at night. A meeting for passengers is held at the library next week."
)


def elsewhere(text: str, **more: object) -> Mention:
    """The same day in another place."""
    given: dict[str, object] = {"channel": "x", "author": Author("another"), "published_at": NOW}
    return said("9", text, **{**given, **more})


SAME = {
    "word for word": (said("1", WORDS), elsewhere(WORDS)),
    "in capitals, with a tag and an account": (said("1", WORDS), elsewhere(f"{WORDS.upper()} #food @rfn")),
    "a word changed": (said("1", WORDS), elsewhere(WORDS.replace("cancelled", "called off"))),
    "a sentence added": (said("1", WORDS), elsewhere(f"{WORDS} Please share.")),
    "without its title": (said("1", NEWS, title="Route 14 stops at eight"), elsewhere(NEWS)),
    "cut, with via": (said("1", NEWS), elsewhere(f"{NEWS[:120]}… via @courier")),
    "passed on": (said("1", NEWS), elsewhere("RT @bus: " + NEWS.partition(".")[0])),
    "its title and its page, tracked": (
        said("1", NEWS, title="Route 14 stops at eight", url="https://bus.example/14?utm_source=rss"),
        elsewhere(
            "Route 14 stops at eight https://www.bus.example/14/?utm_source=x", url="https://x.example/1"
        ),
    ),
    "quoted by somebody who adds nothing": (said("1", WORDS), elsewhere(f'Mile End says: "{WORDS}"')),
    "with another foot": (
        said("1", NEWS),
        elsewhere(f"{NEWS} The post Route 14 appeared first on The Courier."),
    ),
}
OTHER = {
    "thanks": (said("1", "Thank you all so much!"), elsewhere("Thank you all so much!")),
    "another date": (
        said("1", "The bridge on Mill Lane is closed to cars from 3 May on, buses go by Hill Road."),
        elsewhere("The bridge on Mill Lane is closed to cars from 17 May on, buses go by Hill Road."),
    ),
    "another day of the week": (
        said("1", WORDS),
        elsewhere(WORDS.replace("Saturday", "Tuesday")),
    ),
    "another place": (
        said("1", "The mobile clinic is in Larkfold from two to five, flu jabs are free."),
        elsewhere("The mobile clinic is in Aldermouth from two to five, flu jabs are free."),
    ),
    "a form that is filled in anew": (
        said(
            "1", "Today at the kitchen: lentil soup, brown bread. Doors open at noon, everybody is welcome."
        ),
        said(
            "2", "Today at the kitchen: tomato soup, white bread. Doors open at noon, everybody is welcome."
        ),
    ),
    "quoted and answered": (said("1", WORDS), elsewhere(f'"{WORDS}" That is not true, I was there.')),
    "an opinion with the page": (
        said("1", NEWS, title="Route 14 stops at eight", url="https://bus.example/14"),
        elsewhere(
            "Route 14 stops at eight, and my mother cannot get home from dialysis https://bus.example/14"
        ),
    ),
    "a translation": (
        said("1", "El bus nocturno cambia de horario el 12 de enero y la última salida será a las once."),
        elsewhere("The night bus changes its times on 12 January and the last one leaves at eleven."),
    ),
    "the same topic": (
        said("1", NEWS),
        elsewhere("My mother takes route 14 in the evening, what shall she do now?"),
    ),
    "the same foot": (
        said(
            "1", "Two shops were robbed. Subscribe to our newsletter for news every morning, free of charge."
        ),
        elsewhere(
            "The roof leaks again. Subscribe to our newsletter for news every morning, free of charge."
        ),
    ),
    "too far apart": (said("1", WORDS), elsewhere(WORDS, published_at=NOW + REACH + timedelta(hours=1))),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_a_copy_is_found_and_is_one_story(one: Mention, other: Mention) -> None:
    mine, theirs = story_keys(bare(one)), story_keys(bare(other))

    assert mine is not None
    assert theirs is not None
    assert set(mine.keys) & set(theirs.keys)
    assert are_one_story(one, other)
    assert are_one_story(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=OTHER)
def test_what_only_looks_alike_is_another_story(one: Mention, other: Mention) -> None:
    assert not are_one_story(one, other)
    assert not are_one_story(other, one)


@pytest.mark.parametrize(
    "words", ["", " ", "👍👍", "Thank you!", "https://a.example/b", "\0\ud800", "a " * 7]
)
def test_what_is_too_short_to_be_told_from_others_has_no_keys(words: str) -> None:
    assert story_keys(bare(said("1", words))) is None


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_has_the_same_keys_each_time_and_is_like_itself(text: str, title: str) -> None:
    mention = said("1", text, title=title)

    keys = story_keys(bare(mention))

    assert keys == story_keys(bare(replace(mention, external_id="2")))
    if keys is not None:
        assert all(-(1 << 31) <= key < 1 << 31 for key in keys.keys)
        assert are_one_story(mention, replace(mention, channel="x", author=Author("another")))


@pytest.mark.parametrize(
    "text", ["- " * 50_000, "((" * 50_000, "read more " * 9_000, "a" * 1_000_000, "\n>" * 9_000]
)
def test_a_huge_or_odd_text_is_read_as_far_as_words_are_compared(text: str) -> None:
    keys = story_keys(bare(said("1", text)))

    assert keys is None or len(keys.keys) < 20
