"""One body, read to its end: what kind of feed it is, and its entries in runs of bounded size, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from collectors.rss import jsonfeed, xmlfeed
from collectors.rss.cut import Cut, Item, cut
from collectors.rss.decode import decode
from collectors.rss.entries import Entry, Feed
from collectors.rss.repair import readable, repaired, root_at
from collectors.rss.salvage import salvaged

RUN = 500  # entries at most
RUN_BYTES = 1_000_000  # of XML that feedparser gets at once, unless one item alone is larger
OWN_ENTITIES = "the feed declares entities of its own; they are not read, and stand as they are written"


@dataclass(frozen=True, slots=True)
class Run:
    """Some entries, newest first, and what could not be read, in words."""

    feed: Feed
    entries: Sequence[Entry]
    skipped: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a body came from, and what its headers say of it."""

    url: str
    content_type: str = ""
    lang: str = ""


def read(body: bytes, origin: Origin) -> Iterator[Run] | None:
    """Yield a feed's entries in runs, the oldest run first. None: this is no feed."""
    text = decode(body, origin.content_type)
    if jsonfeed.looks_like_json(text):
        return _json(text, origin)
    text = readable(text)
    start = root_at(text)
    if start is None:
        return None
    declares = "<!entity" in text[:start].lower()
    return _xml(text[start:], origin, [OWN_ENTITIES] if declares else [])


def _json(text: str, origin: Origin) -> Iterator[Run] | None:
    read = jsonfeed.parse(text, url=origin.url)
    return None if read is None else _json_runs(*read)


def _json_runs(feed: Feed, said: Iterator[Entry | str]) -> Iterator[Run]:
    while some := list(islice(said, RUN)):
        entries = [each for each in reversed(some) if isinstance(each, Entry)]
        yield _told(feed, entries, [each for each in some if isinstance(each, str)])


def _xml(text: str, origin: Origin, warnings: Sequence[str]) -> Iterator[Run]:
    yield Run(Feed(), (), warnings)
    found = cut(text.encode())
    if found.fault:
        found = cut(repaired(text).encode())
    del text
    yield from _saved(found, origin)
    for items in found.chunks(size=RUN, max_bytes=RUN_BYTES):
        yield from _parsed(found, items, origin)


def _saved(found: Cut, origin: Origin) -> Iterator[Run]:
    """Yield what can be saved behind the place where a feed stops being XML."""
    if not found.fault:
        return
    yield Run(
        Feed(), (), [f"the feed is not well-formed XML ({found.fault}); what can be read of it is kept"]
    )
    for piece in salvaged(found):
        if isinstance(piece, str):
            yield Run(Feed(), (), [piece])
            continue
        try:
            feed, entries = xmlfeed.parse(piece.document, url=origin.url, lang=origin.lang)
        except xmlfeed.Unreadable as error:
            yield Run(Feed(), (), [f"an item that cannot be read ({error})"])
            continue
        kept = [entry for entry in entries if piece.whole or (entry.id and not entry.is_silent)]
        lost = ["an item that is cut off before anything can be known of it"] * (len(entries) - len(kept))
        yield _told(feed, kept, lost)


def _parsed(found: Cut, items: Sequence[Item], origin: Origin) -> Iterator[Run]:
    """Parse items together; where feedparser gives up, each alone, so that a bad one costs only itself."""
    try:
        yield _told(*xmlfeed.parse(found.document(items), url=origin.url, lang=origin.lang))
        return
    except xmlfeed.Unreadable as error:
        if len(items) == 1:
            line = found.data.count(b"\n", 0, items[0].start) + 1
            yield Run(Feed(), (), [f"the item at line {line} of the feed cannot be read ({error})"])
            return
    for item in reversed(items):
        yield from _parsed(found, [item], origin)


def _told(feed: Feed, entries: Sequence[Entry], skipped: Sequence[str] = ()) -> Run:
    good = [entry for entry in entries if not entry.is_empty]
    empty = ["an item without id, link, title and text"] * (len(entries) - len(good))
    return Run(feed, good, [*skipped, *empty])
