"""What a collector promises, and what the runner lends it. design.md, section 5.

A collector is a frozen dataclass whose fields are its settings. It reads one source forward from a cursor and
yields batches; it never sleeps, retries for minutes, stores, schedules or removes duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from errors import EarshotError
from model import Cursor, Handles, Mention
from net.http import Http


@dataclass(frozen=True, slots=True)
class Reach:
    """What the runner lends a collector: never stored, never configured by it."""

    http: Http
    now: Callable[[], datetime]
    ours: Handles
    cursor: Cursor = field(default_factory=dict)
    """For a recheck: the source's cursor as it was saved last, for a login session may live in it."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What the service still allows, and until when."""

    left: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some mentions, and where to go on once they are safe.

    ``cursor`` is saved together with the mentions. Where a channel pages newest first it stays the old one
    until the last page, so that a kill between pages reads them again rather than leaving a hole.
    """

    mentions: Sequence[Mention] = ()
    cursor: Cursor
    gone: Sequence[str] = ()  # external ids that are deleted at the source
    skipped: Sequence[str] = ()  # what could not be read, in words
    unchanged: int = 0
    moved_to: str | None = None  # the source's new address (301)
    quota: Quota | None = None
    wait: timedelta | None = None  # the service asked for a pause though it answered


@runtime_checkable
class Collector(Protocol):
    """Reads one source from where it last stopped."""

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield batches, oldest cursor first; raise TryLater or NeedsAttention when the source cannot be read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """What became of mentions that were asked about again. What is in none of the three could not be told."""

    edited: Sequence[
        Mention
    ] = ()  # whole, as they stand now; the store sees by itself whether a word changed
    gone: Sequence[str] = ()  # external ids that are deleted at the source, or whose account is
    unchanged: int = 0
    quota: Quota | None = None
    wait: timedelta | None = None
    cursor: Cursor | None = (
        None  # the reach's, with another session in it; not saved where a reading was faster
    )
    error: EarshotError | None = None
    """May be given in place of raising it, so that the cursor is saved all the same; nothing else counts then."""


@runtime_checkable
class Recheck(Protocol):
    """A collector whose channel can tell edits and deletions of what it has brought."""

    recheck_at_once: int  # how many external ids one request takes

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Ask about at most ``recheck_at_once`` mentions; raise TryLater or NeedsAttention as collect does."""
        ...
