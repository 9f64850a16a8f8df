"""Cutting a feed into its items, and each item down to a size that cannot hurt.

One pass of expat finds where each item stands; what feedparser gets are small documents of some items each, with
what the feed says of itself before them. So memory is bounded, one bad item costs only itself, and an item that
is known already need not be parsed at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from collectors.rss.sizes import (
    LONGEST_CUT,
    LONGEST_HEAD,
    LONGEST_OTHER,
    LONGEST_ROOT,
    MOST_ALIKE,
    TEXTS,
    fits,
)

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

ITEMS = frozenset({"item", "entry"})
# What changes with every new item and says nothing of it: left out of the head, so that the head stays the same.
_PASSING = frozenset({"date", "items", "lastbuilddate", "modified", "pubdate", "updated"})
_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")


@dataclass(frozen=True, slots=True)
class Item:
    """Where one item stands, and what replaces parts of it: (start, end, instead), in order."""

    start: int
    end: int
    cuts: Sequence[tuple[int, int, bytes]] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A feed in pieces. ``fault`` says where and why the document stopped being XML, ``broken_at`` is the byte."""

    data: bytes
    opening: bytes
    closing: bytes
    items: Sequence[Item]
    fault: str = ""
    broken_at: int | None = None

    @property
    def depth(self) -> int:
        """How many elements are open around an item."""
        return self.closing.count(b"</")

    def document(self, items: Sequence[Item]) -> bytes:
        """Return some of the items as a small feed of their own."""
        return b"".join([self.opening, *(self._bytes(item) for item in items), self.closing])

    def places(self) -> list[tuple[int, int]]:
        """Return where each item stands in the document of them all, if nothing is cut of any."""
        at = len(self.opening)
        places = []
        for item in self.items:
            places.append((at, at + item.end - item.start))
            at += item.end - item.start
        return places

    def chunks(self, *, size: int, max_bytes: int) -> Iterator[Sequence[Item]]:
        """Yield the items in runs, the last run first: feeds begin with what is newest."""
        run: list[Item] = []
        length = 0
        for item in reversed(self.items):
            if run and (len(run) >= size or length + item.end - item.start > max_bytes):
                yield run[::-1]
                run, length = [], 0
            run.append(item)
            length += item.end - item.start
        if run:
            yield run[::-1]

    def _bytes(self, item: Item) -> bytes:
        if not item.cuts:
            return self.data[item.start : item.end]
        pieces, at = [], item.start
        for start, end, instead in item.cuts:
            pieces += [self.data[at:start], instead]
            at = end
        return b"".join([*pieces, self.data[at : item.end]])


class _Enough(Exception):
    """Nothing more need be read."""


def cut(data: bytes) -> Cut:
    """Cut a document that begins with its root element; never raises, whatever stands there."""
    from xml.parsers import expat

    cutter = _Cutter(data, expat.ParserCreate("utf-8"))
    fault, broken_at = "", None
    try:
        cutter.parser.Parse(data, True)
    except expat.ExpatError as error:
        fault = f"line {error.lineno}: {expat.ErrorString(error.code)}"
        broken_at = cutter.item.at if cutter.item else cutter.parser.ErrorByteIndex
    except _Enough:
        fault = "its first element is too large"
    closing = "".join(f"</{name}>" for name in reversed(cutter.containers)).encode()
    return Cut(data, b"".join(cutter.head), closing, cutter.items, fault, broken_at)


class _Open(NamedTuple):
    """An element that was begun: its name as written and without its prefix, and where."""

    name: str
    local: str
    at: int


class _Cutter:
    """What expat calls: keeps the feed's own words, and notes each item and what of it is too large."""

    def __init__(self, data: bytes, parser: XMLParserType) -> None:
        self.data = data
        self.parser = parser
        self.containers: list[str] = []  # the root and the channel, as they are written
        self.head: list[bytes] = []
        self.items: list[Item] = []
        self.item: _Open | None = None
        self._child: _Open | None = None
        self._locals: dict[str, str] = {}  # name as written → without its prefix, in lower case
        self._cuts: list[tuple[int, int, bytes]] = []
        self._alike: Counter[str] = Counter()
        self._head_size = 0
        self._depth = 0
        self._around = 0  # how many elements are open that hold items: the root, the channel
        self._listen()

    def _start(self, name: str, _attributes: Mapping[str, str]) -> None:
        self._depth += 1
        inside = self._depth - self._around
        if inside > 2 or (inside == 2 and self.item is None):
            self._pass_over()
            return
        begun = self._begun(name)
        if self._depth == 1 or (self._depth == 2 and begun.local == "channel"):
            self._enter(begun)
        elif inside == 2:
            self._child = begun
        elif begun.local in ITEMS:
            self._begin_item(begun)
        else:
            self._child = begun

    def _end(self, _name: str) -> None:
        inside = self._depth - self._around
        self._depth -= 1
        if inside == 2 and self.item is not None:
            self._end_part()
        elif inside == 1 and self.item is not None:
            self.items.append(Item(self.item.at, self._end_of(self.item), tuple(self._cuts)))
            self.item = None
        elif inside == 1:
            self._end_head()
        elif inside == 0:
            self._around -= 1

    def _pass_over(self) -> None:
        """Only count until what was just begun ends: a feed may hold a million tags."""
        depth = 1

        def start(_name: str, _attributes: Mapping[str, str]) -> None:
            nonlocal depth
            depth += 1

        def end(_name: str) -> None:
            nonlocal depth
            depth -= 1
            if not depth:
                self._depth -= 1
                self._listen()

        self.parser.StartElementHandler = start
        self.parser.EndElementHandler = end

    def _listen(self) -> None:
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _begun(self, name: str) -> _Open:
        local = self._locals.get(name)
        if local is None:
            local = self._locals[name] = name.rpartition(":")[2].lower()
        return _Open(name, local, self.parser.CurrentByteIndex)

    def _tag_end(self, element: _Open) -> int:
        """Return where an element's start tag ends."""
        tag = _TAG.match(self.data, element.at)
        return tag.end() if tag else element.at

    def _end_of(self, element: _Open) -> int:
        at = self.parser.CurrentByteIndex  # of its end tag; without one, right behind its start tag
        if self.data.endswith(b"/>", 0, at):
            tag_end = self._tag_end(element)
            if self.data.endswith(b"/>", element.at, tag_end):
                return tag_end
        return self.data.find(b">", at) + 1

    def _enter(self, container: _Open) -> None:
        self._around += 1
        tag_end = self._tag_end(container)
        if tag_end - container.at > LONGEST_ROOT:
            raise _Enough
        if len(self.containers) >= self._around:  # a second channel: its items join those of the first
            return
        self.containers.append(container.name)
        tag = self.data[container.at : tag_end]
        self.head.append(tag[:-2] + b">" if tag.endswith(b"/>") else tag)

    def _begin_item(self, item: _Open) -> None:
        self.item = item
        self._cuts = []
        self._alike.clear()
        tag_end = self._tag_end(item)
        if tag_end - item.at > LONGEST_OTHER:
            end = "/>" if self.data.endswith(b"/>", item.at, tag_end) else ">"
            self._cuts.append((item.at, tag_end, f"<{item.name}{end}".encode()))

    def _end_part(self) -> None:
        """Note what is to be done with an element of an item, if it is too large or one too many."""
        part = self._child
        if part is None:
            return
        self._child = None
        end = self._end_of(part)
        self._alike[part.local] += 1
        if self._alike[part.local] > MOST_ALIKE:
            self._cuts.append((part.at, end, b""))
        elif not fits(self.data, part.local, part.at, end):
            instead = self._shortened(part, end) if part.local in TEXTS else b""
            self._cuts.append((part.at, end, instead))

    def _end_head(self) -> None:
        part = self._child
        if part is None:
            return
        self._child = None
        if part.local in _PASSING:
            return
        end = self._end_of(part)
        size = end - part.at
        if fits(self.data, part.local, part.at, end) and self._head_size + size <= LONGEST_HEAD:
            self.head.append(self.data[part.at : end])
            self._head_size += size

    def _shortened(self, part: _Open, end: int) -> bytes:
        """Return an element that holds text with only the beginning of it, and no elements inside."""
        tag = self.data[part.at : self._tag_end(part)]
        if len(tag) > LONGEST_OTHER:
            tag = f"<{part.name}>".encode()
        if tag.endswith(b"/>"):
            return tag
        text = _text_of(self.data[part.at : end])
        return tag + escape(text).encode() + f"</{part.name}>".encode()


def _text_of(element: bytes) -> str:
    """Return the first LONGEST_CUT characters of what stands in a sound element."""
    from xml.parsers import expat

    pieces: list[str] = []
    room = LONGEST_CUT

    def hear(text: str) -> None:
        nonlocal room
        pieces.append(text[:room])
        room -= len(text)
        if room <= 0:
            raise _Enough

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.CharacterDataHandler = hear
    with suppress(_Enough):
        parser.Parse(element, True)
    return "".join(pieces)
