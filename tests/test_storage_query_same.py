"""Random queries over random mentions give on SQLite, on PostgreSQL and by plain reading the same mentions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from storage.batch import matching
from storage.mentions import add_mentions
from storage.query.moments import Clock
from storage.reading import load_mentions, thread_of
from storage.schema import mentions
from storage.search import Query, search
from storage.store import Store
from storage.waiting import refresh_waiting
from tests import naive_search
from tests.naive_search import Asked, Heard, holds, written
from tests.postgres import PostgresServer
from tests.stores import NOW, a_store, record_analysis

CLOCK = Clock(NOW, ZoneInfo("Europe/Berlin"))


class _Undone(Exception):
    """What was written is taken back."""


@contextmanager
def filled(store: Store, everything: Sequence[Heard]) -> Iterator[Connection]:
    """Yield a connection to a store that holds this, and only while it is looked at."""
    try:
        with store.writing() as connection:
            for one in everything:
                added = add_mentions(connection, one.source, [one.mention], now=NOW)
                (kept,) = load_mentions(connection, added.new)
                record_analysis(connection, kept, one.lang, one.tags, version="1")
                refresh_waiting(connection, [thread_of(kept)])
            yield connection
            raise _Undone
    except _Undone:
        pass


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Heard], list[Asked]]:
    everything = [draw(naive_search.heard(number)) for number in range(draw(st.integers(1, 9)))]
    return everything, draw(st.lists(naive_search.queries(), min_size=1, max_size=12))


@pytest.fixture(scope="module")
def both(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Store]]:
    with postgres.database() as url, a_store(url) as there, a_store(tmp_path_factory.mktemp("same")) as here:
        yield [here, there]


# A situation is a whole small store: what fails is small enough to read without being made smaller for minutes.
PATIENT = how(
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)


@given(situation=situations())
@how(PATIENT, max_examples=12)
def test_both_engines_and_a_plain_reader_find_the_same(
    both: list[Store], situation: tuple[list[Heard], list[Asked]]
) -> None:
    """faults.md 72."""
    hold_equal(both, *situation)


@pytest.mark.long
@given(situation=situations())
@how(PATIENT, max_examples=500)
def test_both_engines_and_a_plain_reader_find_the_same_five_hundred_times(
    both: list[Store], situation: tuple[list[Heard], list[Asked]]
) -> None:
    """faults.md 72."""
    hold_equal(both, *situation)


def hold_equal(both: list[Store], everything: Sequence[Heard], asked: Sequence[Asked]) -> None:
    for store in both:
        with filled(store, everything) as connection:
            named = select(mentions.c.external_id, mentions.c.id).order_by(mentions.c.id.desc())
            ids = {row.external_id: row.id for row in connection.execute(named)}
            for query in asked:
                wanted = {one.mention.external_id for one in everything if holds(query, one, everything)}
                expected = [name for name in ids if name in wanted]
                words = written(query)

                found = search(connection, Query(words=words, clock=CLOCK), limit=None)
                told = matching(connection, words, list(ids.values()), clock=CLOCK)

                assert (words, [mention.external_id for mention in found]) == (words, expected)
                assert (words, told) == (words, {ids[name] for name in wanted})
