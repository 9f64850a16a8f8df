"""From entries to mentions. A post's author is the host that we asked: what a feed says of itself proves nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from collectors.rss.comments import Comment, comment_of
from collectors.rss.entries import Entry, Feed, Said, plausible
from collectors.rss.identity import canonical
from collectors.rss.links import is_settled
from model import Author, Json, Mention
from text import clean, from_html, one_line

CHANNEL = "rss"
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_].{0,20})?")
_LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a feed was read."""

    host: str
    now: datetime


def mentions(told: Mapping[str, Entry], feed: Feed, place: Place) -> list[Mention]:
    """Return a mention for each entry, by its external id."""
    parents = {identity: canonical(entry.answers) for identity, entry in told.items() if entry.answers}
    names = _Names()
    return [_mention(identity, entry, feed, place, parents, names) for identity, entry in told.items()]


class _Names(dict[str, str]):
    """What the feed and its writers are called, by how they are written: cleaned once, not once an entry."""

    def __missing__(self, written: str) -> str:
        self[written] = name = one_line(from_html(written), 200)
        return name


def _mention(
    identity: str, entry: Entry, feed: Feed, place: Place, parents: Mapping[str, str], names: _Names
) -> Mention:
    comment = comment_of(entry)
    if comment is not None:
        return _commented(identity, comment, feed, place, names)
    return _told(identity, entry, feed, place, parents, names)


def _commented(identity: str, comment: Comment, feed: Feed, place: Place, names: _Names) -> Mention:
    """Return a comment: by whoever signs it, for anybody may comment at a host."""
    heard = _told(identity, comment.entry, feed, place, {}, names)
    name = names[comment.entry.author]
    return replace(
        heard,
        author=Author(
            handle=f"{name or 'a comment'} at {place.host}", name=name, url=_web(comment.entry.author_url)
        ),
        parent_id=comment.parent_id,
        thread_id=comment.thread_id,
        raw={**_raw(comment.entry, names[feed.title]), **({"on": comment.on} if comment.on else {})},
    )


def _told(
    identity: str, entry: Entry, feed: Feed, place: Place, parents: Mapping[str, str], names: _Names
) -> Mention:
    published, updated = plausible(entry.published, now=place.now), plausible(entry.updated, now=place.now)
    return Mention(
        channel=CHANNEL,
        external_id=identity,
        title=one_line(_plain(entry.title)),
        text=_plain(entry.body),
        url=_web(entry.link) or _web(entry.id),
        author=Author(
            handle=place.host,
            name=names[entry.author or feed.author or feed.title],
            url=_web(entry.author_url),
        ),
        lang=_language(entry.lang) or _language(feed.lang),
        published_at=published or updated,
        edited_at=updated if published and updated and updated > published else None,
        parent_id=parents.get(identity),
        thread_id=_begun_by(identity, parents),
        raw=_raw(entry, names[feed.title]),
    )


def _begun_by(identity: str, parents: Mapping[str, str]) -> str | None:
    """Return the first known mention of a conversation; None for one that answers nothing."""
    passed = {identity}
    while (parent := parents.get(identity)) is not None and parent not in passed:
        passed.add(parent)
        identity = parent
    return identity if len(passed) > 1 else None


def _plain(said: Said) -> str:
    return from_html(said.value) if said.is_html else clean(said.value)


def _language(said: str) -> str | None:
    found = _LANGUAGE.fullmatch(said.strip())
    return found[1].lower() if found else None


def _web(link: str) -> str:
    """Return a web address; nothing for javascript:, for a bare path, for what is too long to be true."""
    if is_settled(link) and len(link) <= _LONGEST_URL:
        return link
    link = "".join(clean(link).split())
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    good = parts.scheme in ("http", "https") and parts.netloc and len(link) <= _LONGEST_URL
    return link if good else ""


def _raw(entry: Entry, feed_name: str) -> dict[str, Json]:
    """Return the little that was read and has no place in a mention; short, and as clean as the rest."""
    said: dict[str, Json] = {
        "feed": feed_name,
        "id": one_line(entry.id),
        "published": entry.published.isoformat() if entry.published else "",
        "updated": entry.updated.isoformat() if entry.updated else "",
    }
    for name, value in entry.also.items():
        said[name] = (
            [one_line(str(each)) for each in value] if isinstance(value, list) else one_line(str(value))
        )
    return {name: value for name, value in said.items() if value}
