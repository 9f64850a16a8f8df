"""One pass over a small feed that ``cut`` made: each item to ``plain``, or known to be feedparser's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from collectors.rss.cut import ITEMS
from collectors.rss.frame import Frame, local_name
from collectors.rss.plain import Item, NotPlain
from collectors.rss.rules import PARTS_OF_PEOPLE, PEOPLE, hear
from collectors.rss.sizes import LONGEST_NAME, LONGEST_OTHER, MOST_ALIKE, fits
from collectors.rss.xmlfeed import FAULTS

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

Heard = dict[str, Any]
"""What one item says, in the shape of feedparser's dict."""


def read_plainly(
    document: bytes, frame: Frame, places: Sequence[tuple[int, int]] | None = None
) -> list[Heard | None] | None:
    """Return what each item says, None for one that is not plain; None for all where namespaces are not in order.

    Where items are only thought to stand at ``places`` (start, end), it is None for all as well if they do not, or
    if ``cut`` might find something in one of them that is too large.
    """
    from xml.parsers import expat

    parser = expat.ParserCreate("utf-8", " ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    walk = _Walk(document, frame, parser)
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.text.append
    parser.StartNamespaceDeclHandler = walk.declare
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        return None
    if places is not None and (walk.is_large or walk.places != list(places)):
        return None
    return walk.heard


class _Walk:
    """What expat calls. Depths are counted from the item: it is 1, its elements are 2, parts of a person 3."""

    def __init__(self, document: bytes, frame: Frame, parser: XMLParserType) -> None:
        self.heard: list[Heard | None] = []
        self.places: list[tuple[int, int]] = []
        self.is_large = False  # something of an item may be: only cut knows
        self.text: list[str] = []  # expat's own: what was said since an element began or ended
        self._document = document
        self._frame = frame
        self._parser = parser
        self._depth = -frame.depth
        self._is_in_item = False
        self._item: Item | None = None  # None in an item: it is not plain
        self._begins = self._part_begins = self._n_parts = 0
        self._name = ""
        self._attributes: dict[str, str] = {}
        self._parts: list[tuple[str, str]] = []
        self._part = ""
        self._direct: list[str] = []  # what stands in a person beside its parts
        self._declares = False

    def declare(self, _prefix: str | None, _space: str) -> None:
        """Note that the element which begins next declares a namespace: feedparser never forgets it."""
        self._declares = True

    def start(self, written: str, given: Mapping[str, str]) -> None:
        self._depth = depth = self._depth + 1
        declares, self._declares = self._declares, False
        if depth <= 1:
            if depth == 1:
                self._begin(written, given, declares)
            return
        if depth == 2:
            self._part_begins = self._parser.CurrentByteIndex
            self._n_parts += 1
            if self._n_parts == 1:
                self._measure_tag(self._part_begins)
        if self._item is not None:
            try:
                if declares:
                    raise NotPlain
                self._begin_part(written, given)
            except NotPlain:
                self._item = None

    def end(self, written: str) -> None:
        depth = self._depth
        self._depth -= 1
        if depth == 2 and self._is_in_item:
            self._measure(written)
        if depth == 1 and self._is_in_item:
            self._end()
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
        self._begins, self._n_parts = self._parser.CurrentByteIndex, 0
        try:
            if declares or name not in ITEMS:
                raise NotPlain
            self._item = Item(self._frame, self._frame.attributes(given))
        except NotPlain:
            self._item = None

    def _end(self) -> None:
        end = self._end_tag_end()
        if not self._n_parts:
            self._measure_tag(end)
        self.places.append((self._begins, end))
        self.is_large = self.is_large or self._n_parts > MOST_ALIKE
        self.heard.append(self._item.said if self._item is not None else None)
        self._is_in_item, self._item = False, None

    def _measure_tag(self, end: int) -> None:
        """Look how large an item's start tag is at most."""
        self.is_large = self.is_large or end - self._begins > LONGEST_OTHER

    def _measure(self, written: str) -> None:
        """Look whether an element of an item stays as it is; one without an end tag looks larger than it is."""
        end = self._end_tag_end()
        if end - self._part_begins > LONGEST_NAME:
            whole = fits(self._document, local_name(written), self._part_begins, end)
            self.is_large = self.is_large or not whole

    def _end_tag_end(self) -> int:
        return self._document.find(b">", self._parser.CurrentByteIndex) + 1

    def _begin_part(self, written: str, given: Mapping[str, str]) -> None:
        name = self._frame.name(written)
        if name is None:
            raise NotPlain
        attributes = self._frame.attributes(given) if given else {}
        if self._depth == 2:
            self._name, self._attributes, self._parts = name, attributes, []
            self._direct = []
            self.text.clear()
            return
        part = PARTS_OF_PEOPLE.get(name)
        if self._depth > 3 or part is None or self._name not in (*PEOPLE, "contributor"):
            raise NotPlain
        if any(scoped in said for said in (self._attributes, attributes) for scoped in ("xml:base", "base")):
            raise NotPlain
        self._part = part
        self._direct += self.text
        self.text.clear()

    def _end_part(self, item: Item, depth: int) -> None:
        text = "".join(self.text)
        if depth == 3:
            self._parts.append((self._part, text))
            self.text.clear()
        elif not self._parts:
            hear(item, self._name, self._attributes, text)
        elif self._name in PEOPLE and (text + "".join(self._direct)).strip():
            raise NotPlain
        elif self._name in PEOPLE:
            item.hear_person(self._parts)
