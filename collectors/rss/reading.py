"""One body, read to its end: what kind of feed it is, and its entries in runs of bounded size, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from collectors.rss import jsonfeed, xmlfeed
from collectors.rss.cut import Cut, Item, cut
from collectors.rss.decode import decode
from collectors.rss.entries import Entry, Feed
from collectors.rss.frame import Frame, frame_of
from collectors.rss.known import NOTHING, Known, Thinned, digest, frame_digest, without
from collectors.rss.repair import readable, repaired, root_at
from collectors.rss.salvage import salvaged
from collectors.rss.stretches import RUN, RUN_BYTES, at_a_glance
from collectors.rss.walk import Heard, read_plainly

OWN_ENTITIES = "the feed declares entities of its own; they are not read, and stand as they are written"


@dataclass(frozen=True, slots=True)
class Run:
    """Some entries, newest first, and what could not be read, in words.

    ``known`` are those that were left out since they were read before, and the frame in which all were read.
    """

    feed: Feed
    entries: Sequence[Entry]
    skipped: Sequence[str] = ()
    known: Known = NOTHING


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
    return _xml(text[start:], origin, _warnings(text, start))


def read_new(body: bytes, origin: Origin, known: Known) -> list[Run] | None:
    """Return what ``read`` yields without the entries that are known; None where it takes the whole to tell."""
    if not known.items:
        return None
    text = readable(decode(body, origin.content_type))
    start = root_at(text)
    if start is None or jsonfeed.looks_like_json(text):
        return None
    warnings, text = _warnings(text, start), text[start:]
    thinned = without(text.encode(), known)
    if thinned is None and cut(text.encode()).fault:
        thinned = without(repaired(text).encode(), known)
    if thinned is None or len(thinned.left) + len(thinned.known.items) > RUN or thinned.size > RUN_BYTES:
        return None  # in a feed of several runs, which items are read together depends on them all
    run = _rest(thinned, origin) if _digest(thinned.cut, origin) == known.frame else None
    return None if run is None else [Run(Feed(), (), warnings), replace(run, known=thinned.known)]


def _rest(thinned: Thinned, origin: Origin) -> Run | None:
    if not thinned.left:
        return Run(Feed(), ())
    frame = _frame(thinned.cut, origin)
    return None if frame is None else _mixed(thinned.cut, thinned.left, origin, frame)


def _all_at_once(data: bytes, origin: Origin) -> Run | None:
    """Read a feed of the usual kind with one pass over its items; None where only ``cut`` can tell what they are."""
    found = at_a_glance(data)
    frame = _frame(found, origin) if found is not None else None
    if found is None or frame is None:
        return None
    heard = read_plainly(found.document(found.items), frame, found.places())
    run = _told_of(found, found.items, heard, origin, frame)
    return None if run is None else replace(run, known=Known(_digest(found, origin)))


def _warnings(text: str, start: int) -> list[str]:
    return [OWN_ENTITIES] if "<!entity" in text[:start].lower() else []


def _frame(found: Cut, origin: Origin) -> Frame | None:
    return frame_of(found.opening, depth=found.depth, lang=origin.lang)


def _digest(found: Cut, origin: Origin) -> str:
    return frame_digest(found, origin.url, origin.lang)


def _json(text: str, origin: Origin) -> Iterator[Run] | None:
    read = jsonfeed.parse(text, url=origin.url)
    return None if read is None else _json_runs(*read)


def _json_runs(feed: Feed, said: Iterator[Entry | str]) -> Iterator[Run]:
    while some := list(islice(said, RUN)):
        entries = [each for each in reversed(some) if isinstance(each, Entry)]
        yield _told(feed, entries, [each for each in some if isinstance(each, str)])


def _xml(text: str, origin: Origin, warnings: Sequence[str]) -> Iterator[Run]:
    yield Run(Feed(), (), warnings)
    data = text.encode()
    run = _all_at_once(data, origin)
    if run is not None:
        yield run
        return
    found = cut(data)
    if found.fault:
        found = cut(repaired(text).encode())
    del text, data
    yield from _saved(found, origin)
    frame = _frame(found, origin)
    for items in found.chunks(size=RUN, max_bytes=RUN_BYTES):
        run = _mixed(found, items, origin, frame) if frame is not None else None
        if run is None:
            yield from _parsed(found, items, origin)
        else:
            yield replace(run, known=NOTHING if found.fault else Known(_digest(found, origin)))


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


def _mixed(found: Cut, items: Sequence[Item], origin: Origin, frame: Frame) -> Run | None:
    """Read what is plain as such and have feedparser read the rest; None where it gives up on it or miscounts."""
    return _told_of(found, items, read_plainly(found.document(items), frame), origin, frame)


def _told_of(
    found: Cut, items: Sequence[Item], heard: Sequence[Heard | None] | None, origin: Origin, frame: Frame
) -> Run | None:
    """Return the entries of items of which the plain ones were heard; None where feedparser miscounts the rest."""
    if heard is None or len(heard) != len(items):
        return None
    others = [item for item, said in zip(items, heard, strict=True) if said is None]
    rest: list[Entry] = []
    if others:
        try:
            _, rest = xmlfeed.parse(found.document(others), url=origin.url, lang=origin.lang)
        except xmlfeed.Unreadable:
            return None
        if len(rest) != len(others):
            return None
    others_in_turn = iter(rest)
    entries = []
    for item, said in zip(items, heard, strict=True):
        if said is None:
            entries.append(next(others_in_turn))
        else:
            raw = found.data[item.start : item.end]
            entries.append(xmlfeed.entry_of(said, origin.url, digest(raw)))
    return _told(frame.feed, entries)


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
