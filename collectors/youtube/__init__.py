"""Channel ``youtube``: the comments on one video, or on all videos of a channel.

YouTube lists threads by when they began, newest first. A reply to an older thread changes nothing at the top: the
newest hundred threads are read again at each poll, and older ones when they are asked for by recheck.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from collectors.contract import Batch, Reach, Rechecked
from collectors.json_pages import each_read, rows, text_of
from collectors.listing import Listing, Page, read_listing
from collectors.youtube.client import Client, PageForgotten
from collectors.youtube.wire import (
    CHANNEL_ID,
    VIDEO_ID,
    Thread,
    read_comment,
    read_replies,
    read_thread,
    video_of,
)
from errors import TryLater
from model import Cursor, Json, Mention, Secret

AT_ONCE = 50
MOST_PAGES = 10  # of threads in one poll, a hundred each
MOST_REPLY_PAGES = 20  # in one poll, begun with the last thread that still fits
MOST_PAGES_OF_ONE = 10  # of the replies to one comment, a hundred each
MOST_OWED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class YouTube:
    """Comments and replies on a ``video``, or on everything of the channel ``channel_id``; one of both is given.

    A poll in which little happens costs one unit of the key's 10,000 a day; none costs more than forty.
    """

    recheck_at_once: ClassVar[int] = AT_ONCE

    api_key: Secret = field(
        metadata={"says": "an API key for the YouTube Data API v3, from https://console.cloud.google.com"}
    )
    video: str = field(default="", metadata={"says": "the video's id, what follows v= in its address"})
    channel_id: str = field(default="", metadata={"says": "the channel's id, which begins with UC"})
    query: str = field(default="", metadata={"says": "only threads that hold these words; without it all"})
    base_url: str | None = field(
        default=None, metadata={"says": "another address of the API, in place of YouTube's own"}
    )

    def __post_init__(self) -> None:
        if bool(self.video) == bool(self.channel_id):
            raise ValueError("video, channel_id: give one of both")
        if self.video and not VIDEO_ID.fullmatch(self.video):
            raise ValueError(f"video: {self.video!r} is no id; write what follows v= in the address")
        if self.channel_id and not CHANNEL_ID.fullmatch(self.channel_id):
            raise ValueError(
                f"channel_id: {self.channel_id!r} is no id; it begins with UC, and is no @handle"
            )

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield the threads that are new or changed, then the replies that did not come along with them."""
        client = self._client(reach)
        met: dict[str, Thread] = {}
        listing = Listing(
            name="threads", fetch=lambda token: self._page(token, client, met), most_pages=MOST_PAGES
        )
        for batch in read_listing(listing, {"owed": [], **cursor}):
            batch = _with_replies(batch, met)
            cursor = batch.cursor
            yield batch
        videos = {each: video_of(thread.item.mention) for each, thread in met.items() if thread.item.mention}
        yield from _pay(cursor, client, videos)

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Say what became of comments; what YouTube leaves out is gone. One unit for fifty."""
        params = {"part": "snippet", "textFormat": "plainText", "id": ",".join(external_ids[:AT_ONCE])}
        client, now = self._client(reach), reach.now()
        answer = client.get("comments", params)
        items = rows(answer, "items", client.place)
        there = {text_of(item, "id") for item in items if isinstance(item, dict)}
        found, _ = each_read(items, lambda item: read_comment(item, now=now, video=self.video))
        edited = [each for each in found if each.edited_at is not None]
        # A page more would hold what seems to be missing: then nothing is gone as far as can be told.
        whole = not answer.get("nextPageToken")
        gone = [each for each in external_ids[:AT_ONCE] if whole and each not in there]
        return Rechecked(edited=edited, gone=gone, unchanged=len(found) - len(edited))

    def _client(self, reach: Reach) -> Client:
        return Client(f"youtube {self.video or self.channel_id}", self.base_url, self.api_key, reach)

    def _page(self, token: str | None, client: Client, met: dict[str, Thread]) -> Page:
        """Fetch one page of threads, the newest first; at the top where YouTube forgot the page to go on from."""
        try:
            answer = client.get("commentThreads", self._asked(token))
        except PageForgotten:
            if token is None:
                raise
            answer = client.get("commentThreads", self._asked(None))
        now = client.reach.now()
        threads, skipped = each_read(
            rows(answer, "items", client.place), lambda item: read_thread(item, now=now)
        )
        met.update({thread.item.external_id: thread for thread in threads})
        items = [thread.item for thread in threads]
        skipped += [words for thread in threads for words in thread.skipped]
        return Page(items=items, further=text_of(answer, "nextPageToken") or None, skipped=skipped)

    def _asked(self, token: str | None) -> Mapping[str, str]:
        place = {"videoId": self.video} if self.video else {"allThreadsRelatedToChannelId": self.channel_id}
        more = {"searchTerms": self.query, "pageToken": token}
        return {
            "part": "snippet,replies",
            "order": "time",
            "maxResults": "100",
            "textFormat": "plainText",
            **place,
            **{name: value for name, value in more.items() if value},
        }


def _with_replies(batch: Batch, met: Mapping[str, Thread]) -> Batch:
    """Return the batch with the replies of its threads; what did not come along is owed, and the cursor says so."""
    threads = [met[mention.external_id] for mention in batch.mentions]
    mentions: list[Mention] = []
    for thread, top in zip(threads, batch.mentions, strict=True):
        mentions += [top, *thread.replies]
    owed = list(
        dict.fromkeys([*_owed(batch.cursor), *(each.item.external_id for each in threads if each.has_more)])
    )
    lost = len(owed) - MOST_OWED
    words = [f"replies to {lost} comments are left out: too many at once"] if lost > 0 else []
    cursor: Cursor = {**batch.cursor, "owed": [*owed[:MOST_OWED]]}
    return replace(batch, mentions=mentions, skipped=[*batch.skipped, *words], cursor=cursor)


def _pay(cursor: Cursor, client: Client, videos: Mapping[str, str]) -> Iterator[Batch]:
    """Yield the replies that are owed, thread by thread, as far as a poll goes."""
    n_pages = 0
    while (owed := _owed(cursor)) and n_pages < MOST_REPLY_PAGES:
        batch, used = _replies_to(owed[0], videos.get(owed[0], ""), client)
        n_pages += used
        rest: list[Json] = [*owed[1:]]
        cursor = {**cursor, "owed": rest}
        yield replace(batch, cursor=cursor)


def _replies_to(thread: str, video: str, client: Client) -> tuple[Batch, int]:
    """Read all replies to one comment; return them, and how many pages that took."""
    mentions: list[Mention] = []
    skipped: list[str] = []
    tokens: list[str] = [""]
    while True:
        params = {"part": "snippet", "parentId": thread, "maxResults": "100", "textFormat": "plainText"}
        token = tokens[-1]
        try:
            answer = client.get("comments", params | ({"pageToken": token} if token else {}))
        except TryLater as error:
            if not error.missing:
                raise
            return Batch(gone=[thread], cursor={}), len(tokens)  # deleted since it was listed
        items = rows(answer, "items", client.place)
        found, words = read_replies(items, thread, video=video, now=client.reach.now())
        mentions, skipped = mentions + found, skipped + words
        further = text_of(answer, "nextPageToken")
        if further and (further in tokens or len(tokens) >= MOST_PAGES_OF_ONE):
            skipped.append(f"replies to {thread} do not end; {len(mentions)} are read, the others left out")
            further = ""
        if not further:
            return Batch(mentions=mentions, skipped=skipped, cursor={}), len(tokens)
        tokens.append(further)


def _owed(cursor: Cursor) -> list[str]:
    told = cursor.get("owed")
    return [each for each in told if isinstance(each, str)] if isinstance(told, list) else []
