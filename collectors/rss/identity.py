"""By what an item is known again: its id, where that can be trusted, else its link and title."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from collectors.rss.entries import Entry
from text import clean

LONGEST_ID = 400
MOST_REUSED = 1000
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def canonical(identity: str) -> str:
    """Return one form for the ``http`` and the ``https`` form of an id; a very long one becomes its hash."""
    identity = clean(identity)
    found = _SCHEME.match(identity)
    identity = "https://" + identity[found.end() :] if found else identity
    return identity if len(identity) <= LONGEST_ID else f"sha256:{_hash(identity)}"


def identity_of(entry: Entry) -> str:
    """Return by what an item would be known if no other had the same id."""
    return canonical(entry.id) or of_content(entry)


def of_content(entry: Entry) -> str:
    """Return the identity of an item without an id: the hash of its link and title, or of its text."""
    said = f"{canonical(entry.link)}|{entry.title.value.strip()}"
    return f"sha256:{_hash(entry.body.value if said == '|' else said)}"


@dataclass(slots=True)
class Identities:
    """Tells apart the items of one reading of a feed.

    An id that one feed gives to items with different links is no identity. The oldest keeps it, since it may be
    stored by it already; the others are known by id and link. Who kept it stays in the cursor: else, once the
    oldest has left the feed, the next one would pass for an edit of it.
    """

    owners: dict[str, str] = field(
        default_factory=dict
    )  # hash of a reused id → that of the link that keeps it
    links: dict[str, str] = field(
        default_factory=dict
    )  # hash of an id → of the link it first came with this time

    def tell_apart(self, entries: Sequence[Entry]) -> Mapping[str, Entry]:
        """Return entries, given newest first, by external id. Twice the same id and link is one item."""
        told: dict[str, Entry] = {}
        newest_first = sorted(entries, key=_said_at, reverse=True)
        for entry in reversed(newest_first):
            told[self._external_id(entry)] = entry
        return told

    def _external_id(self, entry: Entry) -> str:
        identity = canonical(entry.id)
        if not identity:
            return of_content(entry)
        key, link = _hash(identity)[:16], _hash(canonical(entry.link))[:16]
        owner = self.owners.get(key) or self.links.setdefault(key, link)
        if link == owner:
            return identity
        if len(self.owners) < MOST_REUSED:
            self.owners.setdefault(key, owner)
        return canonical(f"{identity} {link}")


def _said_at(entry: Entry) -> datetime:
    return entry.published or entry.updated or _LONG_AGO


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]
