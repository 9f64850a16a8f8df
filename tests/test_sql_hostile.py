"""Whoever wants more than the views gets an error in words, in time; and everything is as it was (M4).

What is refused before it works is tried in this process, by the very code that the child runs; what has to be stopped
is tried in a child.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.sandbox import Limits, TooMuch, question_of
from storage.sandbox.child import answer
from tests.analysts import CANARY, asked, filled, taken_away
from tests.hostile_statements import BOMBS_ON_POSTGRESQL, BOMBS_ON_SQLITE, BOTH, POSTGRESQL, SQLITE
from tests.postgres import PostgresServer

COUNTED = "SELECT count(*) FROM v_mentions"
BRIEF = Limits(rows=20, seconds=0.5, megabytes=64)
A_SAMPLE = ("a recursion that grows", "an endless recursion")


@pytest.fixture(scope="module")
def sqlite_url(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("hostile") / "ear shot%.db"
    file.write_bytes(migrated_file.read_bytes())
    return filled(f"sqlite:///{file}")


@pytest.fixture(scope="module")
def postgresql_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url, taken_away(url):
        yield filled(url)


def refused(url: str, statement: str) -> str:
    """Return why a statement is not answered; fail where it is."""
    end = answer(question_of(url, statement, BRIEF))
    assert end is not None, "it was answered"
    assert end.fault in ("wrong", "refused", "limit")
    return end.words


def dump(file: str) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("what", [*BOTH, *SQLITE])
def test_on_sqlite_it_is_refused(sqlite_url: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    """faults.md 75, 76, 77."""
    told = refused(sqlite_url, {**BOTH, **SQLITE}[what])

    assert told != ""
    assert CANARY not in told + capsys.readouterr().out


@pytest.mark.parametrize("what", [*BOTH, *POSTGRESQL])
def test_on_postgresql_it_is_refused(
    postgresql_url: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """faults.md 75, 76, 77."""
    told = refused(postgresql_url, {**BOTH, **POSTGRESQL}[what])

    assert told != ""
    assert CANARY not in told + capsys.readouterr().out


@pytest.mark.parametrize("what", A_SAMPLE)
def test_on_sqlite_a_bomb_is_stopped(sqlite_url: str, what: str) -> None:
    """faults.md 76."""
    with pytest.raises(TooMuch):
        asked(sqlite_url, BOMBS_ON_SQLITE[what], BRIEF)


@pytest.mark.parametrize("what", A_SAMPLE[1:])
def test_on_postgresql_a_bomb_is_stopped(postgresql_url: str, what: str) -> None:
    """faults.md 76."""
    with pytest.raises(TooMuch):
        asked(postgresql_url, BOMBS_ON_POSTGRESQL[what], BRIEF)


@pytest.mark.long
@pytest.mark.parametrize("what", BOMBS_ON_SQLITE)
def test_on_sqlite_every_bomb_is_stopped(sqlite_url: str, what: str) -> None:
    """faults.md 76."""
    with pytest.raises(TooMuch):
        asked(sqlite_url, BOMBS_ON_SQLITE[what], BRIEF)


@pytest.mark.long
@pytest.mark.parametrize("what", BOMBS_ON_POSTGRESQL)
def test_on_postgresql_every_bomb_is_stopped(postgresql_url: str, what: str) -> None:
    """faults.md 76."""
    with pytest.raises(TooMuch):
        asked(postgresql_url, BOMBS_ON_POSTGRESQL[what], BRIEF)


def test_after_all_that_the_file_is_as_it_was(sqlite_url: str) -> None:
    """faults.md 75."""
    file = sqlite_url.removeprefix("sqlite:///")
    before = dump(file)

    for statement in (BOTH["delete"], BOTH["a WITH that writes"], SQLITE["vacuum into"], SQLITE["attach"]):
        refused(sqlite_url, statement)

    assert dump(file) == before


def test_after_all_that_the_database_is_as_it_was(postgresql_url: str) -> None:
    """faults.md 75."""
    for name in ("delete", "a WITH that writes"):
        refused(postgresql_url, BOTH[name])

    assert asked(postgresql_url, COUNTED) == [(3,)]


def test_there_are_sixty_attempts_for_each_engine() -> None:
    assert len({**BOTH, **SQLITE, **BOMBS_ON_SQLITE}) >= 60
    assert len({**BOTH, **POSTGRESQL, **BOMBS_ON_POSTGRESQL}) >= 60
