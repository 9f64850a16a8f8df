"""Who polls: each is run in a process of its own, and says what each poll cost it.

`python -m bench.contenders NAME FEEDS ENTRIES PORT FOLDER` prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.feeds import address, feed_url

if TYPE_CHECKING:
    from analysis.contract import Analyzer
    from pipeline import Collected, Line

THREADS = 20
FIRST, SECOND, THIRD = "first poll", "nothing new", "one new entry in each"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll of every feed took, in seconds of this process's CPU and of the clock on the wall."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who polls: what one poll is, and where what was read is kept, if anywhere."""

    poll: Callable[[], None]
    store: Path | None = None
    table: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One contender's polls, its peak of resident memory in MB, and what lies in its store at the end."""

    polls: dict[str, Cost]
    peak_mb: float
    stored: int
    store_mb: float


def reader(urls: Sequence[str], folder: Path) -> Contender:
    """lemon24/reader with a store in a file and its documented way to poll many feeds."""
    import feedparser_sgmllib

    # reader 3.26 imports sgmllib without asking for it; it came along with feedparser until 6.0.13 renamed it.
    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    from reader import make_reader

    store = folder / "reader.sqlite"
    ours = make_reader(str(store))
    for url in urls:
        ours.add_feed(url)

    # Not only what is scheduled: it would leave a feed alone for an hour after the first poll.
    return Contender(
        poll=lambda: ours.update_feeds(workers=THREADS, scheduled=False), store=store, table="entries"
    )


def feedparser(urls: Sequence[str], _folder: Path) -> Contender:
    """The loop that everybody writes first; it keeps nothing."""
    import feedparser

    def poll() -> None:
        for url in urls:
            assert feedparser.parse(url).entries, url

    return Contender(poll=poll)


def earshot(urls: Sequence[str], folder: Path) -> Contender:
    """Earshot's first stage, as `earshot collect --source …` runs it."""
    line, path = earshot_line(urls, folder)
    import collectors
    from pipeline import collect

    collectors.catalogue()  # as reading the configuration does
    return Contender(poll=lambda: _every_source(collect(line, names=urls)), store=path, table="mentions")


def earshot_line(urls: Sequence[str], folder: Path) -> tuple[Line, Path]:
    """Return what Earshot's stages work with, and its store's file."""
    from model import Organisation, Settings, Source
    from net.gate import Rules, guard
    from net.http import Http
    from pipeline import Line
    from storage import open_store
    from storage.provision import provision

    path = folder / "earshot.db"
    store = open_store(f"sqlite:///{path}")
    # A day: else a busy machine is still reading when the first are due again.
    named = [Source(name=url, channel="rss", settings={"url": url}, every=timedelta(days=1)) for url in urls]
    settings = Settings(
        organisation=Organisation(name="Bench"), store_url=f"sqlite:///{path}", sources=tuple(named)
    )
    with store.writing() as connection:
        provision(connection, settings, now=now())
    rules = Rules(allow_private_networks=True)  # the feeds are on loopback
    guard(rules)
    line = Line(
        settings=settings,
        store=store,
        http=Http(rules),
        now=now,
        analyzer=_no_analysis,
    )
    return line, path


def _every_source(collected: Sequence[Collected]) -> None:
    failed = [each for each in collected if each.error]
    if failed:
        raise SystemExit(f"{len(failed)} sources failed, the first: {failed[0].source}: {failed[0].error}")


def _no_analysis() -> Analyzer:
    raise SystemExit("collecting asked for an analysis")


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def measure(poll: Callable[[], None]) -> Cost:
    """Poll once."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    poll()
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    return Cost(cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall=wall)


def run(contender: Contender, feeds: int, entries: int, port: int) -> Run:
    """Poll three times: everything is new, nothing is new, one entry in each feed is new."""
    polls = {FIRST: measure(contender.poll), SECOND: measure(contender.poll)}
    urllib.request.urlopen(f"http://{address(0)}:{port}/turn").read()
    polls[THIRD] = measure(contender.poll)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if contender.store is None:
        return Run(polls=polls, peak_mb=peak, stored=0, store_mb=0)
    with sqlite3.connect(contender.store) as store:
        stored = store.execute(f"SELECT count(*) FROM {contender.table}").fetchone()[0]
    if stored != feeds * (entries + 1):
        raise SystemExit(
            f"{contender.store.name}: {stored} entries stored, {feeds * (entries + 1)} were served"
        )
    return Run(polls=polls, peak_mb=peak, stored=stored, store_mb=_size(contender.store) / 1e6)


def _size(store: Path) -> int:
    return sum(path.stat().st_size for path in store.parent.glob(f"{store.name}*"))


if __name__ == "__main__":
    name, feeds, entries, port = sys.argv[1], *map(int, sys.argv[2:5])
    urls = [feed_url(number, port) for number in range(feeds)]
    contender = {"earshot": earshot, "reader": reader, "feedparser": feedparser}[name](
        urls, Path(sys.argv[5])
    )
    print(json.dumps(asdict(run(contender, feeds, entries, port))))
