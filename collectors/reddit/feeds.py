"""Subreddits by Reddit's own feeds, for whoever has no API access.

Reddit lets an address that does not sign in ask about once a minute (reported since June 2026), so a poll may get
one answer and then a 429. What it has is kept: the cursor says which list is next, and where in it a poll that
did not reach what is known goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from collectors.contract import Batch, Quota, Reach
from collectors.reddit.atom import read_atom
from collectors.reddit.limits import pause_of, quota_of
from collectors.reddit.listing import Known, Listing, known_of, meets_known, remembering, sift
from collectors.reddit.refusals import busy, closed_door, reason_in
from collectors.reddit.wire import FULLNAME, Page, number
from errors import TryLater
from model import Cursor

SITE = "https://www.reddit.com"
MOST_PAGES = 3  # of one list in one poll; the next goes on behind them
BLOCKED = (
    "it shuts out many servers' addresses from its feeds; try from another network, or ask Reddit for API access "
    "and give client_id and client_secret"
)


@dataclass(frozen=True, slots=True)
class Feeds:
    """Reddit's feeds, or those at ``base_url``; ``place`` is how errors name the source."""

    place: str
    user_agent: str
    base_url: str | None
    reach: Reach

    def page(self, listing: Listing, after: str | None) -> tuple[Page, Quota | None]:
        """Return one page, and what Reddit still allows. TryLater and NeedsAttention say what is wrong."""
        params = {**listing.params, **({"after": after} if after else {})}
        response = self.reach.http.get(
            f"{(self.base_url or SITE).rstrip('/')}/{listing.path}",
            headers={"User-Agent": self.user_agent, "Accept": "application/atom+xml"},
            params=params,
        )
        now = self.reach.now()
        error = busy(response.status, response.headers, self.place, now)
        if error is not None:
            raise error
        if response.status >= 300:
            raise closed_door(response.status, reason_in(response.body), self.place, otherwise=BLOCKED)
        if "/r/" not in urlsplit(response.url).path:  # it led us to a search for subreddits of that name
            raise closed_door(302, "", self.place)
        page = read_atom(response.body, now=now)
        if page is None:
            raise TryLater(
                f"{self.place}: Reddit's answer is no feed, or not all of one; Earshot asks again later"
            )
        return page, quota_of(response.headers, now)


def read_feeds(listings: Sequence[Listing], cursor: Cursor, feeds: Feeds) -> Iterator[Batch]:
    """Yield the pages of each list that this poll is to read: all, or what the last one left."""
    names = [listing.name for listing in listings]
    first = names.index(str(cursor["next"])) if cursor.get("next") in names else 0
    for place, listing in enumerate(listings[first:], start=first + 1):
        following = names[place] if place < len(names) else None
        for batch in _read(listing, cursor, feeds, following):
            cursor = batch.cursor
            yield batch
            if batch.wait is not None:
                return


def _read(listing: Listing, cursor: Cursor, feeds: Feeds, following: str | None) -> Iterator[Batch]:
    """Yield a list's pages, from where the last poll broke off or from the newest, back to what is known."""
    known = known_of(cursor, listing.name)
    after, seen = _rest_of(cursor, listing.name)
    for n_pages in range(1, MOST_PAGES + 1):
        page, quota = feeds.page(listing, after)
        if after is not None and not page.items and not page.skipped:
            # Reddit has nothing after an item that was deleted: go on from the one above it.
            page, quota = feeds.page(listing, _above(after, seen))
        found = sift((item for item in page.items if item.name not in seen), known, listing.wanted)
        # A first reading has its one page: the hundred newest.
        done = page.after in (None, after) or not known or meets_known(page, known)
        seen, after = {**seen, **found.stamps}, page.after
        over = done or n_pages == MOST_PAGES
        cursor = _after_page(cursor, listing.name, known, seen, None if done else after)
        yield Batch(
            mentions=found.mentions,
            cursor=_with_next(cursor, following if over else listing.name),
            gone=found.gone,
            skipped=[f"{listing.path}: {each}" for each in page.skipped],
            unchanged=found.unchanged,
            quota=quota,
            wait=pause_of(quota, feeds.reach.now()),
        )
        if over:
            return


def _above(name: str, seen: Known) -> str | None:
    above = [each for each in seen if number(each) > number(name)]
    return min(above, key=number, default=None)


def _after_page(cursor: Cursor, name: str, known: Known, seen: Known, after: str | None) -> Cursor:
    """Return the cursor behind a page: what is known grows only when all before it was read."""
    rests = cursor.get("rest")
    rests = {each: rest for each, rest in rests.items() if each != name} if isinstance(rests, Mapping) else {}
    if after is not None:
        rests[name] = {"after": after, "seen": remembering({}, seen)}
    told = {**cursor, name: dict(known) if after is not None else remembering(known, seen), "rest": rests}
    return {key: value for key, value in told.items() if key != "rest" or value}


def _rest_of(cursor: Cursor, name: str) -> tuple[str | None, Known]:
    rests = cursor.get("rest")
    rest = rests.get(name) if isinstance(rests, Mapping) else None
    after = rest.get("after") if isinstance(rest, Mapping) else None
    if not isinstance(rest, Mapping) or not isinstance(after, str) or not FULLNAME.fullmatch(after):
        return None, {}
    return after, known_of(rest, "seen")


def _with_next(cursor: Cursor, name: str | None) -> Cursor:
    told = {key: value for key, value in cursor.items() if key != "next"}
    return told if name is None else {**told, "next": name}
