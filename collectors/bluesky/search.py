"""One reading of a search: how its pages follow one another, and from where the next reading begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from collectors.bluesky.client import Client
from collectors.bluesky.refusals import NotTaken, Trouble
from collectors.bluesky.wire import Post, Posts, read_posts
from collectors.contract import Quota, Reach
from collectors.listing import Item, Page, stamp
from errors import TryLater
from model import Cursor

PAGE_SIZE = 100
FIRST_SPAN = timedelta(days=30)
OVERLAP = timedelta(hours=6)  # a post that is indexed later than this after it was written may be missed
DEFAULT_PAUSE = timedelta(minutes=5)
_A_SECOND = timedelta(seconds=1)
_UNHEEDED = "-"  # in place of a time, where the service does not go by it


class Search:
    """The pages of one search, newest first.

    A page is named by the time below which it begins, a blank, and the service's own cursor where the time alone
    leads nowhere: a page without posts, or more than a hundred posts of one second. A service may heed no times at
    all, as the AppView that anyone can run does (bsky 0.0.221, tried): it is read by its cursor alone from there on.
    """

    def __init__(self, client: Client, query: str, cursor: Cursor, reach: Reach) -> None:
        self._client = client
        self._query = query
        self._now = reach.now
        self._since = _moment(cursor.get("since"))
        self._newest = _moment(cursor.get("newest"))
        self._asked: set[str | None] = {None}
        self._is_broken = False

    def page(self, further: str | None) -> Page:
        """Return a page: the first, or the one that an earlier page named."""
        until, _, token = (further or "").partition(" ")
        now = self._now()
        params: dict[str, str | int] = {"q": self._query, "sort": "latest", "limit": PAGE_SIZE}
        since = self._since or now - FIRST_SPAN
        params["since"] = written(since)
        params |= {"until": until} if until and until != _UNHEEDED else {}
        params |= {"cursor": token} if token else {}
        found = read_posts(self._ask(params), now=now)
        if found is None:
            raise TryLater("bluesky: the answer is no page of a search; Earshot asks again later")
        moments = [post.sorted_at for post in found.posts if post.sorted_at is not None]
        met = [*moments, *([self._newest] if self._newest else [])]
        self._newest = min(max(met), now) if met else None  # a server whose clock is ahead hides nothing
        oldest = min(moments, default=None)
        if not token and _is_unheeded(until, moments):
            until = _UNHEEDED
        onward = _further(found, moments, since=since, until=until)
        self._is_broken = onward is not None and onward in self._asked
        self._asked.add(onward)
        return Page(
            items=[_item(post) for post in found.posts],
            further=onward,
            skipped=found.skipped,
            reaches_back=oldest is not None and oldest < now - OVERLAP,
            quota=self._client.quota,
            wait=pause(self._client.quota, now),
        )

    def _ask(self, params: Mapping[str, str | int]) -> object:
        """Ask for a page; without the service's cursor where it knows that no longer.

        A cursor is kept between polls, and a search of another make may answer the next one: bsky 0.0.280 has two,
        and the second answers 400 to a cursor of the first (read in its source). bsky 0.0.221 answers 502 to one that
        is none. So does a server that is down: it is asked once more, and only for a cursor of an earlier poll.
        """
        try:
            return self._client.search(params)
        except NotTaken:
            if "cursor" not in params:
                raise
        except Trouble as error:
            is_kept = "cursor" in params and len(self._asked) == 1
            if not is_kept or error.after is not None:
                raise
        return self._client.search({name: value for name, value in params.items() if name != "cursor"})

    def cursor_after(self, cursor: Cursor) -> Cursor:
        """Return the cursor with what the next reading begins from, where this one is at its end."""
        kept = {name: value for name, value in cursor.items() if name not in ("newest", "since")}
        part = cursor.get("posts")
        is_done = not self._is_broken and not (isinstance(part, dict) and "rest" in part)
        if is_done and self._newest is not None:
            return {
                **kept,
                "since": written(max(self._newest - OVERLAP, self._since or self._newest - OVERLAP)),
            }
        kept |= {"since": written(self._since)} if self._since else {}
        kept |= {"newest": written(self._newest)} if self._newest else {}
        return kept


def pause(quota: Quota | None, now: datetime) -> timedelta | None:
    """Return how long to leave the server alone, where it said that nothing is left."""
    if quota is None or quota.left > 0:
        return None
    return max(quota.until - now, timedelta()) if quota.until else DEFAULT_PAUSE


def written(moment: datetime) -> str:
    """Return a moment as the protocol writes it, to the millisecond."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _further(found: Posts, moments: Sequence[datetime], *, since: datetime, until: str) -> str | None:
    """Return the name of the page below. Its posts may be of the same second as the last one here."""
    if found.cursor is None:
        return None
    if until == _UNHEEDED:
        is_over = bool(moments) and max(moments) < since
        return None if is_over else f"{_UNHEEDED} {found.cursor}"
    below = written(min(moments) + _A_SECOND) if moments else ""
    if not below or (until and below >= until):
        return f"{until} {found.cursor}"
    return below


def _is_unheeded(until: str, moments: Sequence[datetime]) -> bool:
    """Whether most posts of a page are of the time at which it should have ended, or later."""
    return bool(until) and 2 * sum(written(each) >= until for each in moments) > len(moments)


def _item(post: Post) -> Item:
    """Its key is a hash: 400 addresses of posts would be 34 kB in each cursor."""
    key = blake2b(post.uri.encode(), digest_size=8).hexdigest()
    author = post.mention.author
    return Item(key, stamp(post.version, author.handle if author else ""), post.mention)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
