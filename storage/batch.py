"""A few mentions in an index of their own, in memory: many rules are asked about a batch without a look at the store.

The rows are the store's, the full text is SQLite's, and the compiler is that of the search language (storage/query):
what matches here is what a search would find. Names (partners, sources, saved searches) are the store's.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Column, Connection, Engine, NullPool, Select, Table, create_engine, select

from errors import NeedsAttention
from storage.query.conditions import Asking
from storage.query.moments import Clock
from storage.query.parse import parse
from storage.query.plan import everything
from storage.query.resolve import resolved
from storage.query.tree import Field, Tree, leaves
from storage.schema import authors, mention_annotations, mention_sources, mentions, search_texts
from storage.types import storable

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Ids in one statement."""
ASKED: dict[Table, str] = {
    mentions: "id channel external_id author_id author_partner_id url by_us waits lang lang_hint thread_external_id "
    "edited_at deleted_at",
    authors: "id account name ours",
    search_texts: "mention_id said title_length",
    mention_annotations: "mention_id kind label",
    mention_sources: "mention_id source_id",
}
"""Columns that conditions ask about (storage/query/conditions.py); one that is missing here is an error at once."""
OF_A_MENTION = (search_texts, mention_annotations, mention_sources)
"""Tables with rows of a mention's own."""
FULL_TEXT = (
    "CREATE VIRTUAL TABLE mentions_search USING fts5(said, content = 'search_texts', content_rowid = 'mention_id', "
    "tokenize = 'ascii')"  # as the store's own (migration 0001)
)
MOST_STATEMENTS = 2_000
"""Of queries, that are remembered: SQLAlchemy writes one in half a millisecond, and a batch answers in 50 µs."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A query as the driver takes it."""

    sql: str
    values: tuple[object, ...]


_written: dict[tuple[Tree, Clock | None], _Written] = {}


class Batch:
    """Mentions that queries are asked about. ``matching`` says which of them a query matches."""

    def __init__(self, store: Connection, memory: Connection, ids: Sequence[int], clock: Clock) -> None:
        self._store = store
        self._asking = Asking(memory, clock)
        self._ids = frozenset(ids)

    def matching(self, words: str) -> set[int]:
        """Return which of the mentions match a query; an empty one matches all.

        A query whose saved search is gone matches nothing, and the log says so: the others are asked nevertheless.
        """
        tree = parse(words)
        if tree is None or not self._ids:
            return set(self._ids)
        try:
            tree = resolved(self._store, tree)
        except NeedsAttention as error:
            log.error("a query matches nothing until it is mended: %s", error)
            return set()
        return self._found(tree)

    def _found(self, tree: Tree) -> set[int]:
        timed = any(isinstance(leaf, Field) and leaf.name in ("since", "until") for leaf in leaves(tree))
        key = tree, self._asking.clock if timed else None
        if key not in _written:
            if len(_written) >= MOST_STATEMENTS:
                _written.clear()
            _written[key] = _as_written(everything(self._asking, tree), self._asking.connection)
        asked = _written[key]
        return {row for (row,) in _driver(self._asking.connection).execute(asked.sql, asked.values)}


@contextmanager
def indexed(store: Connection, ids: Sequence[int], *, clock: Clock | None = None) -> Iterator[Batch]:
    """Yield an index of these mentions alone; ``clock`` is what the times in queries are meant by."""
    with _engine().connect() as memory:
        _fill(store, memory, ids)
        yield Batch(store, memory, ids, clock or Clock())


def matching(store: Connection, words: str, among: Sequence[int], *, clock: Clock | None = None) -> set[int]:
    """Return which of these mentions match one query."""
    with indexed(store, among, clock=clock) as batch:
        return batch.matching(words)


@cache
def _engine() -> Engine:
    """Each connection is a database of its own."""
    return create_engine("sqlite://", poolclass=NullPool)


def _driver(memory: Connection) -> sqlite3.Connection:
    driver = memory.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _as_written(asked: Select[int], memory: Connection) -> _Written:
    compiled = asked.compile(dialect=memory.dialect, compile_kwargs={"render_postcompile": True})
    given = compiled.construct_params()
    values = [given[name] for name in compiled.positiontup or ()]
    return _Written(
        str(compiled), tuple(storable(value) if isinstance(value, str) else value for value in values)
    )


def _fill(store: Connection, memory: Connection, ids: Sequence[int]) -> None:
    driver = _driver(memory)
    for table, columns in ASKED.items():
        numbers = ", ".join(
            f"{name} INTEGER" if name in ("id", "mention_id") else name for name in columns.split()
        )
        key = next(iter(columns.split()))
        driver.execute(
            f"CREATE TABLE {table.name} ({numbers}{f', PRIMARY KEY ({key})' if key == 'id' else ''})"
        )
        if key != "id":
            driver.execute(f"CREATE INDEX ix_{table.name} ON {table.name} (mention_id)")
    driver.execute(FULL_TEXT)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        _copy(store, driver, mentions.c.id, some)
        for table in OF_A_MENTION:
            _copy(store, driver, table.c.mention_id, some)
    spoke = driver.execute("SELECT DISTINCT author_id FROM mentions WHERE author_id IS NOT NULL").fetchall()
    speakers = [row for (row,) in spoke]
    for start in range(0, len(speakers), AT_ONCE):
        _copy(store, driver, authors.c.id, speakers[start : start + AT_ONCE])
    driver.execute("INSERT INTO mentions_search(mentions_search) VALUES ('rebuild')")


def _copy(store: Connection, driver: sqlite3.Connection, column: Column[int], ids: Sequence[int]) -> None:
    table = column.table
    names = ASKED[table].split()
    rows = store.execute(select(*(table.c[name] for name in names)).where(column.in_(ids))).all()
    marks = ", ".join("?" * len(names))
    plain = [tuple(str(value) if isinstance(value, datetime) else value for value in row) for row in rows]
    driver.executemany(f"INSERT INTO {table.name} VALUES ({marks})", plain)
