"""Stories in the store: who belongs together, whatever comes first, is edited or is taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select

from model import Author, Mention
from storage import reading, stories, tombstones
from storage.mentions import add_mentions
from storage.schema import mentions
from storage.store import Store
from tests.stores import NOW, said

FORUM_ID = 2
REACH = timedelta(days=14)


@dataclass(frozen=True)
class Letters:
    """Keys for the tests: one for each letter of the text."""

    print: str
    keys: tuple[int, ...]


def sign(mention: Mention) -> Letters | None:
    """Letters are keys; a text without letters is too short."""
    return Letters(mention.text, tuple(sorted(set(map(ord, mention.text))))) if mention.text else None


def alike(one: Mention, other: Mention) -> bool:
    """Like each other: at least two letters in common."""
    return len(set(one.text) & set(other.text)) > 1


def heard(store: Store, **texts: str) -> dict[str, Mention]:
    """Store mentions by name, each a minute after the one before by the order of names; return them as stored."""
    batch = [
        said(name, text, published_at=NOW - timedelta(hours=2) + timedelta(minutes=ord(name[0])))
        for name, text in texts.items()
    ]
    with store.writing() as connection:
        add_mentions(connection, FORUM_ID, batch, now=NOW)
    return kept(store)


def kept(store: Store) -> dict[str, Mention]:
    with store.reading() as connection:
        ids = list(connection.execute(select(mentions.c.id)).scalars())
        return {one.external_id: one for one in reading.load_mentions(connection, ids)}


def place(store: Store, *told: Mention) -> None:
    with store.writing() as connection:
        stories.place(connection, told, sign, alike, reach=REACH)


def place_what_is_left(store: Store) -> int:
    with store.writing() as connection:
        left = stories.unplaced(connection, limit=100)
        stories.place(connection, left, sign, alike, reach=REACH)
    return len(left)


def told(store: Store) -> set[str]:
    """Return each story as the names in it, the one that gives it its id first."""
    by_story: dict[int, list[str]] = defaultdict(list)
    everything = kept(store)
    for name, mention in sorted(everything.items(), key=lambda one: one[1].id or 0):
        by_story[mention.story_id or 0].append(name)
    for story, names in by_story.items():
        assert everything[names[0]].id == story
    return {" ".join(names) for names in by_story.values()}


def edit(store: Store, name: str, text: str) -> Mention:
    before = kept(store)[name]
    with store.writing() as connection:
        add_mentions(connection, FORUM_ID, [said(name, text, published_at=before.published_at)], now=NOW)
    return kept(store)[name]


def in_any_order(store: Store, **texts: str) -> Iterable[set[str]]:
    """Yield the stories that come of each order in which mentions may be placed."""
    stored = heard(store, **texts)
    for order in permutations(stored.values()):
        with store.writing() as connection:
            for mention in order:
                stories.forget(connection, mention.id or 0)
        for mention in order:
            place(store, mention)
        yield told(store)


def test_the_tables_are_those_that_the_migration_made(store: Store) -> None:
    metadata = stories.story_keys.metadata
    names = {"story_prints", "story_keys"}

    with store.reading() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: kind != "table" or name in names,
                "include_object": lambda _, name, kind, *more: kind != "table" or name in names,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_copies_are_one_story_in_whatever_order_they_are_placed(store: Store) -> None:
    for found in in_any_order(store, a="abcd", b="abxy", c="cdzz"):
        assert found == {"a b c"}


def test_likeness_does_not_lead_on_from_one_to_the_next(store: Store) -> None:
    for found in in_any_order(store, a="abc", b="bcd", c="cde"):
        assert found == {"a b", "c"}


def test_the_same_again_changes_nothing(store: Store) -> None:
    stored = heard(store, a="abc", b="abd")
    place(store, *stored.values())

    place(store, *kept(store).values())

    assert told(store) == {"a b"}
    assert place_what_is_left(store) == 0


def test_what_is_too_short_is_a_story_of_its_own_and_leaves_the_one_it_had(store: Store) -> None:
    stored = heard(store, a="abc", b="abd")
    place(store, *stored.values())

    place(store, edit(store, "b", ""))

    assert told(store) == {"a", "b"}


def test_an_edit_takes_a_mention_to_the_story_that_it_tells_now(store: Store) -> None:
    stored = heard(store, a="abc", b="abd", c="xyz")
    place(store, *stored.values())

    place(store, edit(store, "b", "xyb"))

    assert told(store) == {"a", "b c"}


def test_an_edit_of_the_first_leaves_those_together_that_are_alike(store: Store) -> None:
    stored = heard(store, a="abcdxy", b="abk", c="abl", e="xym")
    place(store, *stored.values())
    assert told(store) == {"a b c e"}

    place(store, edit(store, "a", "pq"))

    assert told(store) == {"a", "b c", "e"}


def test_the_deletion_of_the_first_leaves_those_together_that_are_alike(store: Store) -> None:
    stored = heard(store, a="abcdxy", b="abk", c="abl", e="xym")
    place(store, *stored.values())

    with store.writing() as connection:
        stories.forget(connection, stored["a"].id or 0)
        connection.execute(mentions.update().where(mentions.c.external_id == "a").values(deleted_at=NOW))
    assert told(store) == {"a", "b", "c", "e"}

    assert place_what_is_left(store) == 3
    assert told(store) == {"a", "b c", "e"}
    assert place_what_is_left(store) == 0


def test_what_was_forgotten_leaves_no_key(store: Store) -> None:
    stored = heard(store, a="abc", b="abd")
    place(store, *stored.values())

    with store.writing() as connection:
        for mention in stored.values():
            stories.forget(connection, mention.id or 0)

    with store.reading() as connection:
        assert connection.execute(select(stories.story_keys)).all() == []
        assert connection.execute(select(stories.story_prints)).all() == []


def test_what_is_taken_back_leaves_its_story_and_no_key(store: Store) -> None:
    """faults.md 26."""
    stored = heard(store, a="abc", b="abd", c="abe")
    place(store, *stored.values())

    with store.writing() as connection:
        tombstones.bury(connection, FORUM_ID, ["a"], now=NOW)
        keys = select(stories.story_keys).where(stories.story_keys.c.mention_id == stored["a"].id)
        assert connection.execute(keys).all() == []
    place_what_is_left(store)

    assert told(store) == {"a", "b c"}


def test_nothing_is_compared_with_what_is_too_far_in_time(store: Store) -> None:
    long_ago = said("old", "abc", published_at=NOW - REACH - timedelta(days=1), author=Author("somebody"))
    with store.writing() as connection:
        add_mentions(connection, FORUM_ID, [long_ago], now=NOW)
    stored = heard(store, a="abc")

    place(store, *stored.values())

    assert told(store) == {"a", "old"}


@pytest.mark.parametrize("texts", [{"a": "", "b": ""}, {}], ids=["too short", "nothing"])
def test_nothing_to_place_is_no_trouble(store: Store, texts: dict[str, str]) -> None:
    stored = heard(store, **texts)

    place(store, *stored.values())

    assert len(told(store)) == len(texts)
