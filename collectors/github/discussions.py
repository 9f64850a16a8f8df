"""Discussions, by GraphQL: what changed is listed newest first, and then read oldest first.

So the cursor moves with each discussion that was read whole, and a poll that is broken off goes on behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collectors.contract import Batch, Quota
from collectors.github.client import Client, Found
from collectors.github.queries import DISCUSSION, DISCUSSIONS
from collectors.github.walk import OVERLAPS, REPEATS, Mark, as_json, mark_of, pause, written
from collectors.github.wire import Item, Place, read_graphql
from collectors.json_pages import Table, moment_of, number_of, table
from errors import TryLater
from model import Cursor

NAME = "discussions"
MOST_PAGES = 20  # of the list, a hundred discussions each
MOST_READ = 30  # discussions in one poll; the next goes on
MOST_COMMENT_PAGES = 10  # of one discussion, fifty comments each with their replies


@dataclass(slots=True)
class Thread:
    """What was read of one discussion."""

    items: list[Item] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    quota: Quota | None = None


def read(cursor: Cursor, client: Client, place: Place) -> Iterator[Batch]:
    """Yield the discussions that changed, the oldest change first, each with all its comments."""
    now = client.reach.now()
    mark = mark_of(cursor.get(NAME), now=now)
    changed, skipped, quota = _changed(mark, client, place)
    if not changed:
        cursor = {**cursor, NAME: as_json(mark)}
        yield Batch(cursor=cursor, skipped=skipped, quota=quota, wait=pause(quota, now))
        return
    for number, updated_at in changed[:MOST_READ]:
        thread = _read_thread(number, client, place)
        mark = _moved_on(mark, place.thread(number), updated_at)
        cursor = {**cursor, NAME: as_json(mark)}
        wait = pause(thread.quota, now)
        yield Batch(
            mentions=[item.mention for item in thread.items if item.mention is not None],
            gone=[item.external_id for item in thread.items if item.mention is None],
            skipped=[*skipped, *(f"discussion {number}: {each}" for each in thread.skipped)],
            cursor=cursor,
            quota=thread.quota,
            wait=wait,
        )
        skipped = []
        if wait is not None:
            return


def _moved_on(mark: Mark, external_id: str, updated_at: datetime) -> Mark:
    known = Mark(mark.since, {**mark.known, external_id: f"{written(updated_at)} "})
    return known.later(max(mark.since, updated_at - OVERLAPS[0]))


def _changed(
    mark: Mark, client: Client, place: Place
) -> tuple[list[tuple[int, datetime]], list[str], Quota | None]:
    """Return the numbers of the discussions that changed, with the time, the oldest change first."""
    now = client.reach.now()
    found: dict[int, datetime] = {}
    skipped: list[str] = []
    asked: set[str | None] = set()
    after = None
    while True:
        asked.add(after)
        told = client.query(DISCUSSIONS, _variables(place, after=after))
        listed = table(_repository(told, client).get("discussions"))
        for node in _nodes(listed):
            number, updated_at = number_of(node, "number"), moment_of(node, "updatedAt", now=now)
            if not number or updated_at is None:
                skipped.append("discussions: one has no number or no time of change")
            elif updated_at < mark.since:
                return _sorted(found), skipped, told.quota
            elif mark.known.get(place.thread(number)) != f"{written(updated_at)} ":
                found[number] = updated_at
        after = _after(listed)
        if after is None:
            return _sorted(found), skipped, told.quota
        if after in asked or len(asked) >= MOST_PAGES:
            return _sorted(found), [*skipped, f"discussions: {REPEATS}"], told.quota


def _read_thread(number: int, client: Client, place: Place) -> Thread:
    """Read a discussion with its comments and their replies, page by page."""
    thread, after = Thread(), None
    asked: set[str | None] = set()
    while True:
        asked.add(after)
        told = client.query(DISCUSSION, _variables(place, number=number, after=after))
        thread.quota = told.quota
        data = _repository(told, client).get("discussion")
        if not isinstance(data, dict):
            return thread  # deleted since it was listed
        comments = table(data.get("comments"))
        first = [data] if len(asked) == 1 else []
        _add(thread, [*first, *_with_replies(comments, thread.skipped)], place, client.reach.now(), number)
        after = _after(comments)
        if after is None:
            return thread
        if after in asked or len(asked) >= MOST_COMMENT_PAGES:
            thread.skipped.append("it has more comments than are read at once; the newest are left out")
            return thread


def _with_replies(comments: Table, skipped: list[str]) -> Iterator[Table]:
    for comment in _nodes(comments):
        yield comment
        replies = table(comment.get("replies"))
        answers = _nodes(replies)
        total = replies.get("totalCount")
        if isinstance(total, int) and total > len(answers):
            skipped.append(f"{total - len(answers)} older replies to one comment are left out")
        yield from answers


def _add(thread: Thread, things: Sequence[object], place: Place, now: datetime, number: int) -> None:
    for thing in things:
        try:
            thread.items.append(read_graphql(thing, place, now=now, thread=place.thread(number)))
        except ValueError as error:
            thread.skipped.append(str(error))


def _variables(place: Place, **more: object) -> dict[str, object]:
    owner, _, name = place.repository.partition("/")
    return {"owner": owner, "name": name, **more}


def _repository(told: Found, client: Client) -> Table:
    found = told.data.get("repository")
    if not isinstance(found, dict):
        raise TryLater(
            f"{client.place}: there is no such repository, or the token may not see it; check both",
            missing=True,
        )
    return found


def _nodes(connection: Table) -> list[Table]:
    nodes = connection.get("nodes")
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []


def _after(connection: Table) -> str | None:
    page = table(connection.get("pageInfo"))
    after = page.get("endCursor")
    return after if page.get("hasNextPage") is True and isinstance(after, str) else None


def _sorted(found: Mapping[int, datetime]) -> list[tuple[int, datetime]]:
    return sorted(found.items(), key=lambda each: (each[1], each[0]))
