"""How far a feed was read: the validators of its last answer, and what was in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from collectors.rss.known import Known
from model import Cursor, Json
from net.http import Response

READER = b"2"  # raised when the same bytes would be read differently, so that they are read again
LONGEST_VALIDATOR = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a cursor holds. ``etag`` and ``modified`` are as the server wrote them, and belong to ``url`` only.

    ``frame`` and ``items`` are what is known of the entries, as the cursor has it: most readings never look.
    """

    url: str = ""
    etag: str = ""
    modified: str = ""
    hash: str = ""
    entries: int = 0
    owners: Mapping[str, str] = field(default_factory=dict)
    frame: str = ""
    items: str = ""

    @property
    def known(self) -> Known:
        """Which entries were read before."""
        return Known.of(self.frame, self.items)

    @classmethod
    def of(cls, cursor: Cursor, url: str) -> Self:
        """Read a cursor; validators of another address are dropped, and what is of the wrong type."""
        owners, entries = cursor.get("owners"), cursor.get("entries")
        is_here = cursor.get("url") == url
        return cls(
            url=url,
            etag=_text(cursor, "etag") if is_here else "",
            modified=_text(cursor, "modified") if is_here else "",
            hash=_text(cursor, "hash"),
            entries=entries if isinstance(entries, int) else 0,
            owners={key: str(value) for key, value in owners.items()} if isinstance(owners, Mapping) else {},
            frame=_text(cursor, "frame") if is_here else "",
            items=_text(cursor, "known") if is_here else "",
        )

    @classmethod
    def after(cls, response: Response, url: str) -> Self:
        """Return the mark of a good answer, before its entries are counted."""
        return cls(
            url=url,
            etag=_validator(response, "etag"),
            modified=_validator(response, "last-modified"),
            hash=hashlib.blake2b(response.body, digest_size=16, salt=READER).hexdigest(),
        )

    def cursor(self) -> Cursor:
        """Return it as JSON, without what is empty."""
        said: dict[str, Json] = {
            "url": self.url,
            "etag": self.etag,
            "modified": self.modified,
            "hash": self.hash,
            "entries": self.entries,
            "owners": dict(self.owners),
            "frame": self.frame,
            "known": self.items,
        }
        return {name: value for name, value in said.items() if value}


def _text(cursor: Cursor, name: str) -> str:
    value = cursor.get(name)
    return value if isinstance(value, str) else ""


def _validator(response: Response, name: str) -> str:
    """Return a validator that can be sent back as it came; a huge one would only fill the store."""
    value = response.headers.get(name) or ""
    return value if len(value) <= LONGEST_VALIDATOR else ""
