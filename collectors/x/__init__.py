"""Channel ``x``: what a search finds on X, read through tweepy.

X answers newest first, and each post that it returns costs money. A poll reads at most ``max_posts_per_poll``;
what it did not reach stands in the cursor as a stretch between two ids, and the next polls read that first. So
the cursor never passes over a post that was not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from collectors.contract import Batch, Quota, Reach
from collectors.x.client import BadParameter, Client, Told
from collectors.x.stretch import (
    Stretch,
    bounds_by_time,
    bounds_of,
    lost,
    stretch_of,
    when_broken_off,
    when_done,
)
from collectors.x.wire import FIELDS, Page, read_page
from errors import TryLater
from model import Cursor, Secret

LARGEST_PAGE, SMALLEST_PAGE = 100, 10  # what X takes as max_results
LONGEST_QUERY = 512
MOST_PAGES = 100  # in one poll; X may send empty pages that cost nothing and lead on
DEFAULT_PAUSE = timedelta(minutes=15)
REPEATS = "X's pages repeat or do not end; stopped, and the next poll goes on below them"
WHAT = {"tweet_fields": list(FIELDS), "expansions": ["author_id"], "user_fields": ["name", "username"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class X:
    """Posts that a search on X finds, of the last seven days.

    ``query`` uses X's operators (``-is:retweet`` saves money). ``max_posts_per_poll`` bounds what one poll may
    cost: X charges for each post, and for each author, that it returns.
    """

    query: str = field(metadata={"says": "what to search for, with X's operators, at most 512 characters"})
    bearer_token: Secret = field(metadata={"says": "the app's bearer token, from https://developer.x.com"})
    base_url: str | None = field(
        default=None, metadata={"says": "another address of the API, in place of X's own"}
    )
    max_posts_per_poll: int = field(
        default=100,
        metadata={"says": "the most posts that one poll may read, and pay for; the next reads on"},
    )

    def __post_init__(self) -> None:
        if not 0 < len(self.query) <= LONGEST_QUERY:
            raise ValueError(f"query: X takes 1 to {LONGEST_QUERY} characters, this has {len(self.query)}")
        if self.max_posts_per_poll < SMALLEST_PAGE:
            raise ValueError(f"max_posts_per_poll: X gives at least {SMALLEST_PAGE} at a time")

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield the posts that are new, page by page; first what an earlier poll left."""
        client = Client(self.bearer_token, self.base_url, reach)
        poll = _Poll(client, self.query, reach, self.max_posts_per_poll, cursor)
        if "rest" in cursor:
            yield from poll.read()
            if poll.over or poll.left < SMALLEST_PAGE:
                return
        yield from poll.read()


@dataclass(slots=True)
class _Poll:
    """One poll: what it may still read, and how far its cursor came."""

    client: Client
    query: str
    reach: Reach
    left: int
    cursor: Cursor
    over: bool = False
    n_pages: int = 0
    bounds: Mapping[str, Any] = field(default_factory=dict)  # of the search whose pages are read
    tokens: set[str] = field(default_factory=set)  # of that search

    def read(self) -> Iterator[Batch]:
        """Yield the pages of what the cursor says is next, until that is read or the poll is over."""
        now = self.reach.now()
        stretch, token = stretch_of(self.cursor), None
        words = [each for each in [lost(self.cursor, now)] if each]
        if stretch.too_old(now):
            self.cursor = when_done(stretch, now)
            yield Batch(cursor=self.cursor, skipped=words)
            return
        self.bounds, self.tokens = bounds_of(stretch, now), set()
        while True:
            told = self._ask(stretch, token)
            page = read_page(told.answer, now=now)
            if page is None:
                raise TryLater("x: X's answer is no page of a search; Earshot asks again later")
            stretch, token = stretch.reaching(page.ids), page.next_token
            yield self._batch(page, stretch, told.quota, words)
            if token is None or self.over:
                return
            self.tokens.add(token)
            words = []

    def _batch(self, page: Page, stretch: Stretch, quota: Quota | None, words: Sequence[str]) -> Batch:
        """Return what a page brought, and decide whether the poll goes on to the next."""
        now, more = self.reach.now(), page.next_token is not None
        self.left -= len(page.ids)
        self.n_pages += 1
        repeats = page.next_token in self.tokens or self.n_pages >= MOST_PAGES
        wait = _pause(quota, now)
        self.over = wait is not None or (more and (repeats or self.left < SMALLEST_PAGE))
        if not more:
            self.cursor = when_done(stretch, now)
        elif self.over:
            self.cursor = when_broken_off(stretch, self.cursor)
        return Batch(
            mentions=page.mentions,
            cursor=self.cursor,
            gone=page.gone,
            skipped=[*words, *([REPEATS] if more and repeats else []), *page.skipped],
            quota=quota,
            wait=wait,
        )

    def _ask(self, stretch: Stretch, token: str | None) -> Told:
        """Ask for one page. Where X no longer takes the token or the since_id, ask for the same by other bounds."""
        try:
            return self._search({"next_token": token} if token else {})
        except BadParameter as error:
            if token is None and ("since_id" not in self.bounds or "since_id" not in error.named):
                raise
        now = self.reach.now()
        self.bounds = bounds_of(stretch, now) if token else bounds_by_time(stretch, now)
        self.tokens.clear()
        return self._search({})

    def _search(self, more: Mapping[str, Any]) -> Told:
        size = min(LARGEST_PAGE, max(SMALLEST_PAGE, self.left))
        return self.client.search(self.query, {"max_results": size, **WHAT, **self.bounds, **more})


def _pause(quota: Quota | None, now: datetime) -> timedelta | None:
    """Return how long to leave X alone, where it said that nothing is left."""
    if quota is None or quota.left > 0:
        return None
    return max(quota.until - now, timedelta(0)) if quota.until else DEFAULT_PAUSE
