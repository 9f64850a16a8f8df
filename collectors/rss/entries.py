"""What a feed says, in one shape, whatever its format: the border between what came over the wire and our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from model import Json

OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web: an unset clock, not a date


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A piece of text as the feed gives it, plain or HTML."""

    value: str = ""
    is_html: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item. What the feed does not say is empty or None; links are absolute."""

    id: str = ""
    link: str = ""
    title: Said = Said()
    body: Said = Said()
    author: str = ""
    author_url: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    lang: str = ""
    answers: str = ""  # the id of the entry that this one replies to
    also: Mapping[str, Json] = field(default_factory=dict)  # kept as it was read: tags, where comments are
    digest: bytes = field(
        default=b"", compare=False, repr=False
    )  # of its bytes, where they alone decided all this

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing."""
        return not (self.title.value.strip() or self.body.value.strip())

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it by which one could tell it from another."""
        return self.is_silent and not self.id and not self.link


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed says of itself."""

    title: str = ""
    author: str = ""
    link: str = ""
    lang: str = ""


def plausible(moment: datetime | None, *, now: datetime) -> datetime | None:
    """Return a date that can be true, else None: nothing before the web, nothing more than a day ahead.

    A date without a zone was read as UTC, as feedparser does. It is at most 14 hours off, and far better than
    the time of collection for an archive of old posts.
    """
    if moment is None or not OLDEST <= moment <= now + timedelta(days=1):
        return None
    return moment
