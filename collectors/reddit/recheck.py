"""What became of posts and comments: Reddit's ``info``, a hundred fullnames a request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from collectors.contract import Rechecked
from collectors.reddit.client import Client
from collectors.reddit.wire import FULLNAME, Page, read_page
from errors import TryLater

AT_ONCE = 100


def recheck(external_ids: Sequence[str], client: Client, subreddit: str, now: datetime) -> Rechecked:
    """Return them as they stand; gone is what Reddit marks as taken away, and what it no longer knows."""
    asked = [each for each in external_ids if FULLNAME.fullmatch(each)]
    if not asked:
        return Rechecked()
    page = _listing(client.get("api/info/", {"id": ",".join(asked)}), now)
    told = {item.name for item in page.items}
    vanished = [each for each in asked if each not in told]
    if page.skipped:
        vanished = []  # what could not be read may be one of them
    elif vanished and not told:
        # Nothing came back at all: a subreddit that is private for a day must not empty the store. It raises then.
        _listing(client.get(f"r/{subreddit}/new", {"limit": "1"}), now)
    wanted = [item for item in page.items if item.name in asked]
    return Rechecked(
        edited=[item.mention for item in wanted if item.mention is not None],
        gone=[*(item.name for item in wanted if item.mention is None), *vanished],
        quota=client.quota,
        wait=client.pause(now),
    )


def _listing(answer: object, now: datetime) -> Page:
    page = read_page(answer, now=now)
    if page is None:
        raise TryLater("reddit: the answer is no listing; Earshot asks again later")
    return page
