"""RSS, RDF and Atom by feedparser: one small document in, entries out.

feedparser is only ever given a stream: a str or bytes that look like a path or a URL it would open. Its results
are dicts in which a feed can put anything under any name, so nothing is taken from them without looking.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from collectors.rss.entries import Entry, Feed, Said
from collectors.rss.links import is_settled
from model import Json
from text import LONGEST_HTML

# What feedparser 6.0.14 lets through when a feed uses the names of its own bookkeeping as elements
# (<links>…</links> makes it assign into a str), or writes &#99999999999; where it must guess.
FAULTS = (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
_LONGEST_TAG, _MOST_TAGS = 100, 20


class Unreadable(Exception):
    """feedparser gave up on a document."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed says of itself to programs: the address of its next page, and what made it."""

    next: str
    generator: str


def head_of(document: bytes) -> Head:
    """Return what the head of a document says that ``cut`` made."""
    feed = _heard(document, "")["feed"]
    pages = [_text(link, "href") for link in _mappings(feed, "links") if link.get("rel") == "next"]
    maker = _text(_mapping(feed, "generator_detail"), "href") or _text(feed, "generator")
    return Head(next((page for page in pages if page), ""), maker)


def parse(document: bytes, *, url: str, lang: str = "") -> tuple[Feed, list[Entry]]:
    """Read a document that ``cut`` made; ``url`` is where it came from, ``lang`` what the header says of it."""
    parsed = _heard(document, lang)
    return feed_of(parsed["feed"]), [entry_of(each, url) for each in parsed["entries"]]


def _heard(document: bytes, lang: str) -> Any:
    """Return feedparser's dict of a document."""
    import feedparser

    # No content-location: by it feedparser would make an id that is no link (<guid>42</guid>) into one, and each
    # item would be new when the feed moves.
    headers = {"content-type": "application/xml; charset=utf-8"}
    if lang:
        headers["content-language"] = lang
    try:
        return feedparser.parse(
            io.BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except FAULTS as error:
        raise Unreadable(type(error).__name__) from error


def feed_of(said: Mapping[str, object]) -> Feed:
    """Return what feedparser heard a feed say of itself."""
    return Feed(
        title=_text(said, "title"),
        author=_text(said, "author"),
        link=_text(said, "link"),
        lang=_text(said, "language"),
    )


def entry_of(said: Mapping[str, object], base: str, digest: bytes = b"") -> Entry:
    """Return what feedparser heard an entry say; ``base`` is where the feed came from."""
    person = _mapping(said, "author_detail")
    body, lang = _body(said)
    return Entry(
        id=_text(said, "id").strip(),
        link=_link(said, base),
        title=_said(_text(said, "title"), said.get("title_detail")),
        body=body,
        author=_text(person, "name") or _text(said, "author"),
        author_url=absolute(_text(person, "href"), base),
        published=_date(said, "published_parsed") or _date(said, "created_parsed"),
        updated=_date(said, "updated_parsed"),
        lang=lang,
        answers=_text(_mapping(said, "thr_in-reply-to"), "ref").strip(),
        also=_also(said, base),
        digest=digest,
    )


def _body(said: Mapping[str, object]) -> tuple[Said, str]:
    """Return the fullest text, and the language that it is marked with."""
    contents = [each for each in _mappings(said, "content") if _text(each, "value").strip()]
    if contents:
        fullest = max(contents, key=lambda each: len(_text(each, "value")))
        return _said(_text(fullest, "value"), fullest), _text(fullest, "language")
    detail = _mapping(said, "summary_detail")
    lang = _text(detail, "language") or _text(_mapping(said, "title_detail"), "language")
    return _said(_text(said, "summary"), detail), lang


def _said(value: str, detail: object) -> Said:
    kind = detail.get("type") if isinstance(detail, Mapping) else None
    return Said(value=value[:LONGEST_HTML], is_html=kind in ("text/html", "application/xhtml+xml"))


def _link(said: Mapping[str, object], base: str) -> str:
    """Return the page that an entry is about; xml:base is in it already, the feed's own address comes last."""
    link = _text(said, "link").strip()
    if said.get("guidislink") is True and link == _text(said, "id").strip():
        return link if link.startswith(("https://", "http://")) else ""
    others = [_text(each, "href") for each in _mappings(said, "links") if each.get("rel") == "alternate"]
    return absolute(link or next((other for other in others if other), ""), base)


def absolute(link: str, base: str) -> str:
    """Return a link as a whole address; "" where it is none."""
    link = link.strip()
    if not link or is_settled(link):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def _also(said: Mapping[str, object], base: str) -> dict[str, Json]:
    tags = [_text(each, "term") or _text(each, "label") for each in _mappings(said, "tags")[:_MOST_TAGS]]
    also: dict[str, Json] = {
        "tags": [tag[:_LONGEST_TAG] for tag in tags if tag],
        "comments": absolute(_text(said, "comments"), base),
        "comments_feed": absolute(_text(said, "wfw_commentrss"), base),
        "comments_count": _text(said, "slash_comments") or _text(said, "thr_total"),
    }
    return {name: value for name, value in also.items() if value}


def _date(said: Mapping[str, object], key: str) -> datetime | None:
    # dict.get, since FeedParserDict lends the date of publication where no other is given, and warns about it
    value = dict.get(said, key) if isinstance(said, dict) else None
    if isinstance(value, datetime):
        return value
    if not isinstance(value, time.struct_time):
        return None
    try:
        return datetime(*value[:5], min(value[5], 59), tzinfo=UTC)
    except ValueError:
        return None


def _text(said: Mapping[str, object], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _mapping(said: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = said.get(key)
    return value if isinstance(value, dict) else {}


def _mappings(said: Mapping[str, object], key: str) -> Sequence[Mapping[str, object]]:
    value = said.get(key)
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, dict)]
