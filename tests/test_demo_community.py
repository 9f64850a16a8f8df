"""The words of the invented town: labelled soundly, various, and nobody's real address."""

from __future__ import annotations

import re
import tomllib
from collections import Counter

import pytest

from collectors.demo import truths
from collectors.demo.items import COMMUNITY, Place, external_id, number, places, standing
from collectors.demo.truth import CONFIGURATION, configuration
from model import NEEDS, SENTIMENTS

FEEDS = [place for place in places() if place.channel == "rss"]
ITEMS = [(place, item) for place in places() for item in place.items]
each_place = pytest.mark.parametrize("place", places(), ids=lambda place: place.name)


def test_says_enough_on_enough_channels_in_three_languages() -> None:
    languages = Counter(truth.lang for truth in truths())
    total = languages.total()

    assert total >= 200
    assert len(FEEDS) >= 6
    assert Counter(place.channel for place in places()) == {"rss": len(FEEDS), "reddit": 2, "x": 1}
    assert languages["en"] / total == pytest.approx(0.55, abs=0.05)
    assert languages["es"] / total == pytest.approx(0.25, abs=0.05)
    assert languages["pt"] / total == pytest.approx(0.20, abs=0.05)


def test_speaks_every_dialect_of_feed() -> None:
    assert {place.format for place in FEEDS} == {"rss2", "atom", "rdf", "jsonfeed", "comments", "forum"}


@each_place
def test_labels_each_item_with_words_of_the_house(place: Place) -> None:
    for item in [*place.items, *(item.then for item in place.items if item.then)]:
        assert item.text, item.id
        assert item.sentiment in SENTIMENTS, item.id
        assert item.lang in ("en", "es", "pt"), item.id
        assert Counter(item.needs).keys() <= set(NEEDS), item.id
        assert len(set(item.needs)) == len(item.needs), item.id
        assert not (item.concern and item.sentiment == "positive"), item.id


@each_place
def test_answers_only_what_was_said_before_in_the_same_place(place: Place) -> None:
    for item in place.items:
        parent = place.item(item.parent) if item.parent else item
        assert parent.ago >= item.ago, item.id
        assert parent.appears <= item.appears, item.id
        assert number(place, item) > 0, item.id


def test_gives_every_item_an_id_of_its_own() -> None:
    ids = Counter(
        (place.name if place.channel == "rss" else place.channel, external_id(place, item))
        for place, item in ITEMS
    )

    assert {key: n for key, n in ids.items() if n > 1} == {}


def test_keeps_to_what_fits_into_a_post_on_x() -> None:
    assert max(len(truth.text) for truth in truths() if truth.channel == "x") <= 280


def test_names_partners_that_are_configured() -> None:
    settings = tomllib.loads(
        configuration(url="http://127.0.0.1", smtp_port=25, store="sqlite:///earshot.db")
    )
    names = {partner["name"] for partner in settings["partners"]}

    assert len(names) >= 8
    assert {truth.partner for truth in truths()} - {None} == names


def test_lets_partners_raise_concerns_in_each_language_and_on_each_channel() -> None:
    raised = [truth for truth in truths() if truth.raised_by_partner]

    assert len(raised) >= 10
    assert {truth.lang for truth in raised} == {"en", "es", "pt"}
    assert {truth.channel for truth in raised} == {"rss", "reddit", "x"}
    assert {truth.raised_by_partner for truth in raised} >= {"Northside Shelter", "Coletivo Sabiá do Cais"}


def test_lets_others_be_unhappy_too_and_partners_be_unhappy_with_others() -> None:
    told = truths()

    assert sum(truth.concern and truth.partner is None for truth in told) >= 10
    assert (
        sum(
            truth.sentiment == "negative" and not truth.concern and truth.partner is not None
            for truth in told
        )
        >= 8
    )
    assert not any(truth.concern for truth in told if truth.by_us)
    assert sum(truth.by_us for truth in told) >= 10


def test_needs_everything_that_can_be_needed() -> None:
    assert {need for truth in truths() for need in truth.needs} == set(NEEDS)


def test_posts_the_same_words_on_two_channels_and_the_same_item_in_two_feeds() -> None:
    raised = Counter((truth.text, truth.raised_by_partner) for truth in truths() if truth.raised_by_partner)
    shared = Counter(truth.external_id for truth in truths() if truth.channel == "rss")

    assert list(raised.values()).count(2) == 2
    assert list(shared.values()).count(2) == 1


def test_invents_every_address() -> None:
    told = CONFIGURATION.read_text("utf-8") + "".join(
        path.read_text("utf-8") for path in COMMUNITY.glob("*.toml")
    )
    hosts = re.findall(r"(?:https?://|mailto:\S+@|[\w.]+@(?=\w+\.))([\w.-]+)", told)
    hosts += [place.host for place in FEEDS]

    assert hosts
    assert {host for host in hosts if not host.endswith(".example") and host != "127.0.0.1"} == set()


# The second poll


def test_brings_edits_a_back_dated_post_and_one_of_the_same_second() -> None:
    new = [(place, item) for place in places() for item in standing(place, 2) if item.appears == 2]
    blog = next(place for place in places() if place.name == "northside-blog")
    edited = [item for place in places() for item in standing(place, 2) if item.edited]

    assert max(item.ago for _, item in new) > 24 * 60
    assert blog.item("a-kettle").ago == blog.item("a-scarf").ago
    assert blog.item("a-scarf").appears == 1 < blog.item("a-kettle").appears
    assert {place.channel for place, _ in new} == {"rss", "reddit", "x"}
    assert len(edited) >= 4


def test_turns_one_announcement_into_a_concern_by_an_edit() -> None:
    before = {(truth.source, truth.external_id): truth for truth in truths(1)}

    turned = [
        truth
        for truth in truths(2)
        if truth.concern and not before.get((truth.source, truth.external_id), truth).concern
    ]

    assert [truth.raised_by_partner for truth in turned] == ["Mile End Mutual Aid"]
