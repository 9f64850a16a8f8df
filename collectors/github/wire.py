"""What GitHub sends, checked and turned into mentions; no dict of GitHub's passes this file's border.

A thread's id is ``owner/name#12``, so that a comment names its thread without a further request; a comment's is
GitHub's node id, by which a hundred are asked about at once. The text is what was written, Markdown and all, but
for the hidden remarks of templates: REST and GraphQL give the same source, while their plain texts may differ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from collectors.json_pages import Table, moment_of, number_of, table, text_of
from collectors.listing import stamp
from model import Author, Json, Mention
from text import clean, one_line

NODE_ID = re.compile(r"[A-Za-z0-9_=+/-]{4,200}")
NUMBERED = re.compile(r"/(?:issues|pull|discussions)/(\d{1,12})(?:$|[#?/])")
HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
GHOST = "ghost"  # the account that everything of deleted accounts is shown under
KINDS = {"Issue": "issues", "PullRequest": "pulls", "Discussion": "discussions"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are: the repository as the configuration names it, and the scope of its ids."""

    repository: str  # lower case; GitHub does not tell cases apart
    scope: str

    def thread(self, number: int | str) -> str:
        """Return the external id of an issue, pull request or discussion."""
        return f"{self.repository}#{number}"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a list. ``mention`` is None where its account is deleted.

    ``stamp`` is a short hash of what an edit can change: labels, votes and states are not in it.
    """

    external_id: str
    kind: str  # issues, pulls or discussions: what sort of thread it is or stands in
    updated_at: datetime
    stamp: str
    mention: Mention | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, as GitHub ordered it."""

    items: Sequence[Item]
    skipped: Sequence[str]


def read_page(answer: object, place: Place, *, now: datetime) -> Page | None:
    """Read a page of issues or comments, one by one; None when the answer is no list."""
    if not isinstance(answer, list):
        return None
    items: list[Item] = []
    skipped: list[str] = []
    for number, each in enumerate(answer, start=1):
        try:
            items.append(read_rest(each, place, now=now))
        except ValueError as error:
            skipped.append(f"item {number} of the page: {error}")
    return Page(items, skipped)


def read_rest(thing: object, place: Place, *, now: datetime) -> Item:
    """Read an issue, a pull request or a comment of REST; ValueError says in words why it cannot be."""
    data = _mapping(thing)
    number = number_of(data, "number")
    if number:
        kind, external_id, thread = (
            "pulls" if data.get("pull_request") is not None else "issues",
            place.thread(number),
            None,
        )
    else:
        kind = "pulls" if "/pull/" in text_of(data, "html_url") else "issues"
        external_id, thread = _node_id(data.get("node_id")), _thread(data, "issue_url", place)
    published_at = moment_of(data, "created_at", now=now)
    updated_at = moment_of(data, "updated_at", now=now) or published_at
    if updated_at is None:
        raise ValueError(f"{external_id} has no time of change")
    is_edited = thread is not None and published_at is not None and updated_at > published_at
    mention = _mention(
        data,
        place,
        external_id,
        thread=thread,
        raw=_raw(data, kind, "author_association"),
        author=_rest_author(data.get("user")),
        published_at=published_at,
        edited_at=updated_at if is_edited else None,  # an issue's updated_at moves with each comment
    )
    return _item(mention, kind, updated_at)


def read_graphql(thing: object, place: Place, *, now: datetime, thread: str | None = None) -> Item:
    """Read a node of GraphQL: any thread, or a comment on one; ValueError says why it cannot be.

    ``thread`` is the comment's, where the query asked within one.
    """
    data = _mapping(thing)
    number = number_of(data, "number")
    kind = KINDS.get(text_of(data, "__typename"), "")
    external_id = place.thread(number) if number else _node_id(data.get("id"))
    kind, thread = (kind, None) if number else _around(data, place, thread)
    published_at = moment_of(data, "createdAt", now=now)
    mention = _mention(
        data,
        place,
        external_id,
        thread=thread,
        raw=_raw(data, kind, "authorAssociation"),
        author=_graphql_author(data.get("author")),
        published_at=published_at,
        edited_at=moment_of(data, "lastEditedAt", now=now),
    )
    parent = table(data.get("replyTo")).get("id")
    if parent is not None:
        mention = replace(mention, parent_id=_node_id(parent))
    updated_at = moment_of(data, "updatedAt", now=now) or published_at or now
    return _item(mention, kind, updated_at)


def _around(data: Table, place: Place, thread: str | None) -> tuple[str, str]:
    """Return the kind and the id of the thread that a comment of GraphQL stands in."""
    for key, kind in (("discussion", "discussions"), ("pullRequest", "pulls"), ("issue", "issues")):
        number = number_of(table(data.get(key)), "number")
        if number:
            return kind, place.thread(number)
    return "discussions", thread or _thread(data, "url", place)


def _mention(
    data: Table,
    place: Place,
    external_id: str,
    *,
    thread: str | None,
    raw: Json,
    author: Author | None,
    published_at: datetime | None,
    edited_at: datetime | None,
) -> Mention:
    body, title = data.get("body"), one_line(text_of(data, "title"))
    if not isinstance(body, str) and not title:  # an issue may have a title and a body of null
        raise ValueError(f"{external_id} has no text")
    link = clean(text_of(data, "html_url") or text_of(data, "url"))
    return Mention(
        channel="github",
        scope=place.scope,
        external_id=external_id,
        title=title,
        text=clean(HIDDEN.sub("", body)) if isinstance(body, str) else "",
        url=link if link.startswith(("https://", "http://")) else "",
        author=author,
        published_at=published_at,
        edited_at=edited_at,
        parent_id=thread,
        thread_id=thread or external_id,
        raw=raw,
    )


def _item(mention: Mention, kind: str, updated_at: datetime) -> Item:
    author = mention.author
    changes = stamp(author.handle if author else "", mention.title, mention.text)
    return Item(mention.external_id, kind, updated_at, changes, mention if author else None)


def _rest_author(user: object) -> Author | None:
    """The account; None where it was deleted."""
    data = table(user)
    login = one_line(text_of(data, "login"), 100)
    return _author(login, number_of(data, "id"))


def _graphql_author(actor: object) -> Author | None:
    """The same of GraphQL, where a bot stands without its ``[bot]``."""
    data = table(actor)
    login = one_line(text_of(data, "login"), 100)
    if data.get("__typename") == "Bot" and login and not login.endswith("[bot]"):
        login += "[bot]"
    return _author(login, number_of(data, "databaseId"))


def _author(login: str, number: int | None) -> Author | None:
    if not login or login == GHOST:
        return None
    page = login.removesuffix("[bot]")
    url = f"https://github.com/{'apps/' if page != login else ''}{page}"
    return Author(handle=login, name=login, url=url, external_id=str(number or login))


def _raw(data: Table, kind: str, association: str) -> Json:
    """The little that the mention has no word for: the sort of thread, and how the author belongs to the project."""
    told = text_of(data, association)
    return {"kind": kind} | ({"association": one_line(told, 40)} if told else {})


def _thread(data: Table, key: str, place: Place) -> str:
    found = NUMBERED.search(text_of(data, key))
    if found is None:
        raise ValueError("it does not say what it is a comment on")
    return place.thread(found[1])


def _node_id(value: object) -> str:
    if not isinstance(value, str) or not NODE_ID.fullmatch(value):
        raise ValueError("it has no id that can be read")
    return value


def _mapping(value: object) -> Table:
    if not isinstance(value, dict):
        raise ValueError("it is no issue and no comment")
    return value
