"""What storing costs: the store's own way in beside the same rows written without a thought, in one run.

The rows of the plain way are taken from a store that was filled by its own way, so both write the same into the same
schema, with its indices, full text and triggers, 500 mentions in a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import psycopg
from sqlalchemy import Connection

from analysis.contract import Analysis
from bench import filling
from model import Mention
from stages.analyze import ANALYZED_AT_ONCE, Tagged, record
from storage import claims
from storage.annotations import Found, record_analyses
from storage.bulk import insert_rows
from storage.mentions import add_mentions
from storage.reading import load_mentions
from storage.schema import mention_annotations
from storage.store import Store

TABLES = ("authors", "mentions", "search_texts", "mention_sources", "annotations")
Keep = Callable[[Sequence[Tagged], Connection], None]
OF_A_MENTION = {"mentions": "id", "search_texts": "mention_id", "mention_sources": "mention_id"}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table, and the names of its columns."""

    table: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]


def take_in(store: Store, numbers: range, *, total: int) -> None:
    """Store mentions by the store's own way in, 500 at once, and their tags as rows in the same transaction."""
    for start in range(numbers.start, numbers.stop, filling.AT_ONCE):
        some = range(start, min(start + filling.AT_ONCE, numbers.stop))
        heard = filling.said(some, total)
        with store.writing() as connection:
            new = add_mentions(connection, 1, heard, now=filling.NOW).new
            if new:
                insert_rows(connection, mention_annotations, filling.tag_rows(some, new))


def analyse(store: Store, numbers: range, keep: Keep, *, total: int) -> None:
    """Store mentions, and their tags as the stage of analysis does: claimed, loaded and kept 200 at once."""
    for start in range(numbers.start, numbers.stop, filling.AT_ONCE):
        some = range(start, min(start + filling.AT_ONCE, numbers.stop))
        store.write(partial(add_mentions, source_id=1, heard=filling.said(some, total), now=filling.NOW))
    while undone := store.write(_claimed):
        store.write(partial(keep, [_tagged(mention) for mention in undone]))


def tags_alone(found: Sequence[Tagged], connection: Connection) -> None:
    """Keep tags, and nothing that follows from them."""
    record_analyses(
        connection, [Found(mention, one.lang, one.annotations, version) for mention, one, version in found]
    )


def tags_and_stories(found: Sequence[Tagged], connection: Connection) -> None:
    """Keep tags, and say whose story each is and who waits: all that the stage does."""
    record(found, connection, rules_since=None)


def _tagged(mention: Mention) -> Tagged:
    return mention, Analysis("en", tuple(filling.tags_of(int(mention.external_id[1:])))), "1"


def _claimed(connection: Connection) -> list[Mention]:
    ids = claims.unanalyzed(connection, now=filling.NOW, limit=ANALYZED_AT_ONCE)
    return load_mentions(connection, ids)


def rows_of(url: str) -> list[Rows]:
    """Return what a store holds in the tables that taking in writes."""
    return [_rows(url, table) for table in TABLES]


def write_plainly(url: str, taken: Sequence[Rows]) -> None:
    """Write the same rows into an empty store with the same sources, without any look-up."""
    if url.startswith("sqlite"):
        _on_sqlite(url, taken)
    else:
        _on_postgresql(url, taken)


def file_of(url: str) -> str:
    """Return the file of a store on SQLite."""
    return url.removeprefix("sqlite:///")


def _rows(url: str, table: str) -> Rows:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(file_of(url))) as connection:
            found = connection.execute(f"SELECT * FROM {table} ORDER BY {OF_A_MENTION.get(table, '1')}")
            return Rows(table, tuple(column[0] for column in found.description), found.fetchall())
    with psycopg.connect(url) as connection:
        named = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        columns = tuple(name for (name,) in named)
        # As text: a value of JSON goes back as it came.
        asked = ", ".join(f"{name}::text" for name in columns)
        found_there = connection.execute(f"SELECT {asked} FROM {table} ORDER BY 1".encode())
        return Rows(table, columns, found_there.fetchall())


def _batches(taken: Sequence[Rows]) -> Iterator[list[Rows]]:
    """Yield the rows by 500 mentions; authors come with the first."""
    by_name = {each.table: each for each in taken}
    at = by_name["annotations"].columns.index("mention_id")
    tags: dict[object, list[tuple[object, ...]]] = {}
    for row in by_name["annotations"].rows:
        tags.setdefault(row[at], []).append(row)
    id_at = by_name["mentions"].columns.index("id")
    yield [by_name["authors"]]
    for start in range(0, len(by_name["mentions"].rows), filling.AT_ONCE):
        part = [
            Rows(name, by_name[name].columns, by_name[name].rows[start : start + filling.AT_ONCE])
            for name in OF_A_MENTION
        ]
        said = [tag for row in part[0].rows for tag in tags.get(row[id_at], [])]
        yield [*part, Rows("annotations", by_name["annotations"].columns, said)]


def _on_sqlite(url: str, taken: Sequence[Rows]) -> None:
    with closing(sqlite3.connect(file_of(url), isolation_level=None)) as connection:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA cache_size = -16384")
        for batch in _batches(taken):
            connection.execute("BEGIN IMMEDIATE")
            for part in batch:
                places = ", ".join("?" for _ in part.columns)
                named = ", ".join(part.columns)
                connection.executemany(f"INSERT INTO {part.table} ({named}) VALUES ({places})", part.rows)
            connection.execute("COMMIT")


def _on_postgresql(url: str, taken: Sequence[Rows]) -> None:
    with psycopg.connect(url) as connection:
        for part in taken:
            connection.execute(
                f"CREATE TEMP TABLE new_{part.table} ON COMMIT DELETE ROWS AS "
                f"SELECT {', '.join(part.columns)} FROM {part.table} WITH NO DATA".encode()
            )
        connection.commit()
        for batch in _batches(taken):
            for part in batch:
                named = ", ".join(part.columns)
                with connection.cursor().copy(f"COPY new_{part.table} ({named}) FROM STDIN".encode()) as copy:
                    for row in part.rows:
                        copy.write_row(row)
                connection.execute(
                    f"INSERT INTO {part.table} ({named}) SELECT {named} FROM new_{part.table} "
                    "ON CONFLICT DO NOTHING".encode()
                )
            connection.commit()
