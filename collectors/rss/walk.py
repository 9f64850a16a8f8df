"""One pass over a small feed that ``cut`` made: each item to ``plain``, or known to be feedparser's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors.rss.cut import ITEMS
from collectors.rss.frame import Frame, local_name
from collectors.rss.plain import Item, NotPlain
from collectors.rss.rules import PARTS_OF_PEOPLE, PEOPLE, hear
from collectors.rss.xmlfeed import FAULTS

Heard = dict[str, Any]
"""What one item says, in the shape of feedparser's dict."""


def read_plainly(document: bytes, frame: Frame) -> list[Heard | None] | None:
    """Return what each item says, None for one that is not plain; None for all where namespaces are not in order."""
    from xml.parsers import expat

    parser = expat.ParserCreate("utf-8", " ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    walk = _Walk(frame)
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.characters
    parser.StartNamespaceDeclHandler = walk.declare
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        return None
    return walk.heard


class _Walk:
    """What expat calls. Depths are counted from the item: it is 1, its elements are 2, parts of a person 3."""

    def __init__(self, frame: Frame) -> None:
        self.heard: list[Heard | None] = []
        self._frame = frame
        self._depth = -frame.depth
        self._is_in_item = False
        self._item: Item | None = None  # None in an item: it is not plain
        self._name = ""
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []
        self._parts: list[tuple[str, str]] = []
        self._part = ""
        self._direct: list[str] = []  # what stands in a person beside its parts
        self._declares = False

    def declare(self, _prefix: str | None, _space: str) -> None:
        """Note that the element which begins next declares a namespace: feedparser never forgets it."""
        self._declares = True

    def start(self, written: str, given: Mapping[str, str]) -> None:
        self._depth += 1
        declares, self._declares = self._declares, False
        if self._depth == 1:
            self._begin(written, given, declares)
        elif self._item is not None:
            try:
                if declares:
                    raise NotPlain
                self._begin_part(written, given)
            except NotPlain:
                self._item = None

    def characters(self, text: str) -> None:
        if self._item is not None and self._depth > 1:
            self._text.append(text)

    def end(self, _written: str) -> None:
        depth = self._depth
        self._depth -= 1
        if depth == 1 and self._is_in_item:
            self.heard.append(self._item.said if self._item is not None else None)
            self._is_in_item, self._item = False, None
        elif self._item is not None:
            try:
                self._end_part(self._item, depth)
            except (NotPlain, *FAULTS):
                self._item = None

    def _begin(self, written: str, given: Mapping[str, str], declares: bool) -> None:
        name = self._frame.name(written)
        self._is_in_item = local_name(written) in ITEMS
        if not self._is_in_item:
            return
        try:
            if declares or name not in ITEMS:
                raise NotPlain
            self._item = Item(self._frame, self._frame.attributes(given))
        except NotPlain:
            self._item = None

    def _begin_part(self, written: str, given: Mapping[str, str]) -> None:
        name = self._frame.name(written)
        if name is None:
            raise NotPlain
        attributes = self._frame.attributes(given) if given else {}
        if self._depth == 2:
            self._name, self._attributes, self._text, self._parts = name, attributes, [], []
            self._direct = []
            return
        part = PARTS_OF_PEOPLE.get(name)
        if self._depth > 3 or part is None or self._name not in (*PEOPLE, "contributor"):
            raise NotPlain
        if any(scoped in said for said in (self._attributes, attributes) for scoped in ("xml:base", "base")):
            raise NotPlain
        self._part = part
        self._direct += self._text
        self._text = []

    def _end_part(self, item: Item, depth: int) -> None:
        text = "".join(self._text)
        if depth == 3:
            self._parts.append((self._part, text))
            self._text = []
        elif not self._parts:
            hear(item, self._name, self._attributes, text)
        elif self._name in PEOPLE and (text + "".join(self._direct)).strip():
            raise NotPlain
        elif self._name in PEOPLE:
            item.hear_person(self._parts)
