"""A stranger's SELECT on PostgreSQL: as the read-only role, in a transaction that reads, by a cursor.

The role may read the views and nothing else; the statement is sent by the extended protocol, which takes one alone.
Before that it is read here (reading.py), for a SELECT may also call what lifts its own limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from storage.sandbox.frames import Question, write_ready, write_rows
from storage.sandbox.on_sqlite import OtherSchema
from storage.sandbox.reading import Unfit, harmless

if TYPE_CHECKING:
    import psycopg

CURSOR = "asked"
BEFORE_IT = len(f'DECLARE "{CURSOR}" CURSOR FOR ')
"""Characters that stand before the statement where the server counts places in it."""
AT_ONCE = 100

WHO = """
    SELECT grants.grantee::regrole::text, namespace.nspname, roles.rolname, roles.rolsuper OR roles.rolbypassrls
    FROM pg_class AS views JOIN pg_namespace AS namespace ON namespace.oid = views.relnamespace,
        aclexplode(views.relacl) AS grants JOIN pg_roles AS roles ON roles.oid = grants.grantee
    WHERE views.oid = to_regclass('v_mentions') AND grants.privilege_type = 'SELECT'
        AND grants.grantee <> views.relowner AND pg_has_role(current_user, grants.grantee, 'MEMBER')
    ORDER BY roles.rolname
"""
READS_MORE = """
    SELECT relname FROM pg_class
    WHERE relnamespace = to_regnamespace({schema}) AND relkind IN ('r', 'p', 'm')
        AND has_any_column_privilege(oid, 'SELECT')
"""
MIGHT_BE_REFUSED = ("temp_file_limit = '{megabytes}MB'", "client_connection_check_interval = '1s'")
"""The first is for superusers, or who was granted to set it; the second is not known before PostgreSQL 14."""


class NoRole(Exception):
    """There is no role that may read the views alone, or it may read more."""


def answer(question: Question, connection: psycopg.Connection[Any]) -> None:
    """Answer a question by a connection as the store's owner; psycopg.Error for what goes wrong."""
    import psycopg

    harmless(question.statement)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.cursor() as before:
        _check_schema(before, question.schema)
        _become_the_role(before, question)
    asked = connection.cursor(name=CURSOR)
    write_ready()
    with asked:
        asked.execute(question.statement.rstrip().rstrip(";").encode())
        if asked.description is None:
            raise Unfit("the statement gives no rows; only SELECT, WITH … SELECT and VALUES read")
        write_rows([column.name for column in asked.description], _rows(asked), limit=question.rows)


def _check_schema(before: psycopg.Cursor[Any], known: str) -> None:
    before.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
    if before.fetchone() != (True,):
        raise OtherSchema("it is no store yet")
    found = before.execute("SELECT version_num FROM alembic_version").fetchone()
    if found != (known,):
        raise OtherSchema(f"it has schema {found and found[0]}, and this program knows {known}")


def _become_the_role(before: psycopg.Cursor[Any], question: Question) -> None:
    from psycopg import errors, sql

    who = before.execute(WHO).fetchone()
    if who is None:
        raise NoRole(
            "there is no role that may read the views alone: make one with earshot migrate --analyst-role NAME"
        )
    _, schema, role, mighty = who
    for setting in MIGHT_BE_REFUSED:
        try:
            with before.connection.transaction():
                before.execute(f"SET LOCAL {setting.format(megabytes=question.megabytes)}".encode())
        except errors.Error:
            continue
    for setting in (
        f"statement_timeout = '{max(1, round(question.seconds * 1000))}ms'",
        "lock_timeout = '5s'",
        f"work_mem = '{max(1, question.megabytes // 8)}MB'",
        "max_parallel_workers_per_gather = 0",
        "cursor_tuple_fraction = 1.0",
        "standard_conforming_strings = on",
        "datestyle = 'ISO, YMD'",
        "timezone = 'UTC'",
        "jit = off",
    ):
        before.execute(f"SET LOCAL {setting}".encode())
    before.execute(sql.SQL("SET LOCAL search_path = pg_catalog, {}, pg_temp").format(sql.Identifier(schema)))
    before.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
    more = before.execute(sql.SQL(READS_MORE).format(schema=sql.Literal(schema))).fetchone()
    if more is not None or mighty:
        what = f"may read {more[0]}" if more is not None else "is a superuser, or passes by row security"
        raise NoRole(
            f"the role {role} {what}: give earshot migrate --analyst-role the name of a role that may not"
        )


def _rows(asked: psycopg.ServerCursor[Any]) -> Iterator[Sequence[object]]:
    while rows := asked.fetchmany(AT_ONCE):
        yield from rows
