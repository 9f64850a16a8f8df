"""Notes in the store: a source of their own that nothing polls or switches off, and names that can be taken out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from errors import NeedsAttention
from model import Author, Mention, Source
from storage import claims, own_sources
from storage.notes import Kept, add_notes
from storage.provision import provision
from storage.schema import authors, mentions, sources
from storage.sources import source_states
from storage.store import Store
from tests.stores import BLOG, FORUM, NOW, US, a_store, settings


def note(key: str = "1", text: str = "The boxes came late.", who: str = "", handle: str = "") -> Mention:
    author = Author(handle or who, name=who, external_id=handle or who) if who or handle else None
    raw = {"consent": bool(who)}
    return Mention(
        channel="note", scope="", external_id=key, text=text, author=author, raw=raw, published_at=NOW
    )


def keep(store: Store, *notes: Mention) -> Kept:
    with store.writing() as connection:
        return add_notes(connection, notes, now=NOW)


def names(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(authors.c.name).where(authors.c.channel == "note")).scalars())


def test_the_same_again_changes_nothing(store: Store) -> None:
    first = keep(store, note(who="Ann"), note("2"))
    again = keep(store, note(who="Ann"), note("2"))

    assert (len(first.added.new), first.renamed) == (2, 0)
    assert (len(again.added.new), again.added.unchanged, again.renamed) == (0, 2, 0)


def test_another_text_is_an_edit(store: Store) -> None:
    keep(store, note())

    assert len(keep(store, note(text="It was early.")).added.edited) == 1


def test_consent_that_is_withdrawn_takes_the_name_out(store: Store) -> None:
    keep(store, note(who="Ann Müller"), note("2", who="Bob"))

    kept = keep(store, note())

    assert kept.renamed == 1
    assert names(store) == ["Bob"]
    with store.reading() as connection:
        row = connection.execute(select(mentions).where(mentions.c.external_id == "1")).one()
    assert (row.author_id, row.raw, row.text) == (None, {"consent": False}, "The boxes came late.")


def test_a_name_that_is_given_later_is_added(store: Store) -> None:
    keep(store, note())

    assert keep(store, note(who="Ann")).renamed == 1
    assert names(store) == ["Ann"]


@pytest.mark.parametrize("handle", ["Northside Shelter", "northside"])
def test_whoever_is_named_as_a_partner_speaks_for_it(store: Store, handle: str) -> None:
    keep(store, note(who="Ann", handle=handle))

    with store.reading() as connection:
        assert connection.execute(select(mentions.c.author_partner_id)).scalar_one() is not None


def test_what_we_said_ourselves_is_ours(store: Store) -> None:
    keep(store, note(handle=US.name))

    with store.reading() as connection:
        assert connection.execute(select(mentions.c.by_us)).scalar_one() is True


def test_nothing_polls_it_and_no_file_switches_it_off(store: Store) -> None:
    keep(store, note())
    later = NOW + timedelta(days=30)

    with store.writing() as connection:
        provision(connection, settings(sources=()), now=later)
        due = claims.due_sources(connection, now=later, limit=10)
        row = connection.execute(select(sources).where(sources.c.name == "notes")).one()

    assert due == []
    assert (row.channel, row.removed_at) == ("note", None)


def test_it_is_no_source_that_is_listened_to(store: Store) -> None:
    keep(store, note())

    with store.writing() as connection:
        assert [state.name for state in source_states(connection)] == [BLOG, FORUM]
        assert own_sources.own_sources(connection) == []
        with pytest.raises(NeedsAttention, match="no source 'notes'"):
            own_sources.resume(connection, "notes", now=NOW)


NOTES_FEED = Source(name="notes", channel="rss", settings={"url": "https://notes.example/feed"})


def test_the_name_belongs_to_a_source_that_had_it_first(store_url: str) -> None:
    with a_store(store_url, settings(sources=(NOTES_FEED,))) as store:
        with pytest.raises(NeedsAttention, match="another name"):
            keep(store, note())


def test_the_name_belongs_to_notes_that_had_it_first(store: Store) -> None:
    keep(store, note())

    with pytest.raises(NeedsAttention, match="another name"), store.writing() as connection:
        provision(connection, settings(sources=(NOTES_FEED,)), now=NOW)
