"""The process that asks a stranger's SELECT: it may be killed at any moment, and holds this one question.

``python -P -m storage.sandbox.child`` reads the question from its standard input. Its memory, its time of work and
the size of what it writes are limited by the system before it opens the store.
"""

from __future__ import annotations

import json
import re
import resource
import sqlite3
import sys
from typing import TYPE_CHECKING

from storage.sandbox import on_sqlite
from storage.sandbox.frames import End, Fault, Question, write_end
from storage.sandbox.on_sqlite import OtherSchema, place_of
from storage.sandbox.reading import Unfit, begins_well

if TYPE_CHECKING:
    import psycopg

LARGEST_FILE = 4_000_000
"""Bytes of any file that it writes: the shared memory beside a store of SQLite, and no more."""
TOO_LONG = (
    f"a value of the answer has more than {on_sqlite.LONGEST_VALUE // 1_000_000} MB; cut it with substr()"
)
NO_SUCH_FUNCTION = re.compile(r"no such function: (\S+)")
NO_SUCH_COLUMN = re.compile(r"no such column: (\S+)")
NO_SUCH_TABLE = re.compile(r"no such table: (?:\w+\.)?(.+)")
NEAR = re.compile(r'near "(.+)": syntax error', re.DOTALL)
SECRET = re.compile(r"(v_[a-z_]+)_[0-9a-f]{32}")


def main() -> None:
    """Answer the question on standard input with frames on standard output."""
    question = Question(**json.load(sys.stdin))
    _confine(question)
    end = answer(question)
    if end is not None:
        write_end(end)


def answer(question: Question) -> End | None:
    """Write the answer to a question; return what went wrong, or None."""
    try:
        begins_well(question.statement)
        return _ask_postgresql(question) if question.file is None else _ask_sqlite(question, question.file)
    except Unfit as error:
        return End(fault="refused", words=error.words, at=error.at)
    except OtherSchema as error:
        return End(fault="store", words=f"{error}; run earshot migrate")
    except MemoryError:
        return End(fault="limit", words=f"it needs more than {question.megabytes} MB of memory; ask for less")


def _confine(question: Question) -> None:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - not a real file
        mine = int(statm.read().split()[0]) * resource.getpagesize()
    for limit, most in (
        (resource.RLIMIT_AS, mine + question.megabytes * 1_000_000),
        (resource.RLIMIT_CPU, int(question.seconds) + 2),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def _ask_sqlite(question: Question, file: str) -> End | None:
    try:
        on_sqlite.answer(question, file)
    except sqlite3.ProgrammingError as error:
        if "one statement" not in str(error):
            raise
        return End(fault="refused", words="one statement at a time: something stands after the semicolon")
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        return _told_by_sqlite(SECRET.sub(r"\1", str(error)), question)
    return None


def _told_by_sqlite(told: str, question: Question) -> End:
    if "out of memory" in told:
        raise MemoryError
    if "too big" in told or "too large" in told:
        return End(fault="limit", words=TOO_LONG)
    if (
        "unable to open" in told
        or "locked" in told
        or "disk I/O" in told
        or "malformed" in told.split("database")
    ):
        return End(fault="store", words=told)
    for pattern, kind in (
        (NO_SUCH_TABLE, "view"),
        (NO_SUCH_COLUMN, "column"),
        (NO_SUCH_FUNCTION, "function"),
    ):
        if found := pattern.search(told):
            return _wrong(f"there is no {kind} {found[1]}", place_of(found[1], question.statement))
    if found := NEAR.search(told):
        return _wrong(f"it cannot be read at {found[1]!r}", place_of(found[1], question.statement))
    return _wrong(told, None)


def _ask_postgresql(question: Question) -> End | None:
    import psycopg

    from storage.sandbox import on_postgresql

    try:
        where = psycopg.conninfo.make_conninfo(**question.server, connect_timeout="10")
        with psycopg.connect(where) as connection:
            on_postgresql.answer(question, connection)
    except on_postgresql.NoRole as error:
        return End(fault="store", words=str(error))
    except psycopg.Error as error:
        return _told_by_postgresql(error, on_postgresql.BEFORE_IT)
    return None


def _told_by_postgresql(error: psycopg.Error, before: int) -> End:
    state, told = error.sqlstate or "", error.diag.message_primary or str(error)
    place = error.diag.statement_position
    at = int(place) - 1 - before if place is not None and int(place) > before else None
    kinds: dict[str, tuple[Fault, str]] = {
        "57014": ("limit", "it took longer than it may"),
        "42501": ("refused", f"{told}: only the views are read"),
        "25006": ("refused", f"{told}: it does more than read"),
        "53200": ("limit", "it needs more memory than the server has for it; ask for less"),
        "53400": ("limit", "it writes more to the disk for sorting than it may; ask for less"),
        "54000": ("limit", told),
    }
    fault, words = kinds.get(state, ("wrong", told))
    if not state or state.startswith(("08", "57P")):
        fault, words = "store", " ".join(str(error).split())[:300]
    return End(fault=fault, words=words, at=at)


def _wrong(words: str, at: int | None) -> End:
    return End(fault="wrong", words=words, at=at)


if __name__ == "__main__":
    main()
