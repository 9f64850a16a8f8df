"""Many rows into a table at once, by the shortest way that its engine has: a batch of mentions, an analysis' tags.

SQLAlchemy writes down the parameters of every row for itself, and psycopg sends each row as a statement: for a batch
of new mentions that took more than SQLite's own work, and twice the server's (bench/ingest.py). Values are bound by
the columns' own types, so what is stored is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from operator import is_
from typing import Any

from sqlalchemy import JSON, Column, Connection, Table, insert

from storage.engines import written_at_once
from storage.types import PlainText, all_storable, to_json


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; other columns take what the database gives them."""
    if not rows:
        return
    if len(rows) == 1:
        connection.execute(insert(table), rows)
        return
    names = tuple(rows[0])
    columns = [_bound(connection, table.c[name], [row[name] for row in rows]) for name in names]
    statement = written_at_once(connection, table.name, names)
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _bound(connection: Connection, column: Column[Any], values: list[Any]) -> list[Any]:
    """Return a column's values as the driver takes them."""
    if isinstance(column.type, PlainText) and all_storable(values):
        return values
    dialect = connection.dialect
    # psycopg wraps JSON to tell the server what it is; here the column tells it.
    is_json = isinstance(column.type, JSON)
    bind = to_json if is_json else column.type.dialect_impl(dialect).bind_processor(dialect)
    if bind is None:
        return values
    if all(map(is_, values, repeat(values[0]))):  # the batch's own time, a flag that nobody has
        return [bind(values[0])] * len(values)
    return list(map(bind, values))
