"""Channel ``reddit``: the posts and comments of subreddits, read through praw; without API access, by feeds.

Newest first, so the cursor keeps its old value until the last page. It remembers the newest fullnames and a
stamp of each, and not a lone ``before``, which tells neither of edits nor of what a moderator lets through late
(and nothing more, it is reported, once its anchor is deleted). Each poll reads at least one page of a hundred,
so what changed there is met again; and what comes out of order: in a recorded stream of r/all up to 9 of 98
neighbours stand the wrong way round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from collectors.contract import Batch, Reach, Rechecked
from collectors.reddit.client import Account, Client
from collectors.reddit.feeds import Feeds, read_feeds
from collectors.reddit.listing import Listing
from collectors.reddit.query import Told, fold, read_query
from collectors.reddit.recheck import AT_ONCE, recheck
from collectors.reddit.walk import PAGE_SIZE, read_listing
from collectors.reddit.wire import Item
from model import Cursor, Secret, account_key

SUBREDDITS = re.compile(r"\w{2,50}(\+\w{2,50})*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reddit:
    """Posts and comments of one subreddit, or of several (``"foodbanks+mutualaid"``).

    With a ``query``, posts are found by Reddit's search; comments, which that does not find, are read whole and
    kept where they or their post's title hold the query's words, and where we take part: what we wrote, and
    what is written under our posts. ``run_by`` is the Reddit user name that Reddit wants to see in requests.
    Without ``client_id`` and ``client_secret`` Reddit's own feeds are read, which tell less.
    """

    recheck_at_once: ClassVar[int] = AT_ONCE

    subreddit: str = field(metadata={"says": "the subreddit's bare name; several are joined by +"})
    client_id: str | Secret | None = field(
        default=None,
        metadata={"says": "the app's id, from https://www.reddit.com/prefs/apps; without it feeds are read"},
    )
    client_secret: Secret | None = field(
        default=None, metadata={"says": "the app's secret, from the same page"}
    )
    query: str = field(default="", metadata={"says": "what to search for; without it everything is read"})
    run_by: str = field(default="", metadata={"says": "your Reddit user name, which Reddit asks to be told"})
    base_url: str | None = field(
        default=None, metadata={"says": "another address of sign-in, API and feeds, in place of Reddit's own"}
    )

    def __post_init__(self) -> None:
        if not SUBREDDITS.fullmatch(self.subreddit):
            raise ValueError(
                f"subreddit: {self.subreddit!r} is no name; write it bare, or several joined by +"
            )
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError(
                "client_id and client_secret belong together: give both, or neither to read Reddit's feeds"
            )

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield posts, then comments, page by page."""
        account, ours = self._account(), reach.ours.get("reddit", ())
        if account is None:
            feeds = Feeds(self._place(), self._user_agent(), self.base_url, reach)
            yield from read_feeds(self._feeds(ours), cursor, feeds)
            return
        client = Client(account, reach)
        for listing in (self._posts(), self._comments(ours)):
            for batch in read_listing(listing, cursor, client, reach):
                cursor = batch.cursor
                yield batch
                if batch.wait is not None:
                    return

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Ask about at most a hundred; without API access nothing can be asked, and nothing is told."""
        account = self._account()
        if account is None:
            return Rechecked()
        return recheck(external_ids, Client(account, reach), self.subreddit, reach.now())

    def _account(self) -> Account | None:
        if self.client_id is None or self.client_secret is None:
            return None
        return Account(
            place=self._place(),
            client_id=self.client_id.reveal() if isinstance(self.client_id, Secret) else self.client_id,
            client_secret=self.client_secret,
            user_agent=self._user_agent(),
            base_url=self.base_url,
        )

    def _place(self) -> str:
        return f"reddit r/{self.subreddit}"

    def _user_agent(self) -> str:
        return "python:earshot:0.1" + (f" (by /u/{self.run_by})" if self.run_by else "")

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

    def _feeds(self, ours: tuple[str, ...]) -> Sequence[Listing]:
        """The same two lists, as feeds."""
        size: Mapping[str, str] = {"limit": PAGE_SIZE}
        posts = Listing("posts", f"r/{self.subreddit}/new/.rss", size, _everything)
        if self.query:
            restrict = {} if self.subreddit.lower() == "all" else {"restrict_sr": "on"}
            params = {"q": self.query, **restrict, "sort": "new", "t": "all", **size}
            posts = Listing("posts", f"r/{self.subreddit}/search.rss", params, _everything)
        comments = Listing("comments", f"r/{self.subreddit}/comments/.rss", size, self._comments(ours).wanted)
        return posts, comments


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
