"""What Algolia and Hacker News send, checked and turned into mentions; none of their dicts passes this border."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from collectors.json_pages import Table, each_read, id_of, moment_of, number_of, rows, table, text_of
from collectors.listing import Item, stamp
from model import Author, Json, Mention
from text import clean, from_html, one_line

HN = "https://news.ycombinator.com"
FIREBASE = "https://hacker-news.firebaseio.com/v0"


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of hits. ``n_hits`` is of the whole slice, ``n_pages`` how many pages Algolia gives of it.

    ``newest`` is when the newest of the page was said, in seconds since 1970; 0 for none.
    """

    items: Sequence[Item]
    skipped: Sequence[str]
    n_hits: int
    n_pages: int
    newest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What both services say of an item, under names of their own."""

    number: int
    title: str
    html: str
    author: str
    link: str
    published_at: datetime | None
    parent: int | None
    story: int | None


def read_hits(page: Table, what: str, *, now: datetime) -> Hits:
    """Read a page of hits; TryLater where it is none."""
    items, skipped = each_read(rows(page, "hits", what), lambda hit: _hit(hit, now=now))
    dates = [item.mention.published_at for item in items if item.mention is not None]
    newest = max((int(date.timestamp()) for date in dates if date is not None), default=0)
    return Hits(items, skipped, number_of(page, "nbHits") or 0, number_of(page, "nbPages") or 0, newest)


def read_item(told: object, external_id: str, *, now: datetime) -> Item | None:
    """Read one item of Hacker News; None where it is no such item, ``gone`` where it was taken back.

    A comment comes without a mention, for what it answers is told, and its story not.
    """
    data = table(told)
    if str(data.get("id")) != external_id:
        return None
    if data.get("deleted") is True or data.get("dead") is True:
        return Item(external_id, "gone", None, gone=True)
    if data.get("parent") is not None:
        return Item(external_id, "", None)
    said = _Said(
        number=id_of(data, "id"),
        title=text_of(data, "title"),
        html=text_of(data, "text"),
        author=text_of(data, "by"),
        link=text_of(data, "url"),
        published_at=moment_of(data, "time", now=now),
        parent=None,
        story=id_of(data, "id"),
    )
    return _item(said)


def _hit(hit: Table, *, now: datetime) -> Item:
    said = _Said(
        number=id_of(hit, "objectID"),
        title=text_of(hit, "title"),
        html=text_of(hit, "comment_text") or text_of(hit, "story_text"),
        author=text_of(hit, "author"),
        link=text_of(hit, "url"),
        published_at=moment_of(hit, "created_at_i", now=now),
        parent=number_of(hit, "parent_id"),
        story=number_of(hit, "story_id"),
    )
    if not said.title and not said.html:
        raise ValueError(f"{said.number} has neither a title nor a text")
    return _item(said)


def _item(said: _Said) -> Item:
    number = str(said.number)
    link = clean(said.link)
    title, words = one_line(from_html(said.title)), from_html(said.html)
    raw: dict[str, Json] = {"link": link} if link else {}
    mention = Mention(
        channel="hackernews",
        scope="",
        external_id=number,
        title=title,
        text=words,
        url=f"{HN}/item?id={number}",
        author=_author(said.author),
        published_at=said.published_at,
        parent_id=str(said.parent) if said.parent else None,
        thread_id=str(said.story or said.number),
        raw=raw,
    )
    return Item(number, stamp(title, words, link, said.author), mention)


def _author(name: str) -> Author | None:
    name = one_line(name)
    return Author(handle=name, name=name, url=f"{HN}/user?id={name}", external_id=name) if name else None
