"""Stories, as the stage of analysis places them: how mentions are compared, joined with where they are kept."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from analysis.likeness import REACH, alike
from analysis.said import Said, said
from analysis.story_keys import story_keys
from model import Mention
from storage import stories
from storage.store import Store

PLACED_AT_ONCE = 200


def place_stories(connection: Connection, heard: Iterable[Mention]) -> None:
    """Let each mention belong to the story that it tells, in the caller's transaction."""
    read: dict[int | None, Said] = {}  # a story's first mention is compared with many

    def reading(mention: Mention) -> Said:
        if mention.id not in read:
            read[mention.id] = said(mention)
        return read[mention.id]

    def are_one(one: Mention, other: Mention) -> bool:
        return alike(reading(one), reading(other))

    stories.place(connection, heard, lambda mention: story_keys(reading(mention)), are_one, reach=REACH)


def place_all_that_is_left(store: Store) -> None:
    """Place all anew that lost the first of their story, so many in a transaction."""
    while store.write(place_what_is_left):
        pass


def place_what_is_left(connection: Connection) -> int:
    """Place some of those anew that lost the first of their story; return how many."""
    left = stories.unplaced(connection, limit=PLACED_AT_ONCE)
    place_stories(connection, left)
    return len(left)
