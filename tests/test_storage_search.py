"""Searching with odd words, odd times and many hits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from errors import NeedsAttention
from model import Annotation, Author
from storage.batch import matching
from storage.mentions import add_mentions
from storage.reading import load_mentions
from storage.search import Query, search
from storage.store import Store
from tests.lines import BLOG_ID, FORUM_ID
from tests.stores import BLOG, NOW, a_store, record_analysis, said

DAY = timedelta(days=1)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with a_store(store_url) as opened:
        fill(opened)
        yield opened


def fill(store: Store) -> None:
    with store.writing() as connection:
        heard = [
            said("old", "late boxes", published_at=NOW - 9 * DAY),
            said("new", "late again", published_at=NOW - DAY),
            said("theirs", "on time", author=Author("NorthsideShelter"), published_at=NOW - 2 * DAY),
            said("about", "thanks, friends", published_at=NOW - 3 * DAY),
        ]
        new = add_mentions(connection, FORUM_ID, heard, now=NOW).new
        add_mentions(connection, BLOG_ID, heard[:1], now=NOW)
        tag = Annotation(kind="partner", label="Northside Shelter", confidence=1.0)
        record_analysis(connection, load_mentions(connection, new)[3], "en", [tag], version="1")


def found(store: Store, words: str = "", **asked: object) -> list[str]:
    with store.reading() as connection:
        query = Query(words=words, **asked)  # type: ignore[arg-type]
        return [mention.external_id for mention in search(connection, query, limit=10)]


@pytest.mark.parametrize(
    ("words", "asked", "ids"),
    [
        ("", {}, ["new", "theirs", "about", "old"]),
        ("late", {}, ["new", "old"]),
        ("late", {"since": NOW - 2 * DAY}, ["new"]),
        ("late", {"until": NOW - 2 * DAY}, ["old"]),
        ("late", {"source": BLOG}, ["old"]),
        ("", {"source": "nowhere"}, []),
        ("", {"partner": "Northside Shelter"}, ["theirs", "about"]),
        ("thanks", {"partner": "Northside Shelter"}, ["about"]),
        ("", {"partner": "nobody"}, []),
        ("", {"channel": "rss"}, []),
    ],
)
def test_each_condition_holds_alone_and_beside_words(
    store: Store, words: str, asked: dict[str, object], ids: list[str]
) -> None:
    assert found(store, words, **asked) == ids


@pytest.mark.parametrize("year", [1, 1999, 2069, 2070, 9999])
def test_a_bound_far_away_is_a_bound(store: Store, year: int) -> None:
    far = datetime(year, 12, 30, tzinfo=UTC)

    assert found(store, "late", since=far) == ([] if year > 2026 else ["new", "old"])
    assert found(store, until=far) == ([] if year < 2026 else ["new", "theirs", "about", "old"])


@given(words=st.text(max_size=40) | st.text("ab \"*-~()^:{}'\\\n\0", max_size=20))
@how(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_written_is_searched_for_or_refused_in_words(store: Store, words: str) -> None:
    told = ""
    try:
        found(store, words)
    except NeedsAttention as error:
        told = str(error)
    assert told == "" or told.startswith("search: ")


def test_a_rule_s_words_are_asked_of_the_mentions_at_hand_alone(store: Store) -> None:
    with store.reading() as connection:
        ids = {mention.external_id: mention.id or 0 for mention in search(connection, Query(), limit=10)}

        assert matching(connection, "late", [ids["old"], ids["about"]]) == {ids["old"]}
        assert matching(connection, "late", []) == set()
        assert matching(connection, "", [ids["about"]]) == {ids["about"]}


def test_what_nobody_says_of_a_mention_can_be_excluded_too(store: Store) -> None:
    assert found(store, "-from:northside") == ["new", "about", "old"]
    assert found(store, "-author:NorthsideShelter") == ["new", "about", "old"]
    assert found(store, "late OR -(from:northside late)") == ["new", "theirs", "about", "old"]
