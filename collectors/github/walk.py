"""Reading one list of REST forward by ``since``, and how the cursor says how far.

GitHub pages by number, and what changes meanwhile moves to the end of the list: on page two stands then what was
to be read on page three. So the next page is asked for as the first page since the last change that was read, and
by number only where a hundred things changed at one moment. The cursor may move with each page.

The last page is read again at each poll, by its ETag; a 304 costs a token's quota nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from collectors.contract import Batch, Quota
from collectors.github.client import Client, Told, until_reset
from collectors.github.wire import Item, Page, Place, read_page
from errors import TryLater
from model import Cursor, Json

FIRST_REACH = timedelta(days=30)
OVERLAPS = (timedelta(minutes=2), timedelta(seconds=1))  # GitHub's copies are not all up to date at once
MOST_PAGES = 20  # in one poll and list; the next goes on
DEFAULT_PAUSE = timedelta(hours=1)
REPEATS = "GitHub's pages repeat or do not end; stopped, and read again next time"


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its path below the repository, and which kinds of it are kept."""

    name: str
    path: str
    params: Mapping[str, str]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """All that changed before ``since`` is read; of what changed later, what is known, as ``time stamp``."""

    since: datetime
    known: Mapping[str, str]
    etag: str | None = None

    def knows(self, item: Item) -> bool:
        """Whether the thing was read as it stands now."""
        return self.known.get(item.external_id, "").partition(" ")[2] == item.stamp

    def later(self, since: datetime) -> Mark:
        """Return the mark moved on, without what is then too old to come again."""
        kept = {key: told for key, told in self.known.items() if told >= written(since)}
        return Mark(since, kept)

    def with_page(self, page: Page) -> Mark:
        """Return the mark that also knows a page."""
        read = {item.external_id: f"{written(item.updated_at)} {item.stamp}" for item in page.items}
        return Mark(self.since, {**self.known, **read})


def mark_of(told: Json, *, now: datetime) -> Mark:
    """Return what a cursor says of a list; of what it does not understand, the beginning."""
    data = told if isinstance(told, Mapping) else {}
    since, known, etag = data.get("since"), data.get("known"), data.get("etag")
    try:
        moment = datetime.fromisoformat(str(since))
    except ValueError:
        return Mark((now - FIRST_REACH).replace(microsecond=0), {})
    kept = {key: str(value) for key, value in known.items()} if isinstance(known, Mapping) else {}
    return Mark(moment, kept, etag if isinstance(etag, str) else None)


def as_json(mark: Mark) -> dict[str, Json]:
    """Return the mark for the cursor."""
    told: dict[str, Json] = {"since": written(mark.since), "known": dict(mark.known)}
    return told | ({"etag": mark.etag} if mark.etag else {})


def written(moment: datetime) -> str:
    """Return a time as GitHub writes it; such texts order as the times do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def further(since: datetime, page: Page) -> datetime | None:
    """Return where the next page begins by time; None where only its number tells it from this one."""
    newest = max((item.updated_at for item in page.items), default=since)
    return next((newest - overlap for overlap in OVERLAPS if newest - overlap > since), None)


def read(listing: Listing, cursor: Cursor, client: Client, place: Place) -> Iterator[Batch]:
    """Yield what changed in a list, oldest change first, page by page."""
    now = client.reach.now()
    mark = mark_of(cursor.get(listing.name), now=now)
    began, etag = mark.since, mark.etag
    url, asked = _first(listing, mark, client), set[str]()
    while True:
        told = client.get(url, etag=etag)
        wait = pause(told.quota, now)
        if told.answer is None:
            yield Batch(cursor=cursor, quota=told.quota, wait=wait)
            return
        page = _page(told, client, place)
        asked.add(url)
        sifted = _sift(listing, page, mark)
        mark, following = _go_on(listing, mark.with_page(page), page, told, client)
        if following is None and url == _first(listing, mark, client):
            mark = replace(mark, etag=told.etag)
        endless = following in asked or (len(asked) >= MOST_PAGES and mark.since == began)
        cursor = {**cursor, listing.name: as_json(mark)}
        words = [*page.skipped, *([REPEATS] if endless else [])]
        skipped = [f"{listing.path}: {each}" for each in words]
        yield replace(sifted, cursor=cursor, skipped=skipped, quota=told.quota, wait=wait)
        if following is None or endless or len(asked) >= MOST_PAGES or wait is not None:
            return
        url, etag = following, None


def pause(quota: Quota | None, now: datetime) -> timedelta | None:
    """Return how long to leave GitHub alone, where it said that nothing is left."""
    if quota is None or quota.left > 0:
        return None
    return until_reset(quota, now) or DEFAULT_PAUSE


def _first(listing: Listing, mark: Mark, client: Client) -> str:
    order = {"sort": "updated", "direction": "asc", "per_page": "100"}
    return client.url(listing.path, {**listing.params, **order, "since": written(mark.since)})


def _page(told: Told, client: Client, place: Place) -> Page:
    page = read_page(told.answer, place, now=client.reach.now())
    if page is None:
        raise TryLater(f"{client.place}: GitHub's answer is no list; Earshot asks again later")
    return page


def _go_on(listing: Listing, mark: Mark, page: Page, told: Told, client: Client) -> tuple[Mark, str | None]:
    """Return how far all is read now, and what to ask for next."""
    if told.next_url is None:
        return mark, None
    since = further(mark.since, page)
    if since is None:
        return mark, told.next_url
    mark = mark.later(since)
    return mark, _first(listing, mark, client)


def _sift(listing: Listing, page: Page, mark: Mark) -> Batch:
    """Tell new and changed from known, among the kinds that are read."""
    wanted = [item for item in page.items if item.kind in listing.kinds]
    fresh = [item for item in wanted if not mark.knows(item)]
    return Batch(
        mentions=[item.mention for item in fresh if item.mention is not None],
        gone=[item.external_id for item in fresh if item.mention is None],
        unchanged=len(wanted) - len(fresh),
        cursor={},
    )
