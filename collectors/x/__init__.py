"""Channel ``x``: what a search finds on X, read through tweepy, within a budget.

X answers newest first, and each post and each author that it returns costs money. A poll reads at most
``max_posts_per_poll``, and a page that might pass the budget is not asked for. What a poll did not reach stands in
the cursor as a stretch between two ids, and the next polls read that first: the cursor never passes over a post
that was not read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from collectors.contract import Batch, Quota, Reach, Rechecked
from collectors.x.budget import Budget, Spent, until_tomorrow
from collectors.x.client import BadParameter, Client, Told, pause_of
from collectors.x.recheck import AT_ONCE, recheck
from collectors.x.stretch import (
    Stretch,
    bounds_by_time,
    bounds_of,
    lost,
    stretch_of,
    when_broken_off,
    when_done,
)
from collectors.x.wire import WHAT, Page, read_page
from errors import TryLater
from model import Cursor, Secret

LARGEST_PAGE, SMALLEST_PAGE = 100, 10  # what X takes as max_results
LONGEST_QUERY = 512
MOST_PAGES = 100  # in one poll; X may send empty pages that cost nothing and lead on
DEAREST = 1000.0  # dollars
REPEATS = "X's pages repeat or do not end; stopped, and the next poll goes on below them"


@dataclass(frozen=True, slots=True, kw_only=True)
class X:
    """Posts that a search on X finds, of the last seven days.

    ``query`` uses X's operators (``-is:retweet`` saves money). The budget is this source's own, counted in UTC;
    what is read costs ``dollars_per_post`` and ``dollars_per_user``, and money to ask again later is set aside.
    """

    recheck_at_once: ClassVar[int] = AT_ONCE

    query: str = field(metadata={"says": "what to search for, with X's operators, at most 512 characters"})
    bearer_token: Secret = field(metadata={"says": "the app's bearer token, from https://developer.x.com"})
    base_url: str | None = field(
        default=None, metadata={"says": "another address of the API, in place of X's own"}
    )
    max_posts_per_poll: int = field(
        default=100,
        metadata={"says": "the most posts that one poll may read, and pay for; the next reads on"},
    )
    budget_posts_per_day: int = field(
        default=100, metadata={"says": "the most posts that may be read on one day (UTC)"}
    )
    budget_dollars_per_month: float = field(
        default=10.0, metadata={"says": "the most money that may be spent in one month (UTC), in dollars"}
    )
    dollars_per_post: float = field(
        default=0.005, metadata={"says": "what X charges for a post that it returns, in dollars"}
    )
    dollars_per_user: float = field(
        default=0.010, metadata={"says": "what X charges for an author that it returns, in dollars"}
    )

    def __post_init__(self) -> None:
        if not 0 < len(self.query) <= LONGEST_QUERY:
            raise ValueError(f"query: X takes 1 to {LONGEST_QUERY} characters, this has {len(self.query)}")
        if self.max_posts_per_poll < SMALLEST_PAGE:
            raise ValueError(f"max_posts_per_poll: X gives at least {SMALLEST_PAGE} at a time")
        if not (0 <= self.dollars_per_post < DEAREST and 0 <= self.dollars_per_user < DEAREST):
            raise ValueError("dollars_per_post, dollars_per_user: write a price in dollars, as 0.005")
        if self.budget_posts_per_day < SMALLEST_PAGE:
            raise ValueError(f"budget_posts_per_day: X gives at least {SMALLEST_PAGE} at a time")
        page = SMALLEST_PAGE * self._budget().dearest_post
        if not page <= self.budget_dollars_per_month < math.inf:
            raise ValueError(
                f"budget_dollars_per_month: a page of {SMALLEST_PAGE} posts may cost ${page:.2f}; write at least that"
            )

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield the posts that are new, page by page; first what an earlier poll left."""
        client = Client(self.bearer_token, self.base_url, reach)
        spent = Spent.of(cursor, reach.now())
        poll = _Poll(client, self.query, reach, self._budget(), spent, self.max_posts_per_poll, cursor)
        if "rest" in cursor:
            yield from poll.read()
            if poll.over or poll.left < SMALLEST_PAGE:
                return
        yield from poll.read()

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Ask about those whose day it is; each post is paid for on at most two days after the one it was read on."""
        return recheck(external_ids, lambda: Client(self.bearer_token, self.base_url, reach), reach.now())

    def _budget(self) -> Budget:
        return Budget(
            posts_per_day=self.budget_posts_per_day,
            dollars_per_month=self.budget_dollars_per_month,
            dollars_per_post=self.dollars_per_post,
            dollars_per_user=self.dollars_per_user,
        )


@dataclass(slots=True)
class _Poll:
    """One poll: what it may still read, and how far its cursor came."""

    client: Client
    query: str
    reach: Reach
    budget: Budget
    spent: Spent
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
            yield Batch(cursor=self.spent.in_cursor(self.cursor), skipped=words)
            return
        if self._is_used_up():
            yield self._stopped(words)
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
        self.spent = self.budget.after(self.spent, page.posts, page.users)
        repeats = page.next_token in self.tokens or self.n_pages >= MOST_PAGES
        wait = pause_of(quota, now)
        self.over = wait is not None or (more and (repeats or self.left < SMALLEST_PAGE))
        if self._is_used_up():
            self.over, wait = True, max(wait or timedelta(0), until_tomorrow(now))
            words = [*words, *self._told_once()]
        if not more:
            self.cursor = when_done(stretch, now)
        elif self.over:
            self.cursor = when_broken_off(stretch, self.cursor)
        return Batch(
            mentions=page.mentions,
            cursor=self.spent.in_cursor(self.cursor),
            gone=page.gone,
            skipped=[*words, *([REPEATS] if more and repeats else []), *page.skipped],
            quota=quota,
            wait=wait,
        )

    def _is_used_up(self) -> bool:
        return self.budget.room(self.spent) < SMALLEST_PAGE

    def _stopped(self, words: Sequence[str]) -> Batch:
        """Return the batch of a poll that may not ask for anything."""
        self.over, now = True, self.reach.now()
        words = [*words, *self._told_once()]
        return Batch(cursor=self.spent.in_cursor(self.cursor), skipped=words, wait=until_tomorrow(now))

    def _told_once(self) -> list[str]:
        self.spent, words = self.budget.ends(self.spent, SMALLEST_PAGE)
        return [] if words is None else [words]

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
        size = min(LARGEST_PAGE, max(SMALLEST_PAGE, self.left), self.budget.room(self.spent))
        return self.client.search(self.query, {"max_results": size, **WHAT, **self.bounds, **more})
