"""Where a feed's items stand, as far as its bytes show without a parser, and a cut that is made of it.

What looks like an item may be none: it stands in a comment, is quoted, ends early. So nothing found here is true
before a parser has said so (``without`` in ``known``, ``read_plainly``).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from collectors.rss.cut import Cut, Item, cut

TAGS = ((b"<item", b"</item>", b"<item/>"), (b"<entry", b"</entry>", b"<entry/>"))
"""How an item begins, how it ends, and what may take its place."""
AFTER_NAME = (b" ", b"\t", b"\r", b"\n", b">")
RUN = 500
"""Items that are read at once, at most."""
RUN_BYTES = 1_000_000
"""Of XML that is read at once, unless one item alone is larger."""


def stretches(data: bytes, begin: bytes, close: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of what looks like an item."""
    start = data.find(begin)
    while start != -1:
        end = start + len(begin)
        if data[end : end + 1] in AFTER_NAME:
            end = data.find(close, end) + len(close)
            if end < len(close):
                return
            yield start, end
        start = data.find(begin, end)


def at_a_glance(data: bytes) -> Cut | None:
    """Return what ``cut`` gives if what looks like the items are the items, and none of them is too large.

    The parser passes only what stands around them. None for a feed of more items or bytes than are read at once, and
    where it shows already that it is not so.
    """
    for begin, close, marker in TAGS:
        places: list[tuple[int, int]] = []
        for place in stretches(data, begin, close):
            places.append(place)
            if len(places) > RUN:
                return None
        if places:
            return _around(data, places, marker)
    return None


def _around(data: bytes, places: list[tuple[int, int]], marker: bytes) -> Cut | None:
    """Cut a feed in which a marker stands for each row of items that nothing but white space parts."""
    if sum(end - start for start, end in places) > RUN_BYTES:
        return None
    pieces, markers = [data[: places[0][0]], marker], {places[0][0]}
    length = places[0][0] + len(marker)
    for (_, end), (start, _) in pairwise(places):
        between = data[end:start]
        if between and not between.isspace():
            markers.add(length + len(between))
            pieces += [between, marker]
            length += len(between) + len(marker)
    found = cut(b"".join([*pieces, data[places[-1][1] :]]))
    if found.fault or [item.start for item in found.items] != sorted(markers):
        return None
    return Cut(data, found.opening, found.closing, [Item(start, end) for start, end in places])
