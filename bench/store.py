"""What the store costs, in ratios of one run, on both engines: taking in, asking, and exporting.

`python -m bench.store --rows 50000 [--engine sqlite|postgresql] [--part taking-in|asking|exporting]`. Each figure is
measured beside the plain way of doing the same in the same run, and how it grows beside a store of a quarter of the
rows. What is compared is the processor's time, of the server too, so that others on the machine are no part of it;
only p95 is what was waited. Ratios carry over to another machine, seconds do not. The last ones are in docs/bench.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench import asking, exporting, filling, full_store, ingest
from bench.clock import Clock
from bench.machine import load, machine, versions
from storage import open_store
from storage.daily import keep_current
from storage.store import Store

WORDS = {"rare": filling.RARE, "middling": filling.MIDDLING, "common": filling.COMMON}
TAKEN_IN = 5_000
"""Mentions of one measurement of taking in."""
SOME = 1_000
"""Mentions of the whole stage of analysis: most made-up texts share words that tell of a story, and are compared."""
ROUNDS = 7
"""One of them alone came to anything from 0.57 to 0.93 on a busy machine."""
PARTS = ("taking-in", "asking", "exporting")


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
        self.clock = Clock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run a server where the engine needs one: the tests' own, without fsync, on both sides of each ratio."""
        if self.engine == "sqlite":
            yield
            return
        from tests.postgres import bundled, running

        with running(bundled()) as self.postgres:
            process = self.postgres.process
            self.clock = Clock(None if process is None else process.pid)
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
    clock, total = server.clock, TAKEN_IN
    ours, again, raw, tagged = [], [], [], []
    filling.said(numbers, total)  # making texts is no part of it
    for _ in range(ROUNDS):
        with server.fresh() as (store, url):
            take_in = partial(ingest.take_in, store, numbers, total=total)
            ours.append(clock.of(take_in))
            again.append(clock.of(take_in))
            store.close()
            rows = ingest.rows_of(url)
        with server.fresh() as (_, url):
            raw.append(clock.of(partial(ingest.write_plainly, url, rows)))
        with server.fresh() as (store, url):
            tagged.append(clock.of(partial(ingest.analyse, store, numbers, ingest.tags_alone, total=total)))
    goal = 0.7 if server.engine == "sqlite" else 0.5
    yield Figure(
        f"taking in with full text and two tags, rate beside {plain}", _beside(raw, ours), goal, True
    )
    yield Figure("the same, tags stored by the analysis as it does, 200 at once", _beside(raw, tagged))
    new = median(ours)
    yield Figure("the same, with stories and who waits", median(raw) / (total / SOME) / _whole_stage(server))
    yield Figure("a batch of which all is known, rate beside a new one", _beside(ours, again), 3, True)
    yield Figure("taking in, mentions in a second of this processor", TAKEN_IN / new)


def _beside(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Return our rate, theirs being 1: of each round by itself, for what else runs changes between them."""
    return median(their / our for their, our in zip(theirs, ours, strict=True))


def _whole_stage(server: Server) -> float:
    numbers = range(SOME)
    with server.fresh() as (store, _):
        keep = ingest.tags_and_stories
        return server.clock.of(partial(ingest.analyse, store, numbers, keep, total=TAKEN_IN))


def growing(server: Server, rows: int, parts: Sequence[str] = PARTS) -> Iterator[Figure]:
    """What is asked of a store of a quarter of the rows, then of all; taking in between them is always measured."""
    clock = server.clock
    with server.fresh() as (store, url):
        filled = clock.of(partial(filling.fill, store, 0, rows // 4, total=rows))
        yield Figure("filling by rows, mentions in a second of this processor", rows / 4 / filled)
        _settle(store, url)
        few = {name: _newest(store, word, clock) for name, word in WORDS.items()}
        small = exporting.exported(url, server.folder / "few") if "exporting" in parts else {}
        filling.fill(store, rows // 4, rows, total=rows)
        _settle(store, url)
        rounds = full_store.beside_empty(server, store, rows)
        yield Figure(
            "taking in, rate in the full store beside an empty one, in turns", median(rounds), 0.8, True
        )
        yield Figure("the same, in the worst of the rounds", min(rounds))
        _settle(store, url)
        if "asking" in parts:
            yield from _asked(store, clock, few)
        if small:
            yield from _exports(server, url, small["peak_mb"])


def _newest(store: Store, word: str, clock: Clock) -> float:
    return asking.often(asking.newest(store, word), clock, times=asking.TIMES)


def _asked(store: Store, clock: Clock, few: Mapping[str, float]) -> Iterator[Figure]:
    yield from _searches(store, clock, few)
    by_index, without = asking.waiting(store, clock)
    yield Figure("who waits by partner, beside without the partial index", by_index / without, 0.02)
    rolled, plain = asking.board(store, clock)
    yield Figure("a board of 30 days, beside plain GROUP BY", rolled / plain, 0.15)


def _searches(store: Store, clock: Clock, few: Mapping[str, float]) -> Iterator[Figure]:
    for name, word in WORDS.items():
        taken, scan = _newest(store, word, clock), asking.like_scan(store, word, clock)
        waited = asking.waited(asking.newest(store, word), times=asking.WAITED)
        yield Figure(f"newest 50 of a {name} word, beside a LIKE scan", taken / scan, 0.02)
        yield Figure(f"the same, beside a quarter of the rows ({name})", taken / few[name], 1.5)
        yield Figure(f"the same, p95 of what was waited, in ms ({name})", 1_000 * asking.p95(waited), 25)
    for name in ("middling", "common"):
        found = dict(asking.pages(store, WORDS[name], clock))
        first = found.pop("1")
        yield Figure(
            f"the slowest of far pages of a {name} word, beside the first", max(found.values()) / first, 2
        )


def _exports(server: Server, url: str, small: float) -> Iterator[Figure]:
    folder = server.folder / "all"
    whole = exporting.exported(url, folder)
    again = exporting.exported(url, folder)
    yield Figure("an export's peak memory, beside a quarter of the rows", whole["peak_mb"] / small, 1.1)
    yield Figure("its peak memory in MB", whole["peak_mb"])
    yield Figure("an export where nothing changed, beside the first", again["seconds"] / whole["seconds"])
    if server.engine == "sqlite":
        yield Figure(
            "exporting, mentions in a second of this processor", whole["mentions"] / whole["seconds"]
        )
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


def _measured(server: Server, rows: int, parts: Sequence[str]) -> Iterator[Figure]:
    if "taking-in" in parts:
        yield from taking_in(server)
    if parts != ["taking-in"]:
        yield from growing(server, rows, parts)


def main() -> None:
    """Measure, and print a table for each engine; exit with 1 where a goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--rows", type=int, default=50_000)
    arguments.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    arguments.add_argument("--part", choices=PARTS, action="append")
    wanted = arguments.parse_args()
    parts = wanted.part or PARTS
    print(f"{machine()}; load {load()}; {versions('sqlalchemy', 'psycopg', 'duckdb', 'pyarrow')}")
    missed = False
    for engine in wanted.engine or ("sqlite", "postgresql"):
        print(f"\n{engine}, {wanted.rows:,} mentions\n\n| what | found | goal |\n|---|---|---|", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            server = Server(engine, Path(folder))
            with server.running():
                for figure in _measured(server, wanted.rows, parts):
                    missed = missed or not figure.holds
                    print(figure.row(), flush=True)
        print(f"\nload at its end: {load()}", flush=True)
    raise SystemExit(missed)


if __name__ == "__main__":
    main()
