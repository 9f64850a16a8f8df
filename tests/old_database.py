"""The store of the oldest schema as a database of PostgreSQL: the same rows as in tests/stores_of_0002.sql."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.engines import engine_for
from storage.migrations import scripts
from tests.old_store import SCHEMA, SQL
from tests.postgres import PostgresServer

NAME = "oldest"


@contextmanager
def an_old_database(server: PostgresServer) -> Iterator[str]:
    """Yield the address of a database as the first Earshot left it; it is gone afterwards."""
    server.command(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    server.command(f"CREATE DATABASE {NAME}")
    url = server.url(NAME)
    engine = engine_for(url)
    with engine.begin() as connection:
        _make_tables(connection)
        _fill(connection)
    engine.dispose()  # nobody has it open
    try:
        yield url
    finally:
        server.command(f"DROP DATABASE {NAME} WITH (FORCE)")


def schema_of(server: PostgresServer) -> str:
    """Return the schema that the database has."""
    return str(server.command("SELECT version_num FROM alembic_version", NAME)[0][0])


def _make_tables(connection: sa.Connection) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    directory = scripts()

    def steps(revision: Any, _context: object) -> object:
        return directory._upgrade_revs(SCHEMA, revision)

    with EnvironmentContext(Config(), directory, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


def _fill(connection: sa.Connection) -> None:
    """Copy every row, in an order in which each finds what it refers to."""
    tables = sa.MetaData()
    tables.reflect(connection)
    with closing(sqlite3.connect(":memory:")) as old:
        old.executescript(SQL.read_text(encoding="utf-8"))
        old.row_factory = sqlite3.Row
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = [_as_typed(table, row) for row in old.execute(f"SELECT * FROM {table.name}")]
            if rows:
                connection.execute(sa.insert(table), rows)


def _as_typed(table: sa.Table, row: sqlite3.Row) -> dict[str, Any]:
    return {name: _value(table.c[name].type, row[name]) for name in row.keys() if name in table.c}  # noqa: SIM118


def _value(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, sa.Boolean):
        return bool(value)
    if isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(f"{value}+00:00")
    return json.loads(value) if isinstance(kind, sa.JSON) else value
