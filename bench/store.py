"""What the store costs, in ratios of one run, on both engines: taking in, asking, and exporting.

`python -m bench.store --rows 50000 [--engine sqlite|postgresql]`. Each figure is measured beside the plain way of
doing the same in the same run, and how it grows beside a store of a quarter of the rows. Ratios carry over to another
machine, seconds do not. docs/bench.md keeps the last results.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import asking, exporting, filling, ingest
from bench.machine import load, machine, versions
from storage import open_store
from storage.daily import keep_current
from storage.store import Store

WORDS = {"rare": filling.RARE, "middling": filling.MIDDLING, "common": filling.COMMON}
TAKEN_IN = 5_000
"""Mentions of one measurement of taking in."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured; ``goal`` is the most, or where ``at_least`` the least, that it may be."""

    what: str
    found: float
    goal: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Tell whether it is as it should be."""
        if self.goal is None:
            return True
        return self.found >= self.goal if self.at_least else self.found <= self.goal

    def row(self) -> str:
        """Return it as a row of a table."""
        goal = "" if self.goal is None else f"{'≥' if self.at_least else '≤'} {self.goal:g}"
        return f"| {self.what} | {self.found:.3g} | {goal} |{'' if self.holds else ' missed |'}"


class Server:
    """Fresh stores of one engine; each is gone with the block."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.engine, self.folder, self._n = engine, folder, 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run a server where the engine needs one: the tests' own, without fsync, on both sides of each ratio."""
        if self.engine == "sqlite":
            yield
            return
        from tests.postgres import bundled, running

        with running(bundled()) as self.postgres:
            yield

    @contextmanager
    def fresh(self) -> Iterator[tuple[Store, str]]:
        """Yield a store that knows its partners and sources, and its address."""
        self._n += 1
        if self.engine == "sqlite":
            with _opened(f"sqlite:///{self.folder / f'{self._n}.db'}") as opened:
                yield opened
            return
        with self.postgres.database() as url, _opened(url) as opened:
            yield opened


def taking_in(server: Server) -> Iterator[Figure]:
    """Taking in beside the same rows written plainly; what is known already; tags mention by mention."""
    numbers, plain = range(TAKEN_IN), "raw executemany" if server.engine == "sqlite" else "COPY + ON CONFLICT"
    ours, again, raw, tagged = [], [], [], []
    for _ in range(3):
        with server.fresh() as (store, url):
            ours.append(ingest.timed(lambda: ingest.take_in(store, numbers, total=TAKEN_IN)))
            again.append(ingest.timed(lambda: ingest.take_in(store, numbers, total=TAKEN_IN)))
            store.close()
            rows = ingest.rows_of(url)
        with server.fresh() as (_, url):
            raw.append(ingest.written_plainly(url, rows))
        with server.fresh() as (store, url):
            tagged.append(ingest.timed(lambda: ingest.analyse(store, numbers, total=TAKEN_IN)))
    goal = 0.7 if server.engine == "sqlite" else 0.5
    new = median(ours)
    yield Figure(f"taking in with full text and two tags, rate beside {plain}", median(raw) / new, goal, True)
    yield Figure("the same, tags stored as the analysis does, one by one", median(raw) / median(tagged))
    yield Figure("a batch of which all is known, rate beside a new one", new / median(again), 3, True)
    yield Figure("taking in, mentions a second on this machine", TAKEN_IN / new)


def growing(server: Server, rows: int) -> Iterator[Figure]:
    """What is asked of a store of a quarter of the rows, then of all."""
    with server.fresh() as (store, url):
        empty = ingest.timed(lambda: ingest.take_in(store, range(rows, rows + TAKEN_IN), total=rows))
        filled = ingest.timed(lambda: filling.fill(store, 0, rows // 4, total=rows))
        yield Figure("filling by rows, mentions a second on this machine", rows / 4 / filled)
        _settle(store, url)
        few = {name: median(asking.newest(store, word)) for name, word in WORDS.items()}
        small = exporting.exported(url, server.folder / f"{server.engine}-few")
        filling.fill(store, rows // 4, rows, total=rows)
        _settle(store, url)
        full = ingest.timed(
            lambda: ingest.take_in(store, range(rows + TAKEN_IN, rows + 2 * TAKEN_IN), total=rows)
        )
        yield Figure("taking in, rate in the full store beside the empty one", empty / full, 0.8, True)
        _settle(store, url)
        yield from _searches(store, few)
        by_index, without = asking.waiting(store)
        yield Figure("who waits by partner, beside without the partial index", by_index / without, 0.02)
        rolled, plain = asking.board(store)
        yield Figure("a board of 30 days, beside plain GROUP BY", rolled / plain, 0.15)
        yield from _exports(server, url, small["peak_mb"])


def _searches(store: Store, few: dict[str, float]) -> Iterator[Figure]:
    for name, word in WORDS.items():
        taken = asking.newest(store, word)
        yield Figure(
            f"newest 50 of a {name} word, beside a LIKE scan",
            median(taken) / asking.like_scan(store, word),
            0.02,
        )
        yield Figure(f"the same, beside a quarter of the rows ({name})", median(taken) / few[name], 1.5)
        yield Figure(f"the same, p95 in ms on this machine ({name})", 1_000 * asking.p95(taken), 25)
    for name in ("middling", "common"):
        found = dict(asking.pages(store, WORDS[name]))
        first = found.pop("1")
        yield Figure(
            f"the slowest of far pages of a {name} word, beside the first", max(found.values()) / first, 2
        )


def _exports(server: Server, url: str, small: float) -> Iterator[Figure]:
    folder = server.folder / f"{server.engine}-all"
    whole = exporting.exported(url, folder)
    again = exporting.exported(url, folder)
    yield Figure("an export's peak memory, beside a quarter of the rows", whole["peak_mb"] / small, 1.1)
    yield Figure("its peak memory in MB", whole["peak_mb"])
    yield Figure("an export where nothing changed, beside the first", again["seconds"] / whole["seconds"])
    yield Figure("exporting, mentions a second on this machine", whole["mentions"] / whole["seconds"])
    if server.engine == "sqlite":
        by_duck, by_sqlite = exporting.a_year(url, folder)
        yield Figure("a year's aggregate of the export by DuckDB, beside SQLite's", by_duck / by_sqlite, 0.3)


def _settle(store: Store, url: str) -> None:
    """Count the days, and let PostgreSQL know its tables, as its own autovacuum would do it in time."""
    keep_current(store, "UTC")
    if not url.startswith("sqlite"):
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


@contextmanager
def _opened(url: str) -> Iterator[tuple[Store, str]]:
    store = open_store(url)
    try:
        filling.prepare(store, url)
        yield store, url
    finally:
        store.close()


def main() -> None:
    """Measure, and print a table for each engine; exit with 1 where a goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--rows", type=int, default=50_000)
    arguments.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    wanted = arguments.parse_args()
    print(f"{machine()}; load {load()}; {versions('sqlalchemy', 'psycopg', 'duckdb', 'pyarrow')}")
    missed = False
    for engine in wanted.engine or ("sqlite", "postgresql"):
        print(f"\n{engine}, {wanted.rows:,} mentions\n\n| what | found | goal |\n|---|---|---|", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            server = Server(engine, Path(folder))
            with server.running():
                for part in (taking_in(server), growing(server, wanted.rows)):
                    for figure in part:
                        missed = missed or not figure.holds
                        print(figure.row(), flush=True)
    raise SystemExit(missed)


if __name__ == "__main__":
    main()
