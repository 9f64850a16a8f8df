"""A stranger's SELECT on SQLite: a connection that reads, and that can see nothing but the views.

SQLite tells an authorizer through which view a table is read, and calls a part of a WITH by its own name: whoever
trusts the name ``v_mentions`` is open to ``WITH v_mentions AS (SELECT * FROM keys) …``. So each view's
statement stands in a temporary view whose name nobody can guess, and only what is read through that is allowed.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from urllib.parse import quote

from storage.sandbox.frames import Question, write_ready, write_rows
from storage.sandbox.functions import SQLITE as FUNCTIONS
from storage.sandbox.reading import LONGEST, Unfit
from storage.views import sqlite_statements

LONGEST_VALUE = 16_000_000
"""Bytes of one value; a mention's text has at most about one million."""
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 4 * LONGEST,
    sqlite3.SQLITE_LIMIT_COLUMN: 500,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 500,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
TABLES = "SELECT name FROM sqlite_master UNION ALL SELECT 'sqlite_master' UNION ALL SELECT 'sqlite_schema'"
BESIDE = ("json_each", "json_tree")
"""Tables that are functions: they show what they are given."""


class OtherSchema(Exception):
    """The store is of another version than this program."""


def answer(question: Question, path: str) -> None:
    """Answer a question from a file; Unfit for what is refused, sqlite3.Error for what goes wrong."""
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None, timeout=30)
    with closing(connection):
        _check_schema(connection, question.schema)
        connection.text_factory = lambda said: said.decode("utf-8", "replace")
        views = sqlite_statements()
        tables = frozenset(str(name).lower() for (name,) in connection.execute(TABLES))
        named = frozenset(table for table in tables if _names(table, question.statement))
        hidden = _make_views(connection, views)
        _fence(connection, question.megabytes)
        refused: list[str] = []
        connection.set_authorizer(_authorizer(named, hidden, views, refused))
        write_ready()
        try:
            cursor = connection.execute(question.statement)
        except (sqlite3.Error, sqlite3.Warning) as error:
            if refused:
                raise _unfit(refused[0], question.statement) from error
            raise
        if cursor.description is None:
            raise Unfit("the statement gives no rows; only SELECT, WITH … SELECT and VALUES read")
        write_rows([column[0] for column in cursor.description], _rows(cursor), limit=question.rows)


def _check_schema(connection: sqlite3.Connection, known: str) -> None:
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        raise OtherSchema("it is no store yet") if "no such table" in str(error) else error from error
    if found != (known,):
        raise OtherSchema(f"it has schema {found and found[0]}, and this program knows {known}")


def _make_views(connection: sqlite3.Connection, views: Mapping[str, str]) -> frozenset[str]:
    """Make the views under names that nobody can guess, and each under its own above that; return the former."""
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(
        "SELECT * FROM json_each('[]'), json_tree('[]')"
    ).fetchall()  # known before the fence stands
    hidden = []
    for name, statement in views.items():
        secret = f"{name}_{secrets.token_hex(16)}"
        connection.execute(f"CREATE TEMP VIEW {secret} AS {statement}")
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {secret}")
        hidden.append(secret)
    return frozenset(hidden)


def _fence(connection: sqlite3.Connection, megabytes: int) -> None:
    for pragma in (
        "query_only = ON",
        "trusted_schema = OFF",
        "mmap_size = 0",
        "threads = 0",
        "cache_size = -32000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"PRAGMA hard_heap_limit = {megabytes * 1_000_000}")
    for limit, most in LIMITS.items():
        connection.setlimit(limit, most)


def _authorizer(
    named: frozenset[str], hidden: frozenset[str], views: Mapping[str, str], refused: list[str]
) -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    shown = frozenset(views)

    def judge(action: int, one: str | None, two: str | None, _base: str | None, through: str | None) -> int:
        if through in hidden or action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and (one in hidden or one in shown or one in BESIDE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and str(two).lower() in FUNCTIONS:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and two == "" and str(one).lower() not in named:
            return (
                sqlite3.SQLITE_OK
            )  # a part of WITH, or a table of a view of which only rows' numbers are read
        what = {sqlite3.SQLITE_READ: "read", sqlite3.SQLITE_FUNCTION: "call"}.get(action, "do")
        refused.append(f"{what} {(two if what == 'call' else one) or ''}".strip())
        return sqlite3.SQLITE_DENY

    return judge


def _unfit(refused: str, statement: str) -> Unfit:
    what, _, name = refused.partition(" ")
    at = place_of(name, statement)
    if what == "call":
        return Unfit(f"the function {name} is refused: it is not among those that analysts may call", at)
    if what == "read":
        return Unfit(f"{name} is refused: only the views are read", at)
    return Unfit("the statement does more than read, and is refused", at)


def _names(table: str, statement: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(table)}(?!\w)", statement, re.IGNORECASE) is not None


def place_of(name: str, statement: str) -> int | None:
    """Return where a name stands in a statement, if it stands there once."""
    found = [
        each.start() for each in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", statement, re.IGNORECASE)
    ]
    return found[0] if name and len(found) == 1 else None


def _rows(cursor: sqlite3.Cursor) -> Iterator[Sequence[object]]:
    while rows := cursor.fetchmany(100):
        yield from rows
