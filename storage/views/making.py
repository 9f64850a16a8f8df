"""Dropping the views before a migration, and making them again after it, as this version says them."""

from __future__ import annotations

from sqlalchemy import Connection, text

from storage.engines import is_sqlite
from storage.views import NAMES, postgresql_statements, sqlite_statements


def drop(connection: Connection) -> None:
    """Drop the views where they would stand in the way of a table that is rebuilt: on SQLite.

    PostgreSQL keeps them, with what was granted on them and what others have built on them.
    """
    if is_sqlite(connection):
        for name in NAMES:
            connection.execute(text(f"DROP VIEW IF EXISTS {name}"))


def make(connection: Connection) -> None:
    """Make the views, or make them anew; on PostgreSQL their columns may only have grown at the end."""
    if is_sqlite(connection):
        for name, statement in sqlite_statements().items():
            connection.exec_driver_sql(f"CREATE VIEW {name} AS {statement}")
        return
    for name, statement in postgresql_statements().items():
        connection.exec_driver_sql(f"CREATE OR REPLACE VIEW {name} AS {statement}")
