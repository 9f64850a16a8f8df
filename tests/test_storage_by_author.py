"""What an author said is found without a look at what others said, though on SQLite time comes first in its index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from model import Author
from storage import backups
from storage.authors import forget_the_unheard
from storage.mentions import add_mentions
from storage.schema import authors, mentions
from storage.store import Store
from tests.stores import NOW, a_store, said

OF_ONE = "SELECT id FROM mentions WHERE author_id = 7"
BY_STRETCHES = "SEARCH mentions USING COVERING INDEX ix_mentions_author (ANY(<expr>) AND author_id=?)"
FEW, MANY = 200, 1_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store's file, in use."""
    folder = tmp_path_factory.mktemp("by-author")
    with a_store(folder):
        yield folder / "earshot.db"


def plan(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {OF_ONE}")]


def test_who_looks_for_an_author_goes_stretch_by_stretch(file: Path) -> None:
    assert plan(file) == [BY_STRETCHES]


def test_it_is_so_in_a_store_that_was_put_back(file: Path, tmp_path: Path) -> None:
    backups.back_up(file, tmp_path / "copy.db")

    assert plan(tmp_path / "copy.db") == [BY_STRETCHES]


def steps_of_leaving(store: Store, unheard: int) -> int:
    """Return how many of SQLite's steps it takes to delete an author, foreign keys and all."""
    with store.writing() as connection:
        driver = connection.connection.dbapi_connection
        counted: list[None] = []
        assert isinstance(driver, sqlite3.Connection)
        driver.set_progress_handler(lambda: counted.append(None), 1)
        forget_the_unheard(connection, [unheard])
        driver.set_progress_handler(None, 1)
        gone = select(authors.c.id).where(authors.c.id == unheard)
        assert connection.execute(gone).first() is None
    return len(counted)


def heard(store: Store, n: int, begin: int) -> None:
    with store.writing() as connection:
        add_mentions(connection, 2, [said(f"t3_{begin + number}") for number in range(n)], now=NOW)


def strangers(store: Store, *names: str) -> list[int]:
    """Return authors of whom no mention is left."""
    with store.writing() as connection:
        said_by = [said(name, author=Author(name)) for name in names]
        ids = add_mentions(connection, 2, said_by, now=NOW).new
        of_them = select(mentions.c.author_id).where(mentions.c.id.in_(ids)).order_by(mentions.c.id)
        rows = list(connection.execute(of_them).scalars())
        connection.execute(delete(mentions).where(mentions.c.id.in_(ids)))
    return rows


def test_to_forget_an_author_costs_no_more_where_others_said_more(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        one, other = strangers(store, "one", "other")
        heard(store, FEW, 0)
        few = steps_of_leaving(store, one)
        heard(store, MANY, FEW)

        many = steps_of_leaving(store, other)

    assert 0 < many < few + FEW
