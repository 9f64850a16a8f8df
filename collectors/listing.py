"""A listing that pages newest first, read without holes; and the memory that tells new from known.

Services list what is newest first, and while it is read new things come on top and old ones go. So the cursor
says what is known (ids, each with a stamp of what an edit would change), how far an unfinished reading came
(``rest``, the service's own word for the page to go on from), and what that reading has met. A finished reading
makes one of both. A poll that is killed or broken off goes on at ``rest`` and leaves no hole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b

from collectors.contract import Batch, Quota
from model import Cursor, Json, Mention

KEPT = 400  # ids in the cursor, about 10 kB of JSON
MOST_PAGES = 20  # of one listing in one poll

Known = Mapping[str, str]
"""External id to stamp, the newest first."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on a page. ``mention`` is None where it was taken back (``gone``), or is not asked for."""

    external_id: str
    stamp: str
    mention: Mention | None
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, newest first. ``further`` names the next one; None at the end.

    ``reaches_back`` is false while its last item is so new that something older may still come late above it.
    """

    items: Sequence[Item]
    further: str | None
    skipped: Sequence[str] = ()
    reaches_back: bool = True
    quota: Quota | None = None
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One listing of a source: its key in the cursor, and how a page of it is fetched (None: the first)."""

    name: str
    fetch: Callable[[str | None], Page]
    most_pages: int = MOST_PAGES


@dataclass(frozen=True, slots=True)
class Sifted:
    """Items, held against what is known. ``met`` has all of them."""

    mentions: Sequence[Mention]
    gone: Sequence[str]
    unchanged: int
    met: Known


def stamp(*parts: object) -> str:
    """Return a short hash of what an edit can change."""
    told = "\x00".join(str(part) for part in parts).encode("utf-8", "surrogatepass")
    return blake2b(told, digest_size=4).hexdigest()


def known_of(told: Json) -> dict[str, str]:
    """Return what a cursor remembers; what is not understood is not remembered."""
    pairs = told if isinstance(told, list) else []
    found = (pair for pair in pairs if isinstance(pair, list) and len(pair) == 2)
    return {one: other for one, other in found if isinstance(one, str) and isinstance(other, str)}


def remembered(*newest_first: Known) -> list[Json]:
    """Return the newest of all as the cursor keeps them; pairs in a list, for a JSON object has no order."""
    both: dict[str, str] = {}
    for known in newest_first:
        both.update((each, known[each]) for each in known if each not in both)
    return [[each, both[each]] for each in list(both)[:KEPT]]


def sift(items: Iterable[Item], known: Known) -> Sifted:
    """Tell new and changed from unchanged; what was told once is told again when it changes or goes."""
    mentions: list[Mention] = []
    gone: list[str] = []
    met: dict[str, str] = {}
    unchanged = 0
    for item in items:
        if item.external_id in met:
            continue
        met[item.external_id] = item.stamp
        if known.get(item.external_id) == item.stamp:
            unchanged += 1
        elif item.gone:
            gone.append(item.external_id)
        elif item.mention is not None:
            mentions.append(item.mention)
    return Sifted(mentions, gone, unchanged, met)


def read_listing(listing: Listing, cursor: Cursor) -> Iterator[Batch]:
    """Yield a listing's pages: what an earlier poll left, then from the newest down to what is known.

    Each batch's cursor is the whole one, with this listing's part in it. A first reading, and each poll, ends
    after ``most_pages``; a first reading has then all that it wants, a later one goes on next time.
    """
    part = _Part.of(cursor.get(listing.name))
    left = listing.most_pages
    while True:
        resumed = part.rest is not None
        for batch in _stretch(listing, part, cursor, left):
            left -= 1
            yield batch
            part = _Part.of(batch.cursor.get(listing.name))
            if batch.wait is not None:
                return
        if not resumed or part.rest is not None or left <= 0:
            return


@dataclass(frozen=True, slots=True)
class _Part:
    """A listing's part of the cursor."""

    known: Known = field(default_factory=dict)
    met: Known = field(default_factory=dict)
    rest: str | None = None

    @staticmethod
    def of(told: Json) -> _Part:
        if not isinstance(told, Mapping):
            return _Part()
        rest = told.get("rest")
        known, met = known_of(told.get("known")), known_of(told.get("met"))
        return _Part(known, met, rest) if isinstance(rest, str) else _Part(known)

    def told(self) -> Json:
        if self.rest is None:
            return {"known": remembered(self.known)}
        return {"known": remembered(self.known), "met": remembered(self.met), "rest": self.rest}


def _stretch(listing: Listing, part: _Part, cursor: Cursor, most_pages: int) -> Iterator[Batch]:
    """Yield the pages from where the part says down to what is known, or until the pages are used up."""
    start, asked = part, {part.rest}
    for n_pages in range(1, most_pages + 1):
        page = listing.fetch(part.rest)
        found = sift((item for item in page.items if item.external_id not in part.met), start.known)
        met = {**part.met, **found.met}
        enough = not start.known and n_pages == most_pages
        done = page.further is None or enough or _meets_known(page, start.known)
        repeats = not done and page.further in asked
        if done:
            part = _Part(known_of(remembered(met, start.known)))
        elif repeats:
            part = _Part(start.known)
        else:
            part = _Part(start.known, met, page.further)
        words = [f"{listing.name}: the pages repeat; stopped, and read again next time"] if repeats else []
        yield Batch(
            mentions=found.mentions,
            cursor={**cursor, listing.name: part.told()},
            gone=found.gone,
            skipped=[*words, *page.skipped],
            unchanged=found.unchanged,
            quota=page.quota,
            wait=page.wait,
        )
        if part.rest is None or page.wait is not None:
            return
        asked.add(page.further)


def _meets_known(page: Page, known: Known) -> bool:
    """Whether the page holds nothing new: a late item, or one that slid across a page's edge, lies above it."""
    items = page.items
    return bool(items) and page.reaches_back and all(item.external_id in known for item in items)
