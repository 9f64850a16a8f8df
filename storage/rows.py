"""What a search finds, for notebooks and scripts: rows one by one, or as a data frame.

pyarrow, polars and pandas are imported when somebody asks for what they are; NeedsAttention says what to install.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from model import Mention, utc
from storage import arrow
from storage.daily import daily_zone
from storage.query.moments import Clock, moment
from storage.query.parse import parse
from storage.query.resolve import resolved
from storage.query.words import matched_words
from storage.search import Query, search, tree_of
from storage.store import Store

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

Moment = str | date | datetime | timedelta
"""A moment: as in a query (``7d``, ``2026-11``), a day by the organisation's clock, an aware moment, or an age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A mention as a search shows it, in the columns of its data frames. Times are in UTC."""

    id: int
    published_at: datetime
    channel: str
    scope: str
    sources: tuple[str, ...]
    author: str | None
    author_partner: str | None
    by_us: bool
    title: str
    text: str
    lang: str | None
    sentiment: str | None
    score: float | None
    needs: tuple[str, ...]
    intents: tuple[str, ...]
    partners: tuple[str, ...]
    is_concern: bool
    url: str
    external_id: str
    collected_at: datetime
    edited_at: datetime | None
    story_id: int
    parent_id: str | None
    thread_id: str
    matched: tuple[str, ...]


COLUMNS: Mapping[str, arrow.Kind] = {
    "id": "integer",
    "published_at": "time",
    "channel": "text",
    "scope": "text",
    "sources": "texts",
    "author": "text",
    "author_partner": "text",
    "by_us": "boolean",
    "title": "text",
    "text": "text",
    "lang": "text",
    "sentiment": "text",
    "score": "number",
    "needs": "texts",
    "intents": "texts",
    "partners": "texts",
    "is_concern": "boolean",
    "url": "text",
    "external_id": "text",
    "collected_at": "time",
    "edited_at": "time",
    "story_id": "integer",
    "parent_id": "text",
    "thread_id": "text",
    "matched": "texts",
}
"""The columns of a data frame: the fields of Row, and what each holds."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a search finds, newest first. Nothing is asked before it is needed, and each use asks anew.

    Each use sees one moment of the store, whatever is written meanwhile; iterating holds a few rows at a time.

    >>> from tempfile import TemporaryDirectory
    >>> from storage import open_store
    >>> folder = TemporaryDirectory()
    >>> store = open_store(f"sqlite:///{folder.name}/earshot.db")
    >>> found = store.search("late box*", since="7d")
    >>> [row.title for row in found], found.arrow().num_rows
    ([], 0)
    >>> store.close(); folder.cleanup()
    """

    store: Store
    words: str
    since: Moment | None = None
    until: Moment | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        parse(self.words)  # a fault is told here, and not at the first row
        for at in (self.since, self.until):
            _as_moment(at, Clock())

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows. The transaction ends with the loop."""
        with self.store.reading() as connection:
            clock = Clock(zone=_zone(connection))
            query = Query(
                words=self.words,
                since=_as_moment(self.since, clock),
                until=_as_moment(self.until, clock),
                clock=clock,
            )
            tree = tree_of(query)
            tree = None if tree is None else resolved(connection, tree)
            for mention in search(connection, query, limit=self.limit):
                yield row_of(mention, matched_words(tree, mention))

    def batches(self) -> Iterator[pyarrow.RecordBatch]:
        """Yield the rows as Arrow's batches, for results of any size."""
        cells = ([getattr(row, name) for name in COLUMNS] for row in self)
        return arrow.batches(cells, COLUMNS)

    def arrow(self) -> pyarrow.Table:
        """Return all rows as an Arrow table; needs pyarrow."""
        schema = arrow.schema_of(COLUMNS)
        library = arrow.library("pyarrow", "a table of Arrow", "'earshot[parquet]'")
        return library.Table.from_batches(list(self.batches()), schema)

    def to_polars(self) -> polars.DataFrame:
        """Return all rows as a data frame of polars; needs polars and pyarrow."""
        library = arrow.library("polars", "a data frame of polars", "polars")
        return cast("polars.DataFrame", library.from_arrow(self.arrow()))

    def to_pandas(self) -> pandas.DataFrame:
        """Return all rows as a data frame of pandas; needs pandas and pyarrow."""
        arrow.library("pandas", "a data frame of pandas", "pandas")
        return self.arrow().to_pandas()

    def __repr__(self) -> str:
        """Return what is asked, not what is found: nothing is asked of the store to show it."""
        asked = {"since": self.since, "until": self.until, "limit": self.limit}
        said = "".join(f", {name}={value!r}" for name, value in asked.items() if value is not None)
        return f"search({self.words!r}{said})"


def row_of(mention: Mention, matched: Sequence[str]) -> Row:
    """Return a mention that the store has handed out as a row."""
    sentiment = next((tag for tag in mention.annotations if tag.kind == "sentiment"), None)
    assert mention.id is not None
    assert mention.published_at is not None
    assert mention.collected_at is not None
    return Row(
        id=mention.id,
        published_at=mention.published_at,
        channel=mention.channel,
        scope=mention.scope or "",
        sources=mention.sources,
        author=mention.author.handle if mention.author is not None else None,
        author_partner=mention.author_partner,
        by_us=mention.by_us,
        title=mention.title,
        text=mention.text,
        lang=mention.lang,
        sentiment=sentiment.label if sentiment is not None else None,
        score=sentiment.score if sentiment is not None else None,
        needs=_labels(mention, "need"),
        intents=_labels(mention, "intent"),
        partners=_labels(mention, "partner"),
        is_concern="yes" in _labels(mention, "concern"),
        url=mention.url,
        external_id=mention.external_id,
        collected_at=mention.collected_at,
        edited_at=mention.edited_at,
        story_id=mention.story_id if mention.story_id is not None else mention.id,
        parent_id=mention.parent_id,
        thread_id=mention.thread_id or mention.external_id,
        matched=tuple(matched),
    )


def _labels(mention: Mention, kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.label for tag in mention.annotations if tag.kind == kind))


def _zone(connection: Connection) -> tzinfo:
    """Return the organisation's zone, by which its days are counted; UTC before the first are."""
    counted_in = connection.execute(select(daily_zone.c.zone)).scalar()
    return UTC if counted_in is None else ZoneInfo(counted_in)


def _as_moment(at: Moment | None, clock: Clock) -> datetime | None:
    if at is None:
        return None
    if isinstance(at, str):
        return moment(at, clock)
    if isinstance(at, timedelta):
        return clock.now.astimezone(UTC) - at
    if isinstance(at, datetime):
        return utc(at)
    return datetime(at.year, at.month, at.day, tzinfo=clock.zone).astimezone(UTC)
