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
GROWN = (
    "INSERT INTO mentions (id, channel, scope, external_id, author_id, url, title, text, content_hash, story_id, "
    "published_at, collected_at, thread_external_id, analyzed_as) "
    "SELECT id + n * 4194304, channel, scope, 'g' || n, author_id, url, title, text, 'g' || n, id + n * 4194304, "
    "published_at - make_interval(days => (n %% 500)::int), collected_at, 'g' || n, analyzed_as "
    "FROM mentions, generate_series(1::bigint, {n_mentions}) AS numbers (n) WHERE external_id = 't3_1'",
    "INSERT INTO search_texts (mention_id, said) SELECT m.id, s.said FROM mentions m, search_texts s "
    "WHERE m.external_id LIKE 'g%%' AND s.mention_id = (SELECT id FROM mentions WHERE external_id = 't3_1')",
    "INSERT INTO mention_sources (source_id, mention_id, first_seen_at) "
    "SELECT 1, id, collected_at FROM mentions WHERE external_id LIKE 'g%%'",
    "INSERT INTO annotations (mention_id, kind, label, n, confidence, because, origin, version) "
    "SELECT id, 'need', 'information', 0, 0.9, '[]', 'rule', 'fast 1' FROM mentions "
    "WHERE external_id LIKE 'g%%'",
)
"""What tests.old_store.grown does, in PostgreSQL's words."""
SHAPE = """
SELECT 'column', attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull
    || ' ' || coalesce(pg_get_expr(adbin, adrelid), '')
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped
    AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)
UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'constraint', conrelid::regclass || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
ORDER BY 1, 2
"""


@contextmanager
def an_old_database(server: PostgresServer) -> Iterator[str]:
    """Yield the address of a database as the first Earshot left it; it is gone afterwards."""
    with _a_database(server, NAME) as url:
        engine = engine_for(url)
        with engine.begin() as connection:
            _make_tables(connection, SCHEMA)
            _fill(connection)
        engine.dispose()  # nobody has it open
        yield url


@contextmanager
def _a_database(server: PostgresServer, name: str) -> Iterator[str]:
    server.command(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.command(f"CREATE DATABASE {name}")
    try:
        yield server.url(name)
    finally:
        server.command(f"DROP DATABASE {name} WITH (FORCE)")


def grown(url: str, n_mentions: int) -> None:
    """Let the database hold so many mentions more, each with its words, a source and a tag."""
    engine = engine_for(url)
    with engine.begin() as connection:
        for statement in GROWN:
            connection.exec_driver_sql(statement.format(n_mentions=n_mentions))
        connection.exec_driver_sql("ANALYZE")  # as the server's own autovacuum would have done it
    engine.dispose()


def whole(server: PostgresServer) -> str:
    """Return the schema of a database that is all of it and no more; AssertionError where it is not."""
    schema = schema_of(server)
    with _a_database(server, "compared") as url:
        engine = engine_for(url)
        with engine.begin() as connection:
            _make_tables(connection, schema)
        engine.dispose()
        expected = _shape(server, "compared")
    assert _shape(server, NAME) == expected
    return schema


def _shape(server: PostgresServer, name: str) -> list[tuple[object, ...]]:
    return server.command(SHAPE, name)


def schema_of(server: PostgresServer) -> str:
    """Return the schema that the database has."""
    return str(server.command("SELECT version_num FROM alembic_version", NAME)[0][0])


def _make_tables(connection: sa.Connection, schema: str) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    directory = scripts()

    def steps(revision: Any, _context: object) -> object:
        return directory._upgrade_revs(schema, revision)

    with EnvironmentContext(Config(), directory, fn=steps) as environment:
        environment.configure(connection=connection, tell=lambda *_: None)
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
