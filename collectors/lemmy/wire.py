"""What Lemmy sends, checked and turned into mentions; no dict of Lemmy's passes this file's border."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from collectors.json_pages import Table, id_of, moment_of, table, text_of
from collectors.listing import Item, stamp
from model import Author, Json, Mention
from text import clean, one_line

PATH = re.compile(r"0(\.\d{1,15}){1,300}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Instance:
    """What is the same for everything in a poll."""

    url: str
    scope: str
    now: datetime


def post_item(view: Table, instance: Instance) -> Item:
    """Read one post; ValueError says in words why it cannot be. ``gone`` where it or its author is."""
    post, creator = table(view.get("post")), table(view.get("creator"))
    number = id_of(post, "id")
    external_id = f"p{number}"
    if _is_gone(post, creator):
        return Item(external_id, "gone", None, gone=True)
    title, words = one_line(text_of(post, "name")), clean(text_of(post, "body"))
    if not title and not words:
        raise ValueError(f"post {number} has neither a title nor a text")
    link = clean(text_of(post, "url"))
    mention = Mention(
        channel="lemmy",
        scope=instance.scope,
        external_id=external_id,
        title=title,
        text=words,
        url=_url(post, f"{instance.url}/post/{number}"),
        author=_author(creator, instance),
        published_at=moment_of(post, "published", now=instance.now),
        edited_at=moment_of(post, "updated", now=instance.now),
        thread_id=external_id,
        raw=_raw(view, link),
    )
    return Item(external_id, stamp(title, words, link), mention)


def comment_item(view: Table, instance: Instance) -> Item:
    """Read one comment, as post_item does a post."""
    comment, creator = table(view.get("comment")), table(view.get("creator"))
    number = id_of(comment, "id")
    external_id = f"c{number}"
    if _is_gone(comment, creator):
        return Item(external_id, "gone", None, gone=True)
    content = comment.get("content")
    if not isinstance(content, str):
        raise ValueError(f"comment {number} has no text")
    words = clean(content)
    thread = f"p{id_of(comment, 'post_id')}"
    mention = Mention(
        channel="lemmy",
        scope=instance.scope,
        external_id=external_id,
        text=words,
        url=_url(comment, f"{instance.url}/comment/{number}"),
        author=_author(creator, instance),
        published_at=moment_of(comment, "published", now=instance.now),
        edited_at=moment_of(comment, "updated", now=instance.now),
        parent_id=_parent(comment, thread),
        thread_id=thread,
        raw=_raw(view, ""),
    )
    return Item(external_id, stamp(words), mention)


def _is_gone(said: Table, creator: Table) -> bool:
    """Deleted by its author, removed by a moderator, or of an account that was deleted."""
    return said.get("deleted") is True or said.get("removed") is True or creator.get("deleted") is True


def _parent(comment: Table, thread: str) -> str:
    """Return what a comment answers: its path is 0, the comments above it, and itself."""
    path = text_of(comment, "path")
    above = path.split(".")[1:-1] if PATH.fullmatch(path) else []
    return f"c{above[-1]}" if above else thread


def _author(creator: Table, instance: Instance) -> Author | None:
    name = one_line(text_of(creator, "name"))
    if not name:
        return None
    address = text_of(creator, "actor_id")
    host = _host(address) or instance.scope
    shown = one_line(text_of(creator, "display_name")) or name
    return Author(
        handle=f"@{name}@{host}", name=shown, url=_web(address), external_id=address or f"{name}@{host}"
    )


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _url(said: Table, here: str) -> str:
    """The original on its author's instance; else where this instance shows it."""
    return _web(text_of(said, "ap_id")) or here


def _web(address: str) -> str:
    return clean(address) if address.startswith(("https://", "http://")) else ""


def _raw(view: Table, link: str) -> Json:
    raw: dict[str, Json] = {}
    if name := one_line(text_of(table(view.get("community")), "name")):
        raw["community"] = name
    if link:
        raw["link"] = link
    return raw
