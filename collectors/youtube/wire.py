"""What YouTube sends, checked and turned into mentions; no dict of YouTube's passes this file's border."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from collectors.json_pages import Table, each_read, moment_of, number_of, table, text_of
from collectors.listing import Item, stamp
from model import Author, Mention
from text import clean, one_line

SITE = "https://www.youtube.com"
COMMENT_ID = re.compile(r"[\w.-]{4,150}", re.ASCII)
VIDEO_ID = re.compile(r"[\w-]{6,20}", re.ASCII)
CHANNEL_ID = re.compile(r"UC[\w-]{10,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with those of its replies that came along. The item's stamp changes with each of them."""

    item: Item
    replies: Sequence[Mention]
    has_more: bool  # replies that did not come along
    skipped: Sequence[str]


def read_thread(thread: Table, *, now: datetime) -> Thread:
    """Read one item of commentThreads.list; ValueError says in words why it cannot be."""
    snippet = table(thread.get("snippet"))
    top = read_comment(table(snippet.get("topLevelComment")), now=now, video=text_of(snippet, "videoId"))
    given = table(thread.get("replies")).get("comments")
    items = given if isinstance(given, list) else []
    replies, skipped = read_replies(items, top.external_id, video=video_of(top), now=now)
    total = number_of(snippet, "totalReplyCount") or 0
    changes = stamp(top.text, top.edited_at, total, *((reply.external_id, reply.text) for reply in replies))
    return Thread(Item(top.external_id, changes, top), replies, total > len(items), skipped)


def read_replies(
    items: Sequence[object], parent_id: str, *, video: str, now: datetime
) -> tuple[list[Mention], list[str]]:
    """Read replies to one comment; what cannot be read is told in words."""
    return each_read(items, lambda item: read_comment(item, now=now, video=video, parent_id=parent_id))


def read_comment(item: Table, *, now: datetime, video: str = "", parent_id: str = "") -> Mention:
    """Read a comment or a reply; ``video`` and ``parent_id`` are what is known of it besides."""
    external_id, snippet = text_of(item, "id"), table(item.get("snippet"))
    if not COMMENT_ID.fullmatch(external_id):
        raise ValueError("it has no id that can be read")
    text = snippet.get("textDisplay")
    if not isinstance(text, str):
        raise ValueError(f"comment {external_id} has no text")
    video = next((each for each in (text_of(snippet, "videoId"), video) if VIDEO_ID.fullmatch(each)), "")
    parent = text_of(snippet, "parentId") or parent_id
    published_at = moment_of(snippet, "publishedAt", now=now)
    updated_at = moment_of(snippet, "updatedAt", now=now)
    return Mention(
        channel="youtube",
        scope="",
        external_id=external_id,
        text=clean(text),
        url=_url(external_id, video, text_of(snippet, "channelId")),
        author=_author(snippet),
        published_at=published_at,
        edited_at=updated_at if updated_at and published_at and updated_at > published_at else None,
        parent_id=parent or None,
        thread_id=parent or external_id,
        raw={"video": video} if video else {},
    )


def video_of(mention: Mention) -> str:
    """Return the id of the video that a comment is on; empty where that is not known."""
    return str(mention.raw.get("video", "")) if isinstance(mention.raw, dict) else ""


def _author(snippet: Table) -> Author | None:
    """The account. Its display name is its handle, ``@name``; an account of old may have no handle."""
    name = one_line(text_of(snippet, "authorDisplayName"), 200)
    number = text_of(table(snippet.get("authorChannelId")), "value")
    number = number if CHANNEL_ID.fullmatch(number) else ""
    if not name and not number:
        return None
    return Author(
        handle=name or number,
        name=name,
        url=f"{SITE}/channel/{number}" if number else "",
        external_id=number or name,
    )


def _url(external_id: str, video: str, channel: str) -> str:
    if video:
        return f"{SITE}/watch?v={video}&lc={external_id}"
    return f"{SITE}/channel/{channel}" if CHANNEL_ID.fullmatch(channel) else ""
