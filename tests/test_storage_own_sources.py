"""Sources that were added by hand: removed and added anew, and written into the file later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from model import Source
from storage import own_sources, schema, sources
from storage.mentions import add_mentions
from storage.provision import provision
from storage.store import Store
from tests.stores import NOW, a_store, said, settings


def place(url: str) -> Source:
    return Source(name="blog", channel="rss", settings={"url": url})


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with a_store(store_url, settings(sources=())) as opened:
        yield opened


def test_a_source_that_is_added_anew_elsewhere_is_read_there_from_its_beginning(store: Store) -> None:
    with store.writing() as connection:
        own_sources.add_source(connection, place("https://old.example/"), now=NOW)
        (row,) = connection.execute(select(schema.sources.c.id)).scalars()
        add_mentions(connection, row, [said("a")], now=NOW)
        sources.save_cursor(connection, row, {"page": 7}, new_at=NOW, moved_to="https://moved.example/")
        sources.ask_to_wait(connection, row, NOW + timedelta(days=1))
        own_sources.remove(connection, "blog", now=NOW)

        own_sources.add_source(connection, place("https://new.example/"), now=NOW)

        (kept,) = sources.load_sources(connection, [row])
    assert (kept.cursor, kept.moved_to, kept.asked_to_wait_until, kept.last_new_at) == ({}, None, None, None)


def test_a_source_that_is_written_into_the_file_belongs_to_the_file(store: Store) -> None:
    source = place("https://old.example/")
    with store.writing() as connection:
        own_sources.add_source(connection, source, now=NOW)
        provision(connection, settings(sources=(source,)), now=NOW)
        with_the_file = own_sources.own_sources(connection)
        provision(connection, settings(sources=()), now=NOW)

        assert with_the_file == []
        assert [state.name for state in sources.source_states(connection)] == []
