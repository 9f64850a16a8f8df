"""The read-only role on PostgreSQL: it may read the documented views, and nothing else.

`earshot sql` works as this role, and any BI tool may sign in as it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from errors import NeedsAttention
from storage.engines import is_sqlite
from storage.views import NAMES

if TYPE_CHECKING:
    import psycopg

LONGEST_NAME = 63
"""Bytes of a role's name; PostgreSQL cuts a longer one without a word."""
KEPT_TO = {
    "default_transaction_read_only": "on",
    "statement_timeout": "60s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10min",
    "work_mem": "64MB",
    "TimeZone": "UTC",
}
"""What a session of the role begins with; a person may change it in theirs, which reads no more for it."""
STANDING = """
    SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication, rolname = current_user,
        pg_has_role(roles.oid, (SELECT relowner FROM pg_class WHERE oid = to_regclass('mentions')), 'MEMBER')
    FROM pg_roles AS roles WHERE rolname = %s
"""
READS_MORE = """
    SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p', 'm', 'S', 'v')
        AND relname <> ALL (%s)
        AND (has_table_privilege(%s, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
            OR (relkind <> 'S' AND has_any_column_privilege(%s, oid, 'SELECT, INSERT, UPDATE')))
    ORDER BY relname LIMIT 1
"""


def admit(connection: Connection, role: str) -> list[str]:
    """Make the role where there is none of that name, and let it read the views and nothing else.

    Return what could not be done, in words: each is for whoever runs the server. Raises NeedsAttention where the role
    would read more than the views, and where this user may not make it. The same again changes nothing.
    """
    if is_sqlite(connection):
        raise NeedsAttention(
            "a store on SQLite has no roles: earshot sql needs none, and who may read the file may read all of it"
        )
    if not role or len(role.encode()) > LONGEST_NAME or "\0" in role or role.lower().startswith("pg_"):
        raise NeedsAttention(f"{role[:80]!r} can be no role's name: 1 to {LONGEST_NAME} bytes, and not pg_…")
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    import psycopg

    try:
        return _admit(driver, role)
    except psycopg.errors.InsufficientPrivilege as error:
        raise NeedsAttention(
            f"role {role}: {error.diag.message_primary}; let an administrator do CREATE ROLE … LOGIN and grant "
            "it to the user of [store] url WITH ADMIN OPTION, then run this again"
        ) from error


def _admit(driver: psycopg.Connection[Any], role: str) -> list[str]:
    from psycopg import sql

    schema = _one(driver, "SELECT current_schema()")
    name, place = sql.Identifier(role), sql.Identifier(schema)
    if driver.execute(STANDING, [role]).fetchone() is None:
        driver.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(name))
    mighty, is_us, owns = driver.execute(STANDING, [role]).fetchone() or (False, False, False)
    if mighty or is_us or owns:
        why = "is the user of [store] url" if is_us else "owns the store" if owns else "may do more than read"
        raise NeedsAttention(f"role {role} {why}; name another one, which only reads")
    views = sql.SQL(", ").join(sql.SQL("{}.{}").format(place, sql.Identifier(view)) for view in NAMES)
    for statement in (
        sql.SQL("GRANT USAGE ON SCHEMA {1} TO {0}"),
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {1} FROM {0}"),
        sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA {1} FROM {0}"),
        sql.SQL("GRANT SELECT ON {2} TO {0}"),
    ):
        driver.execute(statement.format(name, place, views))
    undone = _keep_to_reading(driver, role, schema)
    more = driver.execute(READS_MORE, [place.as_string(driver), list(NAMES), role, role]).fetchone()
    if more is not None:
        raise NeedsAttention(
            f"role {role} would read {more[0]} as well, by what all roles may or by a role that it belongs to; "
            "take that back, or name another one"
        )
    return undone


def _keep_to_reading(driver: psycopg.Connection[Any], role: str, schema: str) -> list[str]:
    """Do what depends on how much this user may; return what it may not."""
    from psycopg import errors, sql

    name, here = sql.Identifier(role), sql.Identifier(_one(driver, "SELECT current_database()"))
    place = sql.Identifier(schema)
    kept_to = [
        (
            sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(
                name, here, sql.SQL(key), sql.Literal(value)
            ),
            key,
        )
        for key, value in {**KEPT_TO, "temp_file_limit": "1GB"}.items()
    ]
    path = sql.SQL("ALTER ROLE {} IN DATABASE {} SET search_path = {}").format(name, here, place)
    more = [
        (sql.SQL("GRANT {} TO CURRENT_USER").format(name), "that earshot sql may work as this role"),
        (path, "search_path"),
        *kept_to,
        (sql.SQL("REVOKE CREATE ON SCHEMA {} FROM PUBLIC").format(place), "that nobody else makes tables"),
        (
            sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(here),
            "that nobody else makes temporary tables",
        ),
    ]
    undone = []
    for statement, what in more:
        try:
            with driver.transaction():
                driver.execute(statement)
        except (errors.InsufficientPrivilege, errors.InvalidGrantOperation):
            undone.append(f"an administrator has to see to it: {what}")
    return undone


def _one(driver: psycopg.Connection[Any], statement: str) -> str:
    row = driver.execute(statement.encode()).fetchone()
    return str(row[0]) if row is not None else ""
