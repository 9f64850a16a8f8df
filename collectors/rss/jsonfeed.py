"""JSON Feed, versions 1 and 1.1 (jsonfeed.org): text in, entries out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urljoin

from collectors.rss.entries import Entry, Feed, Said
from text import LONGEST_HTML


def looks_like_json(text: str) -> bool:
    """Whether a body is JSON by its first character."""
    return text[:1000].lstrip().startswith("{")


def parse(text: str, *, url: str) -> tuple[Feed, Iterator[Entry | str]] | None:
    """Return the feed and its entries, newest last; a bad item is a str that says why. None: this is no feed."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    items = said.get("items") if isinstance(said, dict) else None
    if not isinstance(items, list) or "jsonfeed.org/" not in str(said.get("version", ""))[:200]:
        return None
    feed = Feed(
        title=_text(said, "title"),
        author=_text(_author(said), "name"),
        link=_link(said, "home_page_url", url),
        lang=_text(said, "language"),
    )
    return feed, _entries(items, url)


def _entries(items: list[object], url: str) -> Iterator[Entry | str]:
    for position in range(len(items), 0, -1):
        item = items[position - 1]
        if isinstance(item, dict):
            yield _entry(item, url)
        else:
            yield f"item {position} is no object but {type(item).__name__}"


def _entry(item: Mapping[str, object], url: str) -> Entry:
    html, plain = _text(item, "content_html"), _text(item, "content_text") or _text(item, "summary")
    identity = item.get("id")
    author = _author(item)
    return Entry(
        id=_text(item, "id").strip() or (str(identity) if type(identity) in (int, float) else ""),
        link=_link(item, "url", url) or _link(item, "external_url", url),
        title=Said(value=_text(item, "title")[:LONGEST_HTML]),
        body=Said(value=(html or plain)[:LONGEST_HTML], is_html=bool(html)),
        author=_text(author, "name"),
        author_url=_link(author, "url", url),
        published=_date(item, "date_published"),
        updated=_date(item, "date_modified"),
        lang=_text(item, "language"),
    )


def _author(said: Mapping[str, object]) -> Mapping[str, object]:
    authors = said.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else said.get("author")
    return first if isinstance(first, dict) else {}


def _date(item: Mapping[str, object], key: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(item, key).strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _link(said: Mapping[str, object], key: str, base: str) -> str:
    link = _text(said, key).strip()
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return ""


def _text(said: Mapping[str, object], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""
