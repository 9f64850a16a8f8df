"""An upgrade on PostgreSQL beside those who read: who searches is never held up by what takes long."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from errors import TryLater
from storage import migrations, open_store, postgresql
from storage.migrations import HEAD
from tests.old_database import NAME, an_old_database, grown, schema_of
from tests.old_store import SCHEMA, STEPS
from tests.overheard import overheard
from tests.postgres import PostgresServer

MANY = 3_000
LONG = re.compile(
    r"\s*(CREATE (UNIQUE )?INDEX .* ON (mentions|search_texts|annotations|authors)\b|UPDATE search_texts|"
    r"INSERT INTO stale_days|ANALYZE|SELECT m\.id)",
    re.DOTALL,
)
"""Statements that take the longer the more mentions there are."""
TAKEN = (
    "SELECT relation::regclass::text FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' "
    "AND locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND relation = ANY(%s::oid[])"
)
THERE = "SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i', 'v')"
SEARCHES = (
    "SELECT count(*) FROM search_texts JOIN mentions ON id = mention_id WHERE words @@ 'box'::tsquery",
    "SELECT m.id, a.label FROM mentions m JOIN annotations a ON a.mention_id = m.id ORDER BY m.id DESC LIMIT 50",
    "SELECT count(*) FROM mentions m JOIN mention_sources s ON s.mention_id = m.id WHERE author_partner_id > 0",
)
"""What every schema can be asked."""


@contextmanager
def beside(look: Callable[[str], None]) -> Iterator[None]:
    """Let something look on before and after each statement of an upgrade, within its transaction."""

    def seen(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        look(statement)

    for moment in ("before_cursor_execute", "after_cursor_execute"):
        event.listen(Engine, moment, seen)
    try:
        yield
    finally:
        for moment in ("before_cursor_execute", "after_cursor_execute"):
            event.remove(Engine, moment, seen)


def reader(server: PostgresServer) -> psycopg.Connection[Any]:
    """Return a connection that waits for nobody: a lock in its way is an error at once."""
    wait = "-c lock_timeout=1ms"
    return psycopg.connect(
        host=str(server.folder), user="postgres", dbname=NAME, autocommit=True, options=wait
    )


@pytest.fixture
def tried_again() -> Iterator[threading.Event]:
    """What is set when a change of the schema is tried again."""
    with overheard("storage.postgresql", "tried again") as happened:
        yield happened


def test_who_searches_goes_on_while_indices_are_made_and_columns_filled_and_it_tells_how_far_it_is(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 71. No table that was there is locked against readers at any statement that takes long."""
    monkeypatch.setattr(migrations, "LARGE", MANY)
    looked: dict[str, list[str]] = {}
    with an_old_database(postgres) as url:
        grown(url, MANY)
        with reader(postgres) as beside_it:
            there = [oid for (oid,) in beside_it.execute(THERE)]

            def look(statement: str) -> None:
                taken = [str(name) for (name,) in beside_it.execute(TAKEN, (there,))]
                looked.setdefault(statement, []).extend(taken)
                if LONG.match(statement):
                    for search in SEARCHES:
                        beside_it.execute(search).fetchall()  # LockNotAvailable where it would wait

            with beside(look):
                open_store(url).close()

        assert schema_of(postgres) == HEAD
    long = {statement: taken for statement, taken in looked.items() if LONG.match(statement)}
    assert len(long) >= 10
    assert set().union(*long.values()) == set()
    assert "search_texts" in set().union(*looked.values())  # so it would have been seen
    told = [record.getMessage() for record in caplog.records]
    steps = [f"steps to schema {HEAD}: {step} of {STEPS}" for step in range(1, STEPS + 1)]
    assert [words for words in told if words.startswith("steps")] == steps
    assert f"titles found in what is searched: {MANY + 1} of {MANY + 1}" in told


def test_a_change_goes_out_of_the_way_of_others_while_somebody_reads_for_long(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, tried_again: threading.Event
) -> None:
    """faults.md 71. Who waits for a table would hold up all who come after it; so it does not wait for long."""
    monkeypatch.setattr(postgresql, "HELD_UP", 20)
    monkeypatch.setattr(postgresql, "CHANGE_PAUSE", 0.01)
    with an_old_database(postgres) as url, reader(postgres) as export:
        upgrade = threading.Thread(target=lambda: open_store(url).close())
        with export.transaction():
            export.execute(SEARCHES[0])

            upgrade.start()
            assert tried_again.wait(60)

            left = schema_of(postgres)
            searched = postgres.command(SEARCHES[0], NAME)
        upgrade.join()

        assert SCHEMA < left < HEAD  # what holds up nobody was done
        assert searched == [(1,)]
        assert schema_of(postgres) == HEAD


def test_a_change_that_is_never_let_in_says_so_and_is_done_at_the_next_start(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "HELD_UP", 1)
    monkeypatch.setattr(postgresql, "CHANGE_PATIENCE", 0.0)
    with an_old_database(postgres) as url, reader(postgres) as export:
        with export.transaction():
            export.execute(SEARCHES[0])

            with pytest.raises(TryLater, match="another process has been at work in it for long"):
                open_store(url)

        assert SCHEMA < schema_of(postgres) < HEAD
        open_store(url).close()
        assert schema_of(postgres) == HEAD
