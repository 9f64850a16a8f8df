"""A few mentions in an index of their own, in memory: many rules are asked about a batch without a look at the store.

The rows are the store's, the full text is SQLite's, and the compiler is that of the search language (storage/query):
what matches here is what a search would find. Names (partners, sources, saved searches) are the store's.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    NullPool,
    Select,
    Table,
    create_engine,
    insert,
    select,
)

from errors import NeedsAttention
from storage.query.conditions import Asking
from storage.query.moments import Clock
from storage.query.parse import parse
from storage.query.plan import everything
from storage.query.resolve import resolved
from storage.query.tree import Field, Tree, leaves
from storage.schema import authors, mention_annotations, mention_sources, mentions, search_texts

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Ids in one statement."""
OF_A_MENTION = (search_texts, mention_annotations, mention_sources)
"""Tables with rows of a mention's own that queries ask about."""
UNASKED = frozenset({"raw", "because", "text", "title"})
"""Columns that no query asks about: most of a row's bytes. Full text is made of other words (storage/words.py)."""
FULL_TEXT = (
    "CREATE VIRTUAL TABLE mentions_search USING fts5(said, content = 'search_texts', content_rowid = 'mention_id', "
    "tokenize = 'ascii')"  # as the store's own (migration 0001)
)
MOST_STATEMENTS = 2_000
"""Of queries, that are remembered: to write one anew takes longer than a batch takes to answer it."""
_statements: dict[tuple[Tree, Clock | None], Select[int]] = {}


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
        if key not in _statements:
            if len(_statements) >= MOST_STATEMENTS:
                _statements.clear()
            _statements[key] = everything(self._asking, tree)
        return set(self._asking.connection.execute(_statements[key]).scalars())


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
    """Each connection is a database of its own; what was compiled for one serves the next."""
    return create_engine("sqlite://", poolclass=NullPool, query_cache_size=MOST_STATEMENTS)


def _fill(store: Connection, memory: Connection, ids: Sequence[int]) -> None:
    for table in (mentions, authors, *OF_A_MENTION):
        memory.exec_driver_sql(_ddl(table))
    memory.exec_driver_sql(FULL_TEXT)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        _copy(store, memory, mentions.c.id, some)
        for table in OF_A_MENTION:
            _copy(store, memory, table.c.mention_id, some)
    spoke = select(mentions.c.author_id).where(mentions.c.author_id.is_not(None)).distinct()
    speakers = memory.execute(spoke).scalars().all()
    for start in range(0, len(speakers), AT_ONCE):
        _copy(store, memory, authors.c.id, speakers[start : start + AT_ONCE])
    memory.exec_driver_sql("INSERT INTO mentions_search(mentions_search) VALUES ('rebuild')")


@cache
def _ddl(table: Table) -> str:
    """A table's columns and its key, and nothing else: rules and defaults were the store's when it was written."""
    columns = ", ".join(
        f"{column.name} INTEGER" if isinstance(column.type, Integer | BigInteger) else column.name
        for column in _asked(table)
    )
    key = ", ".join(column.name for column in table.primary_key)
    return f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY ({key}))"


def _copy(store: Connection, memory: Connection, column: Column[int], ids: Sequence[int]) -> None:
    table = column.table
    rows = store.execute(select(*_asked(table)).where(column.in_(ids))).mappings().all()
    if rows:
        memory.execute(insert(table), [dict(row) for row in rows])


@cache
def _asked(table: Table) -> tuple[Column[object], ...]:
    return tuple(column for column in table.columns if column.name not in UNASKED)
