"""bench/store.py measures what it says: both ways in store the same, and what is asked of them is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from bench import asking, exporting, filling, ingest
from bench.clock import Clock
from bench.store import Figure, Server
from storage.daily import keep_current
from storage.search import Query, search
from storage.store import Store

N = 100

pytestmark = pytest.mark.long  # ten seconds on what only the bench uses


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    made = Server(request.param, tmp_path)
    if request.param == "postgresql":
        made.postgres = request.getfixturevalue("postgres")
    return made


def counted(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in ingest.TABLES
            if table != "authors"
        }


def test_both_ways_in_and_the_plain_way_store_the_same(server: Server) -> None:
    with server.fresh() as (store, url):
        ingest.take_in(store, range(N), total=N)
        ingest.take_in(store, range(N), total=N)
        ours, rows = counted(store), ingest.rows_of(url)
    with server.fresh() as (store, url):
        ingest.write_plainly(url, rows)
        plain = counted(store)
    with server.fresh() as (store, url):
        filling.fill(store, 0, N, total=N)
        filled = counted(store)
    with server.fresh() as (store, url):
        ingest.analyse(store, range(N), ingest.tags_and_stories, total=N)
        analysed = counted(store)

    assert ours == plain == filled == analysed
    assert ours["mentions"] == ours["search_texts"] == ours["mention_sources"] == N
    assert ours["annotations"] == 2 * N + 3


def test_what_is_asked_is_there_and_the_plain_ways_find_the_same(server: Server, tmp_path: Path) -> None:
    with server.fresh() as (store, url):
        filling.fill(store, 0, N, total=N)
        keep_current(store, "UTC")
        with store.reading() as connection:
            found = [m.text for m in search(connection, Query(words=filling.COMMON), limit=None)]
            plain = connection.execute(
                text("SELECT text FROM mentions WHERE text LIKE :it ORDER BY id DESC"),
                {"it": f"%{filling.COMMON}%"},
            )
            assert found == list(plain.scalars())

        assert len(found) == 0.3 * N
        clock = Clock()
        assert set(asking.pages(store, filling.COMMON, clock, times=1)) == {"1", "at 10%", "at 50%", "at 90%"}
        assert min(*asking.waiting(store, clock, times=1), *asking.board(store, clock, times=1)) > 0
        assert asking.like_scan(store, "x", clock) > 0
        assert len(asking.waited(asking.newest(store, filling.MIDDLING), times=2)) == 2
        done = exporting.exported(url, tmp_path / "out")
        assert done["mentions"] == N
        if server.engine == "sqlite":
            assert min(exporting.a_year(url, tmp_path / "out")) > 0


def test_a_figure_tells_whether_it_holds() -> None:
    assert Figure("x", 0.5, 0.7, True).row() == "| x | 0.5 | ≥ 0.7 | missed |"
    assert Figure("x", 0.5, 0.7).row() == "| x | 0.5 | ≤ 0.7 |"
    assert Figure("x", 0.5).row() == "| x | 0.5 |  |"
