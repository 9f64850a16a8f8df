"""Reddit's own Atom feeds, turned into what its API would have said of the same things.

So a mention is the same by either way, but for what a feed does not say: which comment a comment answers, when
something was edited, and the Markdown that was written (a feed has it as HTML).
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from collectors.reddit.wire import FULLNAME, Page, read_item
from text import from_html

if TYPE_CHECKING:
    from lxml.etree import _Element

ATOM = "{http://www.w3.org/2005/Atom}"
MARKDOWN = '<div class="md">', "</div>"  # what somebody wrote; behind it stands "submitted by …"
TARGET = '<a href="', '">[link]</a>'
# Behind one of these libxml2 drops every "&lt;" that follows, and with them the marks of all later texts (measured).
NO_CHARACTER = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#0*(?:[0-8]|1[1-2]|1[4-9]|2\d|3[01]);|&#x0*(?:[0-8bcef]|1[0-9a-f]);",
    re.IGNORECASE,
)
NO_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)")
WHO_ON = re.compile(r"/u/\S{1,60} on ")
THREAD = re.compile(r"/comments/([0-9a-z]{1,13})(/|$)")
MOST_ENTRIES = 200  # twice what is asked for; the next page begins behind them
SHORT = 20  # a page asks for a hundred; Reddit may hide some of them, and gives 25 where it ignores the wish


def read_atom(body: bytes, *, now: datetime) -> Page | None:
    """Read a feed, entry by entry; None when it is no feed, or not all of one.

    ``after`` is the last entry's fullname, or None on a page so short that it must be the last.
    """
    root = _root(body)
    if root is None:
        return None
    items, skipped = [], []
    for place, entry in enumerate(islice(root.iterfind(f"{ATOM}entry"), MOST_ENTRIES), start=1):
        try:
            items.append(read_item(_as_by_api(entry), now=now))
        except ValueError as error:
            skipped.append(f"entry {place} of the feed: {error}")
    more = len(items) + len(skipped) >= SHORT
    return Page(items, items[-1].name if items and more else None, skipped)


def _root(body: bytes) -> _Element | None:
    """Parse it without entities and without a document type: neither belongs in a feed of Reddit's."""
    from lxml import etree

    start = body.find(b"<feed")
    if start < 0 or b"<!doctype" in body[:start].lower() or not body.rstrip().endswith(b"</feed>"):
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True
    )
    body = NO_ENTITY.sub(b"&amp;", NO_CHARACTER.sub(b" ", body))
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root is not None and root.tag == f"{ATOM}feed" else None


def _as_by_api(entry: _Element) -> dict[str, object]:
    name = _said(entry, "id").rpartition("/")[2]
    if not FULLNAME.fullmatch(name):
        raise ValueError("it has no id that can be read")
    link = entry.find(f"{ATOM}link")
    category = entry.find(f"{ATOM}category")
    data: dict[str, object] = {
        "name": name,
        "author": _said(entry, "author", "name").removeprefix("/u/"),
        "permalink": urlsplit("" if link is None else str(link.get("href", ""))).path,
        "created_utc": _seconds(_said(entry, "published") or _said(entry, "updated")),
        "subreddit": None if category is None else category.get("term"),
    }
    kind = name[:2]
    about = _post if kind == "t3" else _comment
    return {"kind": kind, "data": {**data, **about(entry, str(data["permalink"]))}}


def _post(entry: _Element, _permalink: str) -> dict[str, object]:
    html = _said(entry, "content")
    start, end = html.find(MARKDOWN[0]), html.rfind(MARKDOWN[1])
    return {
        "title": _said(entry, "title"),
        "selftext": from_html(html[start:end]) if 0 <= start < end else None,
        "is_self": start >= 0,
        "url": _target(html),
    }


def _comment(entry: _Element, permalink: str) -> dict[str, object]:
    html = _said(entry, "content")
    thread = THREAD.search(permalink)
    return {
        "body": from_html(html),
        "link_id": f"t3_{thread[1]}" if thread else None,
        "link_title": WHO_ON.sub("", _said(entry, "title"), count=1),
    }


def _target(html: str) -> str | None:
    """Return what a post links to; below its text, where Reddit writes it."""
    end = html.rfind(TARGET[1])
    start = html.rfind(TARGET[0], 0, max(end, 0))
    return from_html(html[start + len(TARGET[0]) : end]) if start >= 0 else None


def _said(entry: _Element, *path: str) -> str:
    found = entry.find("/".join(f"{ATOM}{tag}" for tag in path))
    return "" if found is None else "".join(str(part) for part in found.itertext()).strip()


def _seconds(written: str) -> float | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
