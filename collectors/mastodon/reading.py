"""How a list of statuses is read: back from the newest at first, then forward from what is known.

Forward goes by ``min_id``, which gives what came next; ``since_id`` would give the newest and leave a hole. A
server files a status that reaches it late under the time when it was written (Mastodon makes its id of that
time), behind what was read already. So each poll looks at some of what is known again, 30 statuses at least, and
meets edits there too. Ids are text: Mastodon counts, GoToSocial writes ULIDs, snac hexadecimal; the order is the
server's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from collectors.contract import Batch, Quota
from collectors.json_pages import table
from collectors.listing import Item, Known, Page, known_of, remembered, sift, stamp
from collectors.mastodon.client import Client, Told
from collectors.mastodon.wire import Place, Status, read_found, read_statuses
from errors import TryLater
from model import Cursor

NAME = "statuses"
OVERLAP = 80
KNOWN_ENOUGH = 0.75  # of the newest page: 30 statuses that are looked at again
MOST_PAGES = 20
FIRST_SPAN = timedelta(days=30)
LATE = timedelta(hours=6)  # a search is read down to here, though all is known above
REPEATS = "the pages repeat; stopped, and read again next time"
DEFAULT_PAUSE = timedelta(minutes=5)

Ask = Callable[..., Told]
"""One page of a list, with ``max_id`` or ``min_id`` as bounds."""


def is_begun(cursor: Cursor) -> bool:
    """Whether the first reading is at its end."""
    return bool(_known_of(cursor)) and "rest" not in table(cursor.get(NAME))


class Reading:
    """The pages of one poll. ``met`` holds every status that was read, by its id."""

    def __init__(self, client: Client, place: Place) -> None:
        self.met: dict[str, Status] = {}
        self._client = client
        self._place = place

    def back(self, ask: Ask) -> Callable[[str | None], Page]:
        """Return what fetches a list newest first, from where an earlier page ended."""

        def fetch(further: str | None) -> Page:
            told = ask() if further is None else ask(max_id=further)
            statuses, skipped = self._good(read_statuses(told.answer, self._place))
            return self._page(statuses, skipped, statuses[-1].position if statuses else None)

        return fetch

    def found(self, query: str) -> Callable[[str | None], Page]:
        """Return what fetches the hits of a search, newest first.

        By their number, since Mastodon turns a ``max_id`` into a whole second here, and would pass over the rest
        of that second. What comes on top meanwhile shifts hits down, where they are met twice, and none is missed.
        """

        def fetch(further: str | None) -> Page:
            offset = int(further or 0)
            statuses, skipped = self._good(read_found(self._client.search(query, offset).answer, self._place))
            is_new = any(status.status_id not in self.met for status in statuses)
            onward = str(offset + len(statuses) + len(skipped)) if is_new else None
            return self._page(statuses, skipped, onward)

        return fetch

    def onward(self, ask: Ask, cursor: Cursor) -> Iterator[Batch]:
        """Yield what came since. Mostly it stands on the newest page, beside much that is known; else walk there."""
        known = _known_of(cursor)
        statuses, skipped = self._good(read_statuses(ask().answer, self._place))
        n_known = sum(status.position in known for status in statuses)
        if n_known < KNOWN_ENOUGH * len(statuses):
            yield from self._walk(ask, cursor)
            return
        yield self._batch(statuses, skipped, cursor)

    def _walk(self, ask: Ask, cursor: Cursor) -> Iterator[Batch]:
        """Yield the pages from ``OVERLAP`` statuses back, the oldest first; each of them moves the cursor."""
        after, asked = list(_known_of(cursor))[:OVERLAP][-1], set[str]()
        for _ in range(MOST_PAGES):
            asked.add(after)
            told = ask(min_id=after)
            statuses, skipped = self._good(read_statuses(told.answer, self._place))
            newest = told.newest or (statuses[0].position if statuses else after)
            is_end = not (statuses or skipped)
            repeats = not is_end and newest in asked
            batch = self._batch(statuses, [*skipped, *([REPEATS] if repeats else [])], cursor)
            cursor = batch.cursor
            yield batch
            if is_end or repeats or batch.wait is not None:
                return
            after = newest

    def _batch(self, statuses: Sequence[Status], skipped: Sequence[str], cursor: Cursor) -> Batch:
        known = _known_of(cursor)
        sifted = sift(self._items(statuses), known)
        return Batch(
            mentions=sifted.mentions,
            cursor={**cursor, NAME: {"known": remembered(_with(sifted.met, known))}},
            skipped=skipped,
            unchanged=sifted.unchanged,
            quota=self._client.quota,
            wait=self._pause(),
        )

    def _page(self, statuses: Sequence[Status], skipped: Sequence[str], onward: str | None) -> Page:
        moments = [status.said_at for status in statuses if status.said_at is not None]
        oldest = min(moments, default=self._place.now)
        is_old = oldest < self._place.now - FIRST_SPAN
        return Page(
            items=self._items(statuses),
            further=None if is_old else onward,
            skipped=skipped,
            reaches_back=oldest < self._place.now - LATE,
            quota=self._client.quota,
            wait=self._pause(),
        )

    def _items(self, statuses: Iterable[Status]) -> list[Item]:
        items = []
        for status in statuses:
            self.met[status.status_id] = status
            mention = status.mention
            said = (mention.title, mention.text, mention.edited_at) if mention else ("",)
            replies = status.n_replies if self._place.ours else ""
            items.append(Item(status.position, stamp(*said, status.author_key, replies), mention))
        return items

    def _good(self, read: tuple[list[Status], list[str]] | None) -> tuple[list[Status], list[str]]:
        if read is None:
            raise TryLater(
                f"mastodon {self._place.instance}: the answer is no list of statuses; Earshot asks again later"
            )
        return read

    def _pause(self) -> timedelta | None:
        return pause(self._client.quota, self._place.now)


def pause(quota: Quota | None, now: datetime) -> timedelta | None:
    """Return how long to leave the server alone, where it said that nothing is left."""
    if quota is None or quota.left > 0:
        return None
    return max(quota.until - now, timedelta()) if quota.until else DEFAULT_PAUSE


def _with(met: Known, known: Known) -> Known:
    """Return what is known with what was met: new ids on top, the stamps of the others in their places."""
    new = {each: met[each] for each in met if each not in known}
    return {**new, **{each: met.get(each, known[each]) for each in known}}


def _known_of(cursor: Cursor) -> Known:
    part = cursor.get(NAME)
    return known_of(part.get("known")) if isinstance(part, Mapping) else {}
