"""One list of the API, page by page: back to what is known, and then the cursor moves."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.contract import Batch, Reach
from collectors.reddit.client import Client
from collectors.reddit.listing import Listing, known_of, meets_known, remembering, sift
from collectors.reddit.wire import Page, read_page
from errors import TryLater
from model import Cursor

PAGE_SIZE = "100"
MOST_PAGES = 20  # a listing of Reddit's ends after about 1000 items


def read_listing(listing: Listing, cursor: Cursor, client: Client, reach: Reach) -> Iterator[Batch]:
    """Yield a listing's pages, back to what is known or to its end; then the cursor moves."""
    known = known_of(cursor, listing.name)
    seen: dict[str, str] = {}
    asked: set[str] = set()
    first = after = None
    while True:
        page = _page(listing, after, client, reach)
        if after is not None and not page.items and not page.skipped:
            # Reddit has nothing after an item that was deleted a moment ago: go on from an older page's first.
            page = _page(listing, first, client, reach)
        found = sift((item for item in page.items if item.name not in seen), known, listing.wanted)
        seen.update(found.stamps)
        done = page.after is None or meets_known(page, known)
        endless = not done and (page.after in asked or len(asked) >= MOST_PAGES)
        wait = client.pause(reach.now())
        words = [f"{listing.path}: {each}" for each in page.skipped]
        if endless:
            words.append(
                f"{listing.path}: Reddit's pages repeat or do not end; stopped, and read again next time"
            )
        yield Batch(
            mentions=found.mentions,
            cursor={**cursor, listing.name: remembering(known, seen)} if done else cursor,
            gone=found.gone,
            skipped=words,
            unchanged=found.unchanged,
            quota=client.quota,
            wait=wait,
        )
        if done or endless or wait is not None:
            return
        first, after = (page.items[0].name if page.items else after), page.after
        asked.add(str(after))


def _page(listing: Listing, after: str | None, client: Client, reach: Reach) -> Page:
    params = {"limit": PAGE_SIZE, **listing.params}
    if after is not None:
        params["after"] = after
    page = read_page(client.get(listing.path, params), now=reach.now())
    if page is None:
        raise TryLater(f"reddit {listing.path}: the answer is no listing; Earshot asks again later")
    return page
