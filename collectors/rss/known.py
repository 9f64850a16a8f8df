"""Which items of a feed were read before: found by their bytes and left out, with a proof that this changes nothing.

An item is recorded only where its bytes and the feed's frame alone decide what is read of it (``plain``), and where
no other item could change by what it is known (its id is the only one of its kind, it answers nothing). When such
bytes stand in a feed again, an empty item takes their place, and the feed is cut as always. Where the cut finds each
of those markers to be an item, the bytes that it replaced would have been exactly that item: XML reads an element
that begins among the items the same way wherever it stands. Everywhere else the whole feed is read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from collectors.rss.cut import Cut, Item, cut
from collectors.rss.entries import Entry
from collectors.rss.identity import Identities, identity_of
from collectors.rss.stretches import AFTER_NAME, TAGS, stretches

MOST_KNOWN = 500  # 12 bytes each: a cursor of 8 kB at most
DIGEST, KEY = 8, 4


@dataclass(frozen=True, slots=True)
class Known:
    """What a cursor keeps of the items of a feed: a digest of each one's bytes, and a key of its external id."""

    frame: str = ""
    items: Mapping[bytes, bytes] = field(default_factory=dict)  # digest → key

    @classmethod
    def of(cls, frame: object, items: object) -> Self:
        """Read what ``text`` wrote; whatever else stands there is nothing."""
        if not isinstance(frame, str) or not isinstance(items, str):
            return cls()
        try:
            packed = base64.b64decode(items, validate=True)
        except (ValueError, binascii.Error):
            return cls()
        size = DIGEST + KEY
        pairs = [packed[at : at + size] for at in range(0, min(len(packed), MOST_KNOWN * size), size)]
        return cls(frame, {pair[:DIGEST]: pair[DIGEST:] for pair in pairs if len(pair) == size})

    def text(self) -> str:
        """Return the items for a cursor."""
        return base64.b64encode(b"".join(digest + key for digest, key in self.items.items())).decode()


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Thinned:
    """A cut without the items that are known; ``left`` are those which stay, ``known`` those which were left out."""

    cut: Cut
    left: Sequence[Item]
    known: Known
    size: int  # bytes of all items, the known ones too


def digest(item: bytes) -> bytes:
    """Return by what an item's bytes are known, or nothing where ``without`` could not find them again."""
    for begin, end, _ in TAGS:
        if item.startswith(begin) and item[len(begin) : len(begin) + 1] in AFTER_NAME:
            return _hash(item) if item.find(end) == len(item) - len(end) else b""
    return b""


def key(external_id: str) -> bytes:
    """Return by what an external id is known."""
    return hashlib.blake2b(external_id.encode("utf-8", "surrogatepass"), digest_size=KEY).digest()


def frame_digest(found: Cut, *also: str) -> str:
    """Return a hash of all that can change how an item reads and stands outside of it."""
    parts = [found.opening, found.closing, *(each.encode("utf-8", "surrogatepass") for each in also)]
    told = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.blake2b(told, digest_size=8).hexdigest()


def without(data: bytes, known: Known) -> Thinned | None:
    """Return the feed without the items that are known; None where they cannot be left out, or none is there."""
    places = _places(data, known)
    if not places:
        return None
    pieces: list[bytes] = []
    markers: set[int] = set()
    at = length = 0
    for start, end, marker, _ in places:
        pieces += [data[at:start], marker]
        markers.add(length + start - at)
        length += start - at + len(marker)
        at = end
    found = cut(b"".join([*pieces, data[at:]]))
    if found.fault or not markers <= {item.start for item in found.items}:
        return None
    left = [item for item in found.items if item.start not in markers]
    size = sum(end - start for start, end, *_ in places) + sum(item.end - item.start for item in left)
    met = {digest: known.items[digest] for *_, digest in places}
    return Thinned(found, left, Known(known.frame, met), size)


def are_apart(entries: Sequence[Entry], known: Known, owners: Mapping[str, str]) -> bool:
    """Whether no entry is known by what a known one is known by: else it takes both to tell which is which."""
    keys = set(known.items.values())
    names = [*Identities(owners=dict(owners)).tell_apart(entries), *map(identity_of, entries)]
    return not any(key(name) in keys for name in names)


class Record:
    """Gathers what a reading makes known: entries that nothing but their own bytes decides about."""

    def __init__(self) -> None:
        self._frame = ""
        self._items: dict[bytes, bytes] = {}
        self._counts: Counter[bytes] = Counter()
        self._n_entries = 0

    def add(self, run_known: Known, entries: Sequence[Entry]) -> None:
        """Take in one run: what was known of it, and what was read."""
        self._frame = run_known.frame or self._frame
        self._n_entries += len(entries) + len(run_known.items)
        if self._n_entries > MOST_KNOWN:
            self._items.clear()
            return
        self._items |= run_known.items
        self._counts.update(run_known.items.values())
        for entry in entries:
            name = key(identity_of(entry))
            self._counts[name] += 1
            if entry.digest and not entry.answers:
                self._items[entry.digest] = name

    def known(self) -> Known:
        """Return what the cursor shall keep."""
        if not self._frame or self._n_entries > MOST_KNOWN:
            return NOTHING
        alone = {digest: name for digest, name in self._items.items() if self._counts[name] == 1}
        return Known(self._frame, alone) if alone else NOTHING


def _places(data: bytes, known: Known) -> list[tuple[int, int, bytes, bytes]]:
    """Return where known bytes stand, each once: start, end, what takes their place, digest."""
    places: list[tuple[int, int, bytes, bytes]] = []
    met: set[bytes] = set()
    for begin, close, marker in TAGS:
        for start, end in stretches(data, begin, close):
            hashed = _hash(data[start:end])
            if hashed in known.items and hashed not in met:
                met.add(hashed)
                places.append((start, end, marker, hashed))
        if places:
            break
    return places


def _hash(item: bytes) -> bytes:
    return hashlib.blake2b(item, digest_size=DIGEST).digest()
