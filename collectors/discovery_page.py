"""What a page says of where its people can be heard: its links, feeds, and what it was made with. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urljoin, urlsplit

from text import one_line

LONGEST_PAGE = 2_000_000  # bytes
LONGEST_LINK = 2_000
MOST_LINKS = 3_000
LONGEST_WORDS = 100  # of what a link says
MOST_WORDS = 20
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
Kind = Literal["page", "feed"]


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page, with its whole address. ``words`` are what a reader sees of it."""

    url: str
    rel: tuple[str, ...] = ()
    type: str = ""
    words: str = ""

    @property
    def is_feed(self) -> bool:
        """Whether the page names it as a feed of its own."""
        return "alternate" in self.rel and self.type in FEED_TYPES

    @property
    def is_me(self) -> bool:
        """Whether the page says that the same people are there."""
        return "me" in self.rel


@dataclass(frozen=True, slots=True)
class Page:
    """A page as far as discovery looks at it. ``generator`` is what it says that it was made with."""

    url: str
    links: Sequence[Link] = ()
    generator: str = ""


def kind_of(body: bytes) -> Kind:
    """Tell a feed from anything else by how it begins."""
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return "feed" if b"jsonfeed.org/version/" in start.replace(b"\\/", b"/") else "page"
    for mark in (b"<rss", b"<feed", b"<rdf:RDF"):
        where = start.find(mark)
        if where >= 0 and b"<html" not in start[:where].lower():
            return "feed"
    return "page"


def read_page(body: bytes, url: str) -> Page:
    """Read a page, however broken it is; links without a web address are left out.

    The parser is libxml2's as a stream: on 1.5 MB of nested ``div`` lexbor's tree was not done after 20 s (measured).
    """
    from lxml import etree

    reader = _Reader(url)
    parser = etree.HTMLParser(target=reader, encoding="utf-8", huge_tree=True)  # type: ignore[arg-type]
    try:
        parser.feed(body[:LONGEST_PAGE].decode("utf-8", "replace").replace("\0", "").encode())
        parser.close()
    except etree.LxmlError:
        pass  # nothing in it, or no more than what was met so far
    return Page(url, reader.links, reader.generator)


class _Reader:
    """What the parser tells of each tag, kept as far as it is a link, the base of links, or the generator."""

    def __init__(self, url: str) -> None:
        self.links: list[Link] = []
        self.generator = ""
        self._base = url
        self._has_base = False
        self._open: Link | None = None
        self._words: list[str] = []

    def start(self, tag: str, said: dict[str, str]) -> None:
        if tag in ("a", "link") and "href" in said:
            self._keep_open()
            self._begin(tag, said)
        elif tag == "base" and "href" in said and not self._has_base:
            self._base, self._has_base = _joined(self._base, said["href"]) or self._base, True
        elif tag == "meta" and said.get("name", "").lower() == "generator":
            self.generator = self.generator or one_line(said.get("content", ""), 100)

    def end(self, tag: str) -> None:
        if tag == "a":
            self._keep_open()

    def data(self, data: str) -> None:
        if self._open is not None and len(self._words) < MOST_WORDS:
            self._words.append(data[:LONGEST_WORDS])

    def comment(self, _text: str) -> None:
        """Comments lead nowhere."""

    def close(self) -> None:
        self._keep_open()

    def _begin(self, tag: str, said: dict[str, str]) -> None:
        if len(self.links) >= MOST_LINKS:
            return
        address = _joined(self._base, said["href"])
        if address is None:
            return
        rel, kind = tuple(said.get("rel", "").lower().split()), said.get("type", "").strip().lower()
        link = Link(address, rel, kind, one_line(said.get("title", ""), LONGEST_WORDS))
        if tag == "a" and not link.words:
            self._open, self._words = link, []
        else:
            self.links.append(link)

    def _keep_open(self) -> None:
        if self._open is not None:
            words = one_line(" ".join(self._words), LONGEST_WORDS)
            self.links.append(replace(self._open, words=words))
            self._open = None


def subject_of(body: bytes) -> str | None:
    """Return the account that an answer of WebFinger (RFC 7033) speaks of, as people write it; else None."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    subject = told.get("subject") if isinstance(told, dict) else None
    links = told.get("links") if isinstance(told, dict) else None
    if not isinstance(subject, str) or not subject.startswith("acct:") or not isinstance(links, list):
        return None
    acts = any(isinstance(each, dict) and "activity+json" in str(each.get("type")) for each in links)
    return f"@{one_line(subject[5:], 200)}" if acts else None


def _joined(base: str, href: str) -> str | None:
    if len(href) > LONGEST_LINK:
        return None
    try:
        url = urljoin(base, href.strip())
        return url if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname else None
    except ValueError:
        return None
