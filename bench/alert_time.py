"""How long an alert takes: ``python -m bench.alert_time [--posts N]``.

The real scheduler runs with the real analyser, on a store of its own. One after the other, posts that raise a concern
are stored as a collector stores them, at moments that have nothing to do with the scheduler's beat; the time from
there to the transport that takes the letter is what counts.
"""

from __future__ import annotations

import argparse
import logging
import random
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import scheduler
from analysis import open_analyzer
from bench.machine import load, machine
from model import Author, Mention, Message, Organisation, Partner, Rule, Settings, Source
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from stages.line import Line
from storage import open_store
from storage.mentions import add_mentions
from storage.provision import provision

US = Organisation(name="Riverside Food Network", aliases=("Riverside",))
NORTHSIDE = Partner(name="Northside Shelter", handles={"rss": ("northside.example",)})
TEXT = (
    "The Riverside boxes came late again on day {n}, and nobody called us. Forty families waited in the rain."
)
RULE = Rule(name="a partner raises a concern", when="concern", notify=("mailto:team@rfn.example",))
PATIENCE = 60.0
PAUSE = (3.0, 6.0)
"""Seconds between two posts."""


@dataclass
class TimedTransport:
    """Takes every letter, and notes when."""

    taken: list[float] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    def send(self, message: Message, *, now: datetime) -> None:  # noqa: ARG002
        """Note the moment."""
        self.taken.append(time.monotonic())
        self.came.set()


def measured(line: Line, transport: TimedTransport, posts: int) -> list[float]:
    """Return the seconds from the storing of each post to its letter's hand-over."""
    chance, took = random.Random(5), []
    for n in range(posts):
        time.sleep(chance.uniform(*PAUSE))
        transport.came.clear()
        post = Mention(
            channel="rss",
            external_id=f"p{n}",
            text=TEXT.format(n=n),
            author=Author("northside.example"),
            published_at=datetime.now(UTC),
        )
        began = time.monotonic()
        line.store.write(partial(add_mentions, source_id=1, heard=[post], now=datetime.now(UTC)))
        if not transport.came.wait(PATIENCE):
            raise SystemExit(f"post {n} raised no alert: the analysis does not see a concern in it")
        took.append(transport.taken[-1] - began)
    return took


def main() -> None:
    """Run the scheduler, measure, and print the median and the longest."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--posts", type=int, default=20)
    options = given.parse_args()
    logging.basicConfig(level=logging.ERROR)
    source = Source(name="blog", channel="rss", settings={"url": "http://127.0.0.1:9/feed"})
    settings = Settings(
        organisation=US, store_url="", sources=(source,), partners=(NORTHSIDE,), rules=(RULE,)
    )
    transport, stop = TimedTransport(), threading.Event()
    print(f"{machine()}; load {load()}")
    with TemporaryDirectory() as folder:
        store, http = open_store(f"sqlite:///{Path(folder) / 'earshot.db'}"), Http(LOOPBACK_ONLY)
        with store.writing() as connection:
            provision(connection, settings, now=datetime.now(UTC))
        line = Line(
            settings=replace(settings, sources=()),
            store=store,
            http=http,
            now=lambda: datetime.now(UTC),
            analyzer=cache(partial(open_analyzer, US, (NORTHSIDE,))),
            transport=transport,
        )
        running = threading.Thread(target=scheduler.run, args=(line,), kwargs={"stop": stop})
        running.start()
        took = measured(line, transport, options.posts)
        stop.set()
        running.join()
        http.close()
        store.close()
    print(
        f"{len(took)} posts, from stored to handed over: median {median(took):.1f} s, longest {max(took):.1f} s"
    )


if __name__ == "__main__":
    main()
