"""docs/probe.md says what the probe plays, no more and no less; and the probe's definition holds together."""

from __future__ import annotations

from collections import Counter

import pytest

import collectors
from tests.probe import Place
from tests.probe_situation import NEEDS, verdict
from tests.probe_suite import PLACES, SITUATIONS, channels
from tests.probe_table import TABLE, page

NAMES = {each.name for each in SITUATIONS}


def test_the_page_says_what_is_played() -> None:
    """`make docs` writes it again."""
    assert TABLE.read_text(encoding="utf-8") == page()


def test_there_are_more_than_forty_situations_each_with_its_name_and_what_must_be() -> None:
    assert len(NAMES) == len(SITUATIONS) > 40
    assert [each.name for each in SITUATIONS if not each.must.endswith((".", ")."))] == []


def test_every_channel_has_its_column() -> None:
    assert set(collectors.catalogue()) == set(channels())


def test_what_a_situation_needs_is_told_in_words() -> None:
    needed = {need for each in SITUATIONS for need in each.needs}

    assert needed == set(NEEDS)


@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
def test_a_place_excuses_itself_from_what_there_is_only(place: Place) -> None:
    assert set(place.cannot) <= NAMES | set(NEEDS)
    assert set(place.misses) <= NAMES
    kinds = Counter(verdict(each, place).kind for each in SITUATIONS)
    assert kinds["played"] > len(SITUATIONS) / 2
    assert all(why for why in (*place.cannot.values(), *place.misses.values()))


def test_a_channel_without_a_place_is_said_to_be_open() -> None:
    assert {verdict(each, None).kind for each in SITUATIONS} == {"not yet"}
