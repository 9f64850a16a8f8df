"""What X sends, checked and turned into mentions; no dict of X's passes this file's border.

tweepy would build its objects for a whole page at once, and one post without a text takes the other 99 with it
(KeyError, read in tweepy 4.17). So tweepy fetches, and the posts are read here one by one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from model import Author, Json, Mention
from text import clean, one_line

SITE = "https://x.com"
FIELDS = (
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "lang",
    "note_tweet",
    "referenced_tweets",
)
WHAT = {"tweet_fields": list(FIELDS), "expansions": ["author_id"], "user_fields": ["name", "username"]}
POST_ID = re.compile(r"[0-9]{1,20}")
HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
FIRST_MILLISECOND = 1_288_834_974_657  # since 1970: the epoch of X's ids
FIRST_DATED_ID = 1 << 56  # lower ids are older than 2012 or not X's own
OTHER_NAMES = {"in": "id", "iw": "he", "ji": "yi"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search, newest first. ``ids`` are those of all posts on it, read or not.

    ``posts`` and ``users`` name all that X charges for.
    """

    mentions: Sequence[Mention]
    ids: Sequence[int]
    next_token: str | None
    skipped: Sequence[str]
    gone: Sequence[str]
    posts: Sequence[str]
    users: Sequence[str]


def read_page(answer: object, *, now: datetime) -> Page | None:
    """Read one answer of the search; None when it is no such answer."""
    if not isinstance(answer, dict) or not isinstance(answer.get("meta", {}), dict):
        return None
    posts = answer.get("data", [])
    if not isinstance(posts, list) or not ("meta" in answer or "data" in answer):
        return None
    authors = _authors(answer.get("includes"))
    mentions: list[Mention] = []
    skipped: list[str] = []
    for place, post in enumerate(posts, start=1):
        try:
            mentions.append(read_post(post, authors, now=now))
        except ValueError as error:
            skipped.append(f"post {place} of the page: {error}")
    gone, faults = _read_errors(answer.get("errors"))
    token = answer.get("meta", {}).get("next_token")
    ids = [int(post["id"]) for post in posts if isinstance(post, dict) and _is_id(post.get("id"))]
    return Page(
        mentions,
        ids,
        token if isinstance(token, str) and token else None,
        [*skipped, *faults],
        gone,
        _charged(posts),
        _charged(_users(answer.get("includes"))),
    )


@dataclass(frozen=True, slots=True)
class Lookup:
    """What X told of posts that were asked for by id; the keys are the ids of their first versions.

    ``newest`` has those that were told as they stand now; ``edited`` the id under which others stand.
    """

    newest: Mapping[str, Mention]
    edited: Mapping[str, str]
    gone: frozenset[str]


def read_lookup(answer: object, *, now: datetime) -> Lookup | None:
    """Read one answer to a lookup; None when it is no such answer. A post that cannot be read is left out."""
    if not isinstance(answer, dict) or not ("data" in answer or "errors" in answer):
        return None
    posts, errors = answer.get("data", []), answer.get("errors", [])
    if not isinstance(posts, list) or not isinstance(errors, list):
        return None
    authors = _authors(answer.get("includes"))
    newest: dict[str, Mention] = {}
    edited: dict[str, str] = {}
    for post in posts:
        try:
            mention = read_post(post, authors, now=now)
        except ValueError:
            continue
        last = max(_versions(post), key=int)
        if last == post["id"]:
            newest[mention.external_id] = mention
        else:
            edited[mention.external_id] = last
    gone = frozenset(str(each["resource_id"]) for each in errors if _says_gone(each))
    return Lookup(newest, edited, gone)


def _says_gone(error: object) -> bool:
    """Deleted; or not shown to us any more: its account is protected or suspended, and X wants it forgotten too."""
    if not isinstance(error, dict) or error.get("resource_type") != "tweet":
        return False
    return error.get("title") in ("Not Found Error", "Authorization Error") and _is_id(
        error.get("resource_id")
    )


def read_post(post: object, authors: Mapping[str, Author], *, now: datetime) -> Mention:
    """Read one post; ValueError says in words why it cannot be.

    X gives an edited post a new id. The mention keeps the first one, so that an edit is an edit.
    """
    if not isinstance(post, dict) or not _is_id(post.get("id")):
        raise ValueError("it has no id that can be read")
    newest = str(post["id"])
    text = _text(post)
    if text is None:
        raise ValueError(f"{newest} has no text")
    versions = _versions(post)
    first, newest = min(versions, key=int), max(versions, key=int)
    author = authors.get(str(post.get("author_id")))
    told_at = _moment(post.get("created_at"), now=now)
    published_at, edited_at = _times(first, newest, told_at, now=now)
    return Mention(
        channel="x",
        scope="",
        external_id=first,
        text=text,
        url=f"{SITE}/{author.handle if author else 'i'}/status/{newest}",
        author=author,
        lang=_language(post.get("lang")),
        published_at=published_at,
        edited_at=edited_at,
        parent_id=_parent(post.get("referenced_tweets")),
        thread_id=str(post["conversation_id"]) if _is_id(post.get("conversation_id")) else None,
        raw=_raw(post),
    )


def _versions(post: Mapping[str, object]) -> list[str]:
    history = post.get("edit_history_tweet_ids")
    return [*filter(_is_id, history if isinstance(history, list) else []), str(post["id"])]


def dated(post_id: str | int, *, now: datetime) -> datetime | None:
    """Return the second in which a post was written, which its id tells; None for ids that do not."""
    if int(post_id) < FIRST_DATED_ID:
        return None
    moment = datetime.fromtimestamp(((int(post_id) >> 22) + FIRST_MILLISECOND) // 1000, UTC)
    return moment if moment < now + timedelta(days=1) else None


def _times(
    first: str, newest: str, told_at: datetime | None, *, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return when the first version was written, and when the newest if that is another.

    ``created_at`` is that of one version; the ids date both, unless they disagree with it and are not X's own.
    """
    written_at, edited_at = dated(first, now=now), dated(newest, now=now)
    if first == newest:
        return told_at or written_at, None
    if written_at and edited_at and (told_at is None or abs(edited_at - told_at) < timedelta(days=1)):
        return written_at, edited_at
    return told_at, told_at


def _charged(things: Sequence[object]) -> list[str]:
    """Return the ids; what has none is charged for all the same."""
    ids = [thing.get("id") if isinstance(thing, dict) else None for thing in things]
    return [str(each) if _is_id(each) else f"?{place}" for place, each in enumerate(ids)]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and POST_ID.fullmatch(value) is not None


def _text(post: Mapping[str, object]) -> str | None:
    """The whole text, cleaned: of a long post too, without HTML's escapes, and with links as they were written."""
    note = post.get("note_tweet")
    parts: list[Mapping[str, object]] = [note, post] if isinstance(note, dict) else [post]
    whole = next((part for part in parts if isinstance(part.get("text"), str)), None)
    if whole is None:
        return None
    text = str(whole["text"])
    entities = whole.get("entities")
    links = entities.get("urls") if isinstance(entities, dict) else None
    for link in links if isinstance(links, list) else []:
        short, long = (link.get("url"), link.get("expanded_url")) if isinstance(link, dict) else (None, None)
        if isinstance(short, str) and short and isinstance(long, str) and long:
            text = text.replace(short, long)
    return clean(html.unescape(text))


def _authors(includes: object) -> dict[str, Author]:
    authors = {}
    for user in _users(includes):
        handle = user.get("username") if isinstance(user, dict) else None
        if isinstance(handle, str) and HANDLE.fullmatch(handle) and _is_id(user.get("id")):
            name = user.get("name")
            authors[user["id"]] = Author(
                handle=handle,
                name=one_line(name) if isinstance(name, str) else "",
                url=f"{SITE}/{handle}",
                external_id=user["id"],
            )
    return authors


def _users(includes: object) -> Sequence[Any]:
    users = includes.get("users") if isinstance(includes, dict) else None
    return users if isinstance(users, list) else []


def _moment(value: object, *, now: datetime) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None or moment >= now + timedelta(days=1):
        return None
    return moment.astimezone(UTC)


def _language(value: object) -> str | None:
    """ISO 639-1 where X names a language; it has codes of its own for "none" (und, qme, zxx, art …)."""
    code = value.partition("-")[0].lower() if isinstance(value, str) else ""
    return OTHER_NAMES.get(code, code) if len(code) == 2 and code.isalpha() else None


def _parent(references: object) -> str | None:
    for reference in references if isinstance(references, list) else []:
        if (
            isinstance(reference, dict)
            and reference.get("type") == "replied_to"
            and _is_id(reference.get("id"))
        ):
            return str(reference["id"])
    return None


def _raw(post: Mapping[str, object]) -> Json:
    """What the mention has no word for: which post this one quotes or repeats."""
    references = post.get("referenced_tweets")
    raw: dict[str, Json] = {}
    for reference in references if isinstance(references, list) else []:
        kind = reference.get("type") if isinstance(reference, dict) else None
        if kind in ("quoted", "retweeted") and _is_id(reference.get("id")):
            raw[str(kind)] = str(reference["id"])
    return raw


def _read_errors(errors: object) -> tuple[list[str], list[str]]:
    """Return what X says is gone, and in words what it would not show, from the ``errors`` of a 200."""
    gone: list[str] = []
    words: list[str] = []
    for error in errors if isinstance(errors, list) else []:
        if not isinstance(error, dict):
            words.append("X reported a fault without saying which")
            continue
        is_post_itself = error.get("resource_type") == "tweet" and error.get("parameter") in ("id", "ids")
        if is_post_itself and error.get("title") == "Not Found Error" and _is_id(error.get("resource_id")):
            gone.append(str(error["resource_id"]))
            continue
        what = one_line(f"{error.get('resource_type', 'something')} {error.get('resource_id', '')}")
        words.append(f"X did not show {what}: {clean(str(error.get('title', 'no reason given')))}"[:200])
    return gone, words
