"""Channel ``reddit``: the posts and comments of subreddits, read through praw.

Newest first, so the cursor keeps its old value until the last page. It remembers the newest fullnames and a
stamp of each, and not a lone ``before``, which tells neither of edits nor of what a moderator lets through late
(and nothing more, it is reported, once its anchor is deleted). Each poll reads at least one page of a hundred,
so what changed there is met again; and what comes out of order: in a recorded stream of r/all up to 9 of 98
neighbours stand the wrong way round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from collectors.contract import Batch, Reach
from collectors.reddit.client import Account, Client
from collectors.reddit.listing import known_of, meets_known, remembering, sift
from collectors.reddit.query import Told, fold, read_query
from collectors.reddit.wire import Item, Page, read_page
from errors import TryLater
from model import Cursor, Secret, account_key

SUBREDDITS = re.compile(r"\w{2,50}(\+\w{2,50})*", re.ASCII)
PAGE_SIZE = "100"
MOST_PAGES = 20  # a listing of Reddit's ends after about 1000 items


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the two lists that a subreddit is read by."""

    name: str
    path: str
    params: Mapping[str, str]
    wanted: Callable[[Item], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reddit:
    """Posts and comments of one subreddit, or of several (``"foodbanks+mutualaid"``).

    With a ``query``, posts are found by Reddit's search; comments, which that does not find, are read whole and
    kept where they or their post's title hold the query's words, and where we take part: what we wrote, and
    what is written under our posts. ``run_by`` is the Reddit user name that Reddit wants to see in requests.
    """

    subreddit: str = field(metadata={"says": "the subreddit's bare name; several are joined by +"})
    client_id: str | Secret = field(metadata={"says": "the app's id, from https://www.reddit.com/prefs/apps"})
    client_secret: Secret = field(metadata={"says": "the app's secret, from the same page"})
    query: str = field(default="", metadata={"says": "what to search for; without it everything is read"})
    run_by: str = field(default="", metadata={"says": "your Reddit user name, which Reddit asks to be told"})
    base_url: str | None = field(
        default=None, metadata={"says": "another address of sign-in and API, in place of Reddit's own"}
    )

    def __post_init__(self) -> None:
        if not SUBREDDITS.fullmatch(self.subreddit):
            raise ValueError(
                f"subreddit: {self.subreddit!r} is no name; write it bare, or several joined by +"
            )

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield posts, then comments, page by page."""
        client = Client(self._account(), reach)
        ours = reach.ours.get("reddit", ())
        for listing in (self._posts(), self._comments(ours)):
            for batch in _read(listing, cursor, client, reach):
                cursor = batch.cursor
                yield batch
                if batch.wait is not None:
                    return

    def _account(self) -> Account:
        run_by = f" (by /u/{self.run_by})" if self.run_by else ""
        return Account(
            place=f"reddit r/{self.subreddit}",
            client_id=self.client_id.reveal() if isinstance(self.client_id, Secret) else self.client_id,
            client_secret=self.client_secret,
            user_agent=f"python:earshot:0.1{run_by}",
            base_url=self.base_url,
        )

    def _posts(self) -> Listing:
        if not self.query:
            return Listing("posts", f"r/{self.subreddit}/new", {}, _everything)
        everywhere = self.subreddit.lower() == "all"
        params = {
            "q": self.query,
            "restrict_sr": str(not everywhere),
            "sort": "new",
            "syntax": "lucene",
            "t": "all",
        }
        return Listing("posts", f"r/{self.subreddit}/search/", params, _everything)

    def _comments(self, ours: tuple[str, ...]) -> Listing:
        wanted = _asked_for(self.query, ours) if self.query else _everything
        return Listing("comments", f"r/{self.subreddit}/comments/", {}, wanted)


def _everything(_item: Item) -> bool:
    return True


def _asked_for(query: str, ours: tuple[str, ...]) -> Callable[[Item], bool]:
    """Return the test of a comment: the query's words, or our own part in it."""
    test = read_query(query)
    we = {account_key(name) for name in ours}

    def wanted(item: Item) -> bool:
        mention = item.mention
        author = mention.author.handle if mention and mention.author else ""
        if account_key(author) in we or account_key(item.thread_author) in we:
            return True
        return test(Told(fold(f"{mention.text if mention else ''}\n{item.thread_title}"), author))

    return wanted


def _read(listing: Listing, cursor: Cursor, client: Client, reach: Reach) -> Iterator[Batch]:
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
