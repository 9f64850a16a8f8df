"""What can be saved of a document that stops being XML: each item by itself, so that only the broken ones suffer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.rss.cut import Cut, cut
from collectors.rss.sizes import LONGEST_TEXT

MOST_PIECES = 2000  # feedparser takes about a millisecond for each of them
_BEGIN = re.compile(rb"<((?:[A-Za-z_][\w.-]{0,40}:)?(?:item|entry))[\s/>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One item of a broken feed as a small feed of its own. Not ``whole``: its end is missing."""

    document: bytes
    whole: bool


def salvaged(broken: Cut) -> Iterator[Piece | str]:
    """Yield what comes after the fault, piece by piece, the last one first; a str says what was left out."""
    starts = [] if broken.broken_at is None else list(_BEGIN.finditer(broken.data, broken.broken_at))
    if len(starts) > MOST_PIECES:
        yield f"{len(starts) - MOST_PIECES} items behind the first {MOST_PIECES} that stand after the fault"
    ends = [*(start.start() for start in starts[1:]), len(broken.data)]
    for start, end in reversed(list(zip(starts, ends, strict=False))[:MOST_PIECES]):
        close = broken.data.find(b"</" + start[1], start.end(), end)
        if close != -1:
            end = broken.data.find(b">", close, end) + 1 or end
        yield from _piece(broken, broken.data[start.start() : end], whole=close != -1)


def _piece(broken: Cut, item: bytes, *, whole: bool) -> Iterator[Piece | str]:
    again = cut(broken.opening + item + broken.closing)
    if not again.fault:
        for run in again.chunks(size=1, max_bytes=1):
            yield Piece(again.document(run), whole)
    elif len(item) <= LONGEST_TEXT and broken.opening:
        yield Piece(broken.opening + item + broken.closing, whole)
    else:
        yield f"an item of {len(item) / 1e6:.1f} MB that is not well-formed"
