"""What Bluesky sends, checked and turned into mentions; no dict of Bluesky's passes this file's border."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from collectors.json_pages import Table, each_read, moment_of, table, text_of
from model import Author, Json, Mention
from text import clean, one_line

SITE = "https://bsky.app"
POST_URI = re.compile(
    r"at://(did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,200})/app\.bsky\.feed\.post/([A-Za-z0-9._~:-]{1,512})"
)
_HANDLE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_NO_HANDLE = "handle.invalid"  # what stands there when a name no longer leads to the account
_LINK = "app.bsky.richtext.facet#link"


@dataclass(frozen=True, slots=True)
class Post:
    """One post. ``version`` changes with its record; ``sorted_at`` is what searches sort by."""

    uri: str
    version: str
    sorted_at: datetime | None
    mention: Mention


@dataclass(frozen=True, slots=True)
class Posts:
    """The posts of one answer, in its order. ``uris`` has also those that could not be read."""

    posts: Sequence[Post]
    uris: Sequence[str]
    skipped: Sequence[str]
    cursor: str | None


def read_posts(answer: object, *, now: datetime) -> Posts | None:
    """Read an answer of searchPosts or getPosts, post by post; None when it is no such answer."""
    told = table(answer)
    views = told.get("posts")
    if not isinstance(views, list):
        return None
    posts, skipped = each_read(views, lambda view: read_post(view, now=now))
    uris = [text_of(table(view), "uri") for view in views]
    return Posts(posts, [uri for uri in uris if uri], skipped, text_of(told, "cursor") or None)


def read_post(view: Table, *, now: datetime) -> Post:
    """Read one post; ValueError says in words why it cannot be."""
    uri = text_of(view, "uri")
    found = POST_URI.fullmatch(uri)
    if found is None:
        raise ValueError("it has no id that can be read")
    record = table(view.get("record"))
    if not isinstance(record.get("text"), str):
        raise ValueError(f"post {found[2]} has no text")
    author = _author(table(view.get("author")), found[1])
    reply = table(record.get("reply"))
    sorted_at = _sorted_at(view, record, now=now)
    mention = Mention(
        channel="bluesky",
        scope="",
        external_id=uri,
        text=clean(_unshortened(text_of(record, "text"), record.get("facets"))),
        url=f"{SITE}/profile/{author.handle}/post/{found[2]}",
        author=author,
        lang=_language(record.get("langs")),
        published_at=sorted_at,
        parent_id=_reference(reply.get("parent")),
        thread_id=_reference(reply.get("root")) or uri,
        raw=_raw(table(record.get("embed"))),
    )
    return Post(uri, text_of(view, "cid"), sorted_at, mention)


def _sorted_at(view: Table, record: Table, *, now: datetime) -> datetime | None:
    """When it was written as its author's program says, but never later than when the service first saw it."""
    written_at, indexed_at = moment_of(record, "createdAt", now=now), moment_of(view, "indexedAt", now=now)
    if written_at is None or indexed_at is None:
        return written_at or indexed_at
    return min(written_at, indexed_at)


def _author(told: Table, did: str) -> Author:
    handle = text_of(told, "handle").lower()
    if not _HANDLE.fullmatch(handle) or handle == _NO_HANDLE:
        handle = did
    return Author(
        handle=handle,
        name=one_line(text_of(told, "displayName")),
        url=f"{SITE}/profile/{handle}",
        external_id=did,
    )


def _unshortened(text: str, facets: object) -> str:
    """Put whole addresses where programs show ``example.org/a-long…``. A facet counts bytes of UTF-8."""
    whole = text.encode("utf-8", "surrogatepass")
    links = sorted(_links(facets, len(whole)), reverse=True)
    below = len(whole)
    for start, end, uri in links:
        if end > below:
            continue
        shown = whole[start:end].decode("utf-8", "replace")
        if shown.endswith(("…", "...")):
            whole = whole[:start] + uri.encode("utf-8", "surrogatepass") + whole[end:]
        below = start
    return whole.decode("utf-8", "replace")


def _links(facets: object, size: int) -> list[tuple[int, int, str]]:
    found = []
    for facet in facets if isinstance(facets, list) else []:
        where = table(table(facet).get("index"))
        start, end = where.get("byteStart"), where.get("byteEnd")
        features = table(facet).get("features")
        uris = [
            text_of(table(each), "uri")
            for each in (features if isinstance(features, list) else [])
            if table(each).get("$type") == _LINK
        ]
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= size and any(uris):
            found.append((start, end, next(uri for uri in uris if uri)))
    return found


def _language(langs: object) -> str | None:
    first = langs[0] if isinstance(langs, list) and langs else None
    code = first.partition("-")[0].lower() if isinstance(first, str) else ""
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def _reference(value: object) -> str | None:
    uri = text_of(table(value), "uri")
    return uri if POST_URI.fullmatch(uri) else None


def _raw(embed: Table) -> Json:
    """What the mention has no word for: a quoted post, a page that is shown, what pictures show."""
    raw: dict[str, Json] = {}
    quoted = table(embed.get("record"))
    uri = text_of(quoted, "uri") or text_of(table(quoted.get("record")), "uri")
    if POST_URI.fullmatch(uri):
        raw["quoted"] = uri
    media = table(embed.get("media")) or embed
    if link := clean(text_of(table(media.get("external")), "uri")):
        raw["link"] = link
    if pictures := _pictures(media.get("images")):
        raw["pictures"] = pictures
    return raw


def _pictures(images: object) -> list[Json]:
    told = images[:10] if isinstance(images, list) else []
    words = [one_line(text_of(table(each), "alt")) for each in told]
    return [each for each in words if each]
