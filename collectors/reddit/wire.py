"""What Reddit sends, checked and turned into mentions; no dict of Reddit's passes this file's border.

praw would build its objects for a whole listing at once, and one child that it cannot build (an author of
``null``, measured on praw 8.0.3) takes the other 99 with it. So praw fetches, and the children are read here
one by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from model import Author, Json, Mention
from text import clean, one_line

SITE = "https://www.reddit.com"
TAKEN_AWAY = ("[deleted]", "[removed]")
FULLNAME = re.compile(r"t[13]_[0-9a-z]{1,13}")
REDDIT_OPENED = datetime(2005, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """One post or comment. ``mention`` is None where it was taken away at Reddit, or its author's account was.

    ``stamp`` is a short hash of all that an edit or a deletion can change; score and votes are not in it.
    """

    name: str
    stamp: str
    mention: Mention | None
    thread_title: str = ""
    thread_author: str = ""

    @property
    def number(self) -> int:
        """Reddit counts upwards, in base 36, per kind: a higher number is a newer item."""
        return number(self.name)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing, newest first. ``after`` is the fullname to go on from, or None at the end."""

    items: Sequence[Item]
    after: str | None
    skipped: Sequence[str]


def number(name: str) -> int:
    """Return the count in a fullname: ``t3_10`` is 36."""
    return int(name[3:], 36)


def read_page(answer: object, *, now: datetime) -> Page | None:
    """Read a listing, child by child; None when the answer is no listing at all."""
    data = answer.get("data") if isinstance(answer, dict) else None
    children = data.get("children") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(children, list):
        return None
    items: list[Item] = []
    skipped: list[str] = []
    for place, child in enumerate(children, start=1):
        try:
            items.append(read_item(child, now=now))
        except ValueError as error:
            skipped.append(f"item {place} of the page: {error}")
    after = data.get("after")
    return Page(items, after if isinstance(after, str) and FULLNAME.fullmatch(after) else None, skipped)


def read_item(child: object, *, now: datetime) -> Item:
    """Read one child of a listing; ValueError says in words why it cannot be."""
    data = child.get("data") if isinstance(child, dict) else None
    if not isinstance(child, dict) or not isinstance(data, dict):
        raise ValueError("it is not a post or a comment")
    name = _fullname(child.get("kind"), data)
    is_post = name.startswith("t3_")
    body = _string(data, "selftext" if is_post else "body")
    title = _string(data, "title") or ""
    if body is None and not (is_post and title):
        raise ValueError(f"{name} has no text")
    edited_at = _moment(data.get("edited"), now=now)
    if _taken_away(data, body):
        return Item(name, _stamp("gone"), None)
    author = _author(data)
    mention = Mention(
        channel="reddit",
        scope="",
        external_id=name,
        title=one_line(title),
        text=clean(body or ""),
        url=_url(name, data),
        author=author,
        published_at=_moment(data.get("created_utc"), now=now),
        edited_at=edited_at,
        parent_id=None if is_post else _reference(data, "parent_id"),
        thread_id=name if is_post else _reference(data, "link_id"),
        raw=_raw(data),
    )
    return Item(
        name,
        _stamp(author.handle if author else "", mention.title, mention.text, str(edited_at)),
        mention,
        thread_title=mention.title if is_post else one_line(_string(data, "link_title") or ""),
        thread_author=_string(data, "link_author") or "",
    )


def _fullname(kind: object, data: Mapping[str, object]) -> str:
    """Return ``t3_…`` or ``t1_…``; a name and a kind that contradict each other are no name."""
    name = data.get("name")
    if name is None and isinstance(data.get("id"), str):
        name = f"{kind}_{data['id']}"
    if not isinstance(name, str) or not FULLNAME.fullmatch(name) or not name.startswith(f"{kind}_"):
        raise ValueError("it has no id that can be read")
    return name


def _string(data: Mapping[str, object], key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) else None


def _taken_away(data: Mapping[str, object], body: str | None) -> bool:
    """Deleted by its author, or removed by a moderator or Reddit; or its author's account was deleted.

    Then Reddit still shows the text, without a name, and wants all forgotten that leads to the person.
    """
    taken_away = (body or "").strip() in TAKEN_AWAY or data.get("author") in TAKEN_AWAY
    return taken_away or isinstance(data.get("removed_by_category"), str)


def _author(data: Mapping[str, object]) -> Author | None:
    name = one_line(_string(data, "author") or "")
    if not name:
        return None
    return Author(handle=name, name=name, url=f"{SITE}/user/{name}", external_id=name)


def _moment(value: object, *, now: datetime) -> datetime | None:
    """Read seconds since 1970; None for ``false``, nonsense, and what lies before Reddit or after tomorrow."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not REDDIT_OPENED.timestamp() <= value < (now + timedelta(days=1)).timestamp():
        return None
    return datetime.fromtimestamp(value, UTC)


def _reference(data: Mapping[str, object], key: str) -> str | None:
    value = _string(data, key)
    return value if value is not None and FULLNAME.fullmatch(value) else None


def _url(name: str, data: Mapping[str, object]) -> str:
    """The permalink; listings of 2016 have none for comments, and Reddit finds those by their ids alone."""
    permalink = _string(data, "permalink")
    if permalink is not None and permalink.startswith("/r/"):
        return SITE + clean(permalink).partition("?")[0]
    if name.startswith("t3_"):
        return f"{SITE}/comments/{name[3:]}/"
    thread = _reference(data, "link_id")
    return f"{SITE}/comments/{thread[3:]}/_/{name[3:]}/" if thread else ""


def _raw(data: Mapping[str, object]) -> Json:
    """The little that the mention has no word for: the subreddit, a link post's target, the flair."""
    raw: dict[str, Json] = {}
    for key, name in (("subreddit", "subreddit"), ("link_flair_text", "flair")):
        if value := _string(data, key):
            raw[name] = one_line(value)
    link = _string(data, "url")
    if data.get("is_self") is False and link:
        raw["link"] = clean(link)
    return raw


def _stamp(*parts: str) -> str:
    told = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(told, digest_size=4).hexdigest()
