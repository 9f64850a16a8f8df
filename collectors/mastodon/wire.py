"""What a Mastodon server sends, checked and turned into mentions; no dict of Mastodon's passes this file's border.

Only what is public is kept, and only of people who did not say that they do not want it: ``#nobot`` in a profile
counts everywhere; an account that is not to be found by strangers (``discoverable`` false, ``noindex``) counts
unless it speaks to our own account.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from collectors.json_pages import Table, each_read, moment_of, number_of, table, text_of
from model import Author, Json, Mention, account_key
from text import clean, from_html, one_line

STATUS_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
NO_BOT = re.compile(r"#\s?no-?(?:bots?|archive|index)\b", re.IGNORECASE)
_ACCOUNT = re.compile(r"[\w.-]{1,100}(?:@[\w.:-]{1,255})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where statuses are read, and for whom. ``ours`` are our own accounts as they are compared."""

    instance: str
    ours: frozenset[str]
    now: datetime
    speaks_to_us: bool = False  # what is read was said to our own account


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status. ``position`` is its id in the list; ``mention`` is None where it is not ours to keep."""

    position: str
    mention: Mention | None
    author_key: str
    n_replies: int
    parent_id: str | None
    said_at: datetime | None
    status_id: str


def read_statuses(answer: object, place: Place) -> tuple[list[Status], list[str]] | None:
    """Read a list of statuses or notifications, one by one, and say in words what could not be; None: it is none."""
    if not isinstance(answer, list):
        return None
    return each_read(answer, lambda item: read_status(item, place))


def read_found(answer: object, place: Place) -> tuple[list[Status], list[str]] | None:
    """Read what a search answers; as for a list."""
    return read_statuses(table(answer).get("statuses"), place)


def read_context(answer: object, place: Place) -> tuple[list[Status], list[Status]]:
    """Read what stands above a status, the first of its thread first, and what stands below it."""
    told = table(answer)
    above = read_statuses(told.get("ancestors"), place) or ([], [])
    below = read_statuses(told.get("descendants"), place) or ([], [])
    return above[0], below[0]


def read_status(item: Table, place: Place) -> Status:
    """Read one status, or the one in a notification; ValueError says in words why it cannot be."""
    told = table(item.get("status")) if "status" in item else item
    status_id, position = text_of(told, "id"), text_of(item, "id")
    if not STATUS_ID.fullmatch(status_id) or not STATUS_ID.fullmatch(position):
        raise ValueError("it has no id that can be read")
    if not isinstance(told.get("content"), str):
        raise ValueError(f"status {status_id} has no text")
    account = table(told.get("account"))
    author = _author(account, place.instance)
    said_at = moment_of(told, "created_at", now=place.now)
    mention = _mention(told, author, said_at, place)
    parent = text_of(told, "in_reply_to_id")
    return Status(
        position=position,
        mention=mention if _may_be_kept(told, account, author, place) else None,
        author_key=account_key(author.handle) if author else "",
        n_replies=number_of(told, "replies_count") or 0,
        parent_id=parent if STATUS_ID.fullmatch(parent) else None,
        said_at=said_at,
        status_id=status_id,
    )


def ids_of(answer: object) -> Sequence[str]:
    """Return the ids in a list of statuses, also of those that cannot be read."""
    told = answer if isinstance(answer, list) else []
    return [text_of(table(each), "id") for each in told]


def _mention(told: Table, author: Author | None, said_at: datetime | None, place: Place) -> Mention:
    status_id, parent = text_of(told, "id"), text_of(told, "in_reply_to_id")
    return Mention(
        channel="mastodon",
        scope=place.instance,
        external_id=status_id,
        title=one_line(text_of(told, "spoiler_text")),
        text=from_html(text_of(told, "content")),
        url=_url(told),
        author=author,
        lang=_language(text_of(told, "language")),
        published_at=said_at,
        edited_at=moment_of(told, "edited_at", now=place.now),
        parent_id=parent if STATUS_ID.fullmatch(parent) else None,
        thread_id=parent if STATUS_ID.fullmatch(parent) else status_id,
        raw=_raw(told),
    )


def _may_be_kept(told: Table, account: Table, author: Author | None, place: Place) -> bool:
    if told.get("visibility") != "public" or table(told.get("reblog")):
        return False
    if author is not None and account_key(author.handle) in place.ours:
        return True
    if account.get("suspended") is True or NO_BOT.search(_profile(account)):
        return False
    hides = account.get("discoverable") is False or account.get("noindex") is True
    return place.speaks_to_us or not hides


def _profile(account: Table) -> str:
    listed = account.get("fields")
    fields = [table(each) for each in (listed if isinstance(listed, list) else [])[:20]]
    parts = [text_of(account, "note"), *(text_of(each, key) for each in fields for key in ("name", "value"))]
    return from_html("\n".join(parts), 10_000)


def _author(account: Table, instance: str) -> Author | None:
    """The account as people write it, ``@rfn@social.example``; the instance leaves its own name out."""
    name = text_of(account, "acct") or text_of(account, "username")
    if not _ACCOUNT.fullmatch(name):
        return None
    return Author(
        handle=f"@{name}" if "@" in name else f"@{name}@{instance}",
        name=one_line(text_of(account, "display_name")),
        url=_web(text_of(account, "url")),
        external_id=text_of(account, "id")[:64],
    )


def _url(told: Table) -> str:
    return _web(text_of(told, "url")) or _web(text_of(told, "uri"))


def _web(url: str) -> str:
    url = clean(url)
    return url if url.startswith(("https://", "http://")) else ""


def _language(code: str) -> str | None:
    code = code.partition("-")[0].lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def _raw(told: Table) -> Json:
    """What the mention has no word for: the page that is shown, what pictures show, what is quoted."""
    raw: dict[str, Json] = {}
    if link := _web(text_of(table(told.get("card")), "url")):
        raw["link"] = link
    media = told.get("media_attachments")
    words = [
        one_line(text_of(table(each), "description")) for each in (media if isinstance(media, list) else [])
    ]
    if pictures := [each for each in words[:10] if each]:
        raw["pictures"] = pictures
    quoted = table(told.get("quote"))
    quoted_id = text_of(quoted, "quoted_status_id") or text_of(table(quoted.get("quoted_status")), "id")
    if STATUS_ID.fullmatch(quoted_id):
        raw["quoted"] = quoted_id
    return raw
