"""Saved searches: names for queries, on both engines."""

from __future__ import annotations

import logging

import pytest

from errors import NeedsAttention, WrongQuery
from storage.batch import matching
from storage.mentions import add_mentions
from storage.saved import remove, save, saved, uses
from storage.search import Query, search
from storage.store import Store
from tests.lines import FORUM_ID
from tests.stores import NOW, said


def keep(store: Store, name: str, query: str) -> bool:
    return store.write(lambda connection: save(connection, name, query, now=NOW))


def test_a_saved_search_stands_for_its_query_anywhere(store: Store) -> None:
    keep(store, "overdue", "late OR slow")
    keep(store, "Bad boxes", "saved:overdue box")
    with store.writing() as connection:
        texts = [said("a", "late box"), said("b", "slow bus"), said("c", "a box on time")]
        ids = add_mentions(connection, FORUM_ID, texts, now=NOW).new

        def found(words: str) -> list[str]:
            return [mention.external_id for mention in search(connection, Query(words=words), limit=None)]

        assert found("saved:overdue") == ["b", "a"]
        assert found('saved:"Bad boxes"') == ["a"]
        assert found("box -saved:overdue") == ["c"]
        assert matching(connection, "saved:overdue", ids) == set(ids[:2])


def test_saving_anew_takes_the_place_of_the_first(store: Store) -> None:
    first, again = keep(store, "overdue", "late"), keep(store, "overdue", "slow")

    assert (first, again) == (False, True)
    with store.reading() as connection:
        assert [(one.name, one.query, one.saved_at) for one in saved(connection)] == [
            ("overdue", "slow", NOW)
        ]


@pytest.mark.parametrize("name", ["", " ", " a", "a\nb", 'a"b', "a" * 101, "\x1b[2J"])
def test_what_can_be_no_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(NeedsAttention, match="can be no name"):
        keep(store, name, "late")


def test_a_query_that_cannot_be_read_is_not_saved(store: Store) -> None:
    with pytest.raises(WrongQuery):
        keep(store, "bad", "late AND")
    with pytest.raises(NeedsAttention, match="no search is saved as 'none'"):
        keep(store, "bad", "saved:none")

    with store.reading() as connection:
        assert saved(connection) == []


def test_no_search_leads_back_to_itself(store: Store) -> None:
    keep(store, "a", "late")
    keep(store, "b", "saved:a box")

    with pytest.raises(NeedsAttention, match="leads back to itself"):
        keep(store, "a", "slow OR saved:b")
    with pytest.raises(NeedsAttention, match="leads back to itself"):
        keep(store, "a", "saved:a")

    with store.reading() as connection:
        assert [one.query for one in saved(connection)] == ["late", "saved:a box"]


def test_what_is_used_is_not_removed_and_what_is_not_there_has_a_near_one(store: Store) -> None:
    keep(store, "overdue", "late")
    keep(store, "b", "saved:overdue")

    with pytest.raises(NeedsAttention, match="used by the saved search 'b'"):
        store.write(lambda connection: remove(connection, "overdue"))
    with pytest.raises(NeedsAttention, match="did you mean 'overdue'"):
        store.write(lambda connection: remove(connection, "overdu"))
    store.write(lambda connection: remove(connection, "b"))
    store.write(lambda connection: remove(connection, "overdue"))

    with store.reading() as connection:
        assert saved(connection) == []


def test_a_rule_whose_saved_search_is_gone_matches_nothing_and_says_so(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with store.writing() as connection:
        ids = add_mentions(connection, FORUM_ID, [said("a", "late")], now=NOW).new

        with caplog.at_level(logging.ERROR):
            assert matching(connection, "late OR saved:gone", ids) == set()

    assert "no search is saved as 'gone'" in caplog.text


def test_the_names_in_a_query_are_told() -> None:
    assert uses('late -(saved:a OR box saved:"b c")') == {"a", "b c"}
    assert uses("") == set()
