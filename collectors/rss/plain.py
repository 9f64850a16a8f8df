"""Items of the usual shape, read without feedparser: each alone, so that what was read before changes nothing.

feedparser lets one item change how the next is read; here an item means the same whatever stands beside it, and 50
posts take a fifth of the time. It gives what feedparser gives for that item alone in its frame, or nothing: an item
with inline markup, with namespaces of its own or with an element that feedparser treats in a way not written here is
left to feedparser. Which element means what stands in ``rules``.
``tests/test_collectors_rss_known*.py`` holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from collectors.rss.dates import usual_date
from collectors.rss.frame import Frame
from collectors.rss.links import is_settled

_TYPES = {
    "text": "text/plain",
    "plain": "text/plain",
    "text/plain": "text/plain",
    "html": "text/html",
    "text/html": "text/html",
}
_PAGES = ("text/html", "html", "application/xhtml+xml", "xhtml")
SCOPED = ("xml:base", "base")
_REFERENCE = re.compile("&([A-Za-z0-9_]+);")


class NotPlain(Exception):
    """This item is feedparser's."""


class Item:
    """What one item says, in the shape of feedparser's dict, as far as ``xmlfeed.entry_of`` looks at it."""

    def __init__(self, frame: Frame, attributes: Mapping[str, str]) -> None:
        self.said: dict[str, Any] = {}
        self.frame = frame
        self._bases: list[str] = []
        self._has_content = False
        self._is_titled = False
        self._people = ""  # whether authors come as text or as elements: both in one item is not plain
        if attributes:
            if any(name in attributes for name in (*SCOPED, "xml:lang", "lang", "lastmod", "href")):
                raise NotPlain
            about = attributes.get(f"{frame.prefixes.get('rdf', 'rdf')}:about")
            if about:
                self.said["id"] = about

    def hear_person(self, parts: list[tuple[str, str]]) -> None:
        """Take in an author that is given by elements: name, address, page."""
        detail = self._person_detail("elements")
        if not any(name == "name" for name, _ in parts):
            raise NotPlain
        for name, text in parts:
            if name == "name" and not text.strip():
                raise NotPlain
            detail[name] = self.output(text, resolve=True) if name == "href" else text.strip()

    def _person_detail(self, kind: str) -> dict[str, str]:
        if self._people not in ("", kind):
            raise NotPlain
        self._people = kind
        detail: dict[str, str] = self.said.setdefault("author_detail", {})
        return detail

    def scope(self, base: str) -> None:
        """Take in an xml:base that stands on a child element."""
        from feedparser.urls import _urljoin, make_safe_absolute_uri

        mine = self.frame.base
        self._bases.append(make_safe_absolute_uri(mine, base) or mine if mine else _urljoin("", base))

    def _resolve(self, link: str) -> str:
        """Resolve a link. Where an xml:base makes a difference, feedparser has its own idea of where it ends."""
        if not self.frame.base and not self._bases and is_settled(link):
            return link
        from feedparser.urls import _urljoin

        resolved = _urljoin(self.frame.base, link)
        if any(_urljoin(base, link) != resolved for base in self._bases):
            raise NotPlain
        return str(resolved)

    def output(self, text: str, *, resolve: bool = False) -> str:
        """Return text as feedparser hands it out."""
        text = text.strip()
        if resolve and text:
            text = self._resolve(text)
        return text if text.isascii() else _mended(text)

    def _content(self, attributes: Mapping[str, str], text: str, default: str) -> tuple[str, dict[str, Any]]:
        kind = _TYPES.get(attributes.get("type", default))
        if kind is None or attributes.get("mode") == "base64":
            raise NotPlain
        text = text.strip()
        if kind == "text/plain" and not self.frame.is_atom and _looks_like_html(text):
            kind = "text/html"
        lang = attributes.get("xml:lang", attributes.get("lang", self.frame.lang))
        value = text if text.isascii() else _mended(text)
        return value, {"type": kind, "language": lang.replace("_", "-") if lang else None, "value": value}

    def title(self, attributes: Mapping[str, str], text: str, *, settles: bool = True) -> None:
        """Take in a title: the first that says something stays, unless it does not settle the matter."""
        value, detail = self._content(attributes, text, "text/plain")
        if self._is_titled:
            return
        self.said["title"], self.said["title_detail"] = value, detail
        self._is_titled = settles and bool(value)

    def summary(self, attributes: Mapping[str, str], text: str, default: str) -> None:
        """Take in a description; a second one, as long as there is no content, is taken for the content."""
        if "summary" in self.said and not self._has_content:
            self.content(attributes, text, "text/plain")
            return
        self.said["summary"], self.said["summary_detail"] = self._content(attributes, text, default)

    def abstract(self, attributes: Mapping[str, str], text: str) -> None:
        """Take in a description that is always only that."""
        self.said["summary"], self.said["summary_detail"] = self._content(attributes, text, "text/plain")

    def content(self, attributes: Mapping[str, str], text: str, default: str) -> None:
        """Take in a full text."""
        self._has_content = True
        value, detail = self._content(attributes, text, default)
        self.said.setdefault("content", []).append(detail)
        self.said.setdefault("summary", value)

    def link(self, attributes: dict[str, str], text: str) -> None:
        """Take in a link, by its attributes or by its text."""
        rel = attributes.get("rel", "alternate")
        kind = attributes.get("type", "application/atom+xml" if rel == "self" else "text/html")
        href = attributes.get("url", attributes.get("uri", attributes.get("href"))) or attributes.get("href")
        one: dict[str, str] = {"rel": rel}
        self.said.setdefault("links", []).append(one)
        if href is not None:
            one["href"] = self._resolve(href)
            if rel == "alternate" and kind in _PAGES:
                self.said["link"] = one["href"]
            return
        address = _queried(self.output(text, resolve=True))
        self.said["link"] = address
        if address:
            one["href"] = address

    def guid(self, attributes: Mapping[str, str], text: str) -> None:
        """Take in an id, which is a link as well unless it says that it is none."""
        is_link = attributes.get("ispermalink", "true") == "true"
        value = self.output(text, resolve=is_link)
        self.said["id"] = value
        self.said.setdefault("guidislink", is_link and "link" not in self.said)
        if is_link:
            self.said.setdefault("link", value)

    def date(self, text: str, key: str) -> None:
        """Take in a date; the last of its kind counts."""
        written = self.output(text)
        moment = usual_date(written)
        if moment is None:
            from feedparser.datetimes import _parse_date

            moment = _parse_date(written)
        self.said[key] = moment

    def author(self, _attributes: Mapping[str, str], text: str) -> None:
        """Take in an author that is given by text."""
        value = self.said["author"] = self.output(text)
        detail = self._person_detail("text")
        if value and not detail:
            detail |= _person(value)

    def category(self, attributes: Mapping[str, str], text: str) -> None:
        """Take in a category, by its attributes, its text or both."""
        tags = self.said.setdefault("tags", [])
        term, label = attributes.get("term"), attributes.get("label")
        _add_tag(tags, (term, attributes.get("scheme", attributes.get("domain")), label))
        value = self.output(text)
        if not value:
            return
        if tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        else:
            _add_tag(tags, (value, None, None))

    def source(self, _attributes: Mapping[str, str], _text: str) -> None:
        """Take in where an entry was first: after it, feedparser takes another title."""
        self._is_titled = False

    def aside(self, attributes: Mapping[str, str], text: str) -> None:
        """Take in a text that no mention needs."""
        self._content(attributes, text, "text/plain")

    def nothing(self, _attributes: Mapping[str, str], _text: str) -> None:
        """Take in what no mention needs."""


def _looks_like_html(text: str) -> bool:
    if "</" not in text and "&" not in text:
        return False
    from feedparser.api import StrictFeedParser

    return bool(StrictFeedParser.looks_like_html(text))


def _mended(text: str) -> str:
    """Undo UTF-8 that was taken for Latin-1, and give the control characters of Windows-1252 their meaning."""
    from feedparser.html import _cp1252

    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_cp1252)


def _queried(link: str) -> str:
    return _REFERENCE.sub(r"&\g<1>", link.replace("&amp;", "&")) if "&" in link else link


def _person(text: str) -> dict[str, str]:
    """Take apart "ana@example.org (Ana)" as feedparser does."""
    if "@" not in text:
        return {"name": text}
    from feedparser.api import StrictFeedParser

    said: dict[str, Any] = {"author": text}
    StrictFeedParser._sync_author_detail(SimpleNamespace(_get_context=lambda: said))
    detail: dict[str, str] = said.get("author_detail", {})
    return detail


def _add_tag(tags: list[dict[str, str | None]], said: tuple[str | None, str | None, str | None]) -> None:
    tag = dict(zip(("term", "scheme", "label"), said, strict=True))
    if any(said) and tag not in tags:
        tags.append(tag)
