"""How long a digest takes as the store grows: `python -m bench.digest 100000 1000000`.

Each store holds a thousand mentions a day, the larger for longer, and the same last day: what is measured is whether
a digest costs what that day holds, or what the store holds. Stores lie in a folder that is removed after.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, insert, text

from analysis import open_analyzer
from bench.machine import load, machine, versions
from delivery.digest import digest_letter
from model import SENTIMENTS, Digest, Organisation, Partner, Period, Settings, Source
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from stages.facts import digest_facts
from stages.line import Line
from storage import daily, open_store
from storage.ids import SEQUENCE_BITS
from storage.provision import provision
from storage.schema import mention_annotations, mention_sources, mentions
from storage.store import Store

END = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
A_DAY = 1_000
"""Mentions collected on each day."""
LAST_ID = 100_000_000_000
STEPS_AT_ONCE = 100
PARTNERS, SOURCES = 20, 10
NEEDS = ("access", "information", "resources")
SENTENCES = (
    "The boxes came on time again and everybody was glad of it.",
    "Does anybody know when the kitchen opens on Friday?",
    "The van was late and nobody told us why; we waited for an hour.",
    "We have rice and milk left for whoever needs it.",
)
EARLIER = "strftime('%Y-%m-%d %H:%M:%f000', {}, :back)"
COPIES = (
    "INSERT INTO mentions (id, channel, scope, external_id, url, title, text, content_hash, story_id, "
    "published_at, collected_at, thread_external_id, author_partner_id, analyzed_as) "
    "SELECT id - :shift, channel, scope, external_id || :mark, url, title, text, content_hash, id - :shift, "
    f"{EARLIER.format('published_at')}, {EARLIER.format('collected_at')}, thread_external_id || :mark, "
    "author_partner_id, analyzed_as FROM mentions WHERE id >= :since",
    "INSERT INTO annotations (mention_id, kind, n, label, confidence, because, origin, version) "
    "SELECT mention_id - :shift, kind, n, label, confidence, because, origin, version FROM annotations "
    "WHERE mention_id >= :since",
    "INSERT INTO mention_sources (source_id, mention_id, first_seen_at) "
    f"SELECT source_id, mention_id - :shift, {EARLIER.format('first_seen_at')} FROM mention_sources "
    "WHERE mention_id >= :since",
)
"""On SQLite: a million rows one by one through Python would take most of the time."""
DAILY = Digest(name="daily", at=6 * 60, timezone="UTC", to=("team@rfn.example",))


def settings() -> Settings:
    """Return a configuration of some partners and sources."""
    return Settings(
        organisation=Organisation(name="Riverside Food Network"),
        store_url="",
        partners=tuple(Partner(name=f"Partner {n}") for n in range(1, PARTNERS + 1)),
        sources=tuple(
            Source(name=f"feed-{n}", channel="rss", settings={"url": f"https://n{n}.example/"})
            for n in range(1, SOURCES + 1)
        ),
        digests=(DAILY,),
    )


def rows() -> Iterator[dict[str, Any]]:
    """Yield the mentions of the last day; each tenth is a partner's, and some wait for an answer."""
    for n in range(A_DAY):
        at = END - ONE_DAY + n * (ONE_DAY / A_DAY)
        yield {
            "id": (LAST_ID + n) << SEQUENCE_BITS,
            "channel": "rss",
            "scope": f"source:{n % SOURCES + 1}",
            "external_id": str(n),
            "url": f"https://n{n % SOURCES + 1}.example/{n}",
            "title": f"What happened, number {n}",
            "text": f"{SENTENCES[n % len(SENTENCES)]} ({n})",
            "content_hash": str(n),
            "story_id": (LAST_ID + n) << SEQUENCE_BITS,
            "published_at": at,
            "collected_at": at,
            "thread_external_id": str(n),
            "author_partner_id": n // 10 % PARTNERS + 1 if n % 10 == 0 else None,
            "waits": n % 3 == 0,
            "analyzed_as": "1",
        }


def tags(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what analysis says of a mention."""
    n, words = int(row["external_id"]), row["text"][:20]
    because = [{"in": "text", "start": 0, "end": len(words), "text": words, "weight": 1.0}]
    common = {"mention_id": row["id"], "n": 0, "confidence": 0.9, "origin": "model", "version": "1"}
    yield {**common, "kind": "sentiment", "label": SENTIMENTS[n % 3], "because": because}
    yield {**common, "kind": "need", "label": NEEDS[n % 3], "because": because}
    if row["waits"]:
        yield {**common, "kind": "concern", "label": "yes", "because": because}


def fill(store: Store, total: int) -> None:
    """Put so many mentions into a store, day by day before the last one, and count its days."""
    days = total // A_DAY
    with store.writing() as connection:
        provision(connection, settings(), now=END - (days + 1) * ONE_DAY)
    store.write(_say_the_last_day)
    there = 1
    while there < days:
        more = min(there, days - there)
        store.write(partial(_copy_days, back=there, days=more))
        there += more
    daily.keep_current(store, "UTC")


def _say_the_last_day(connection: Connection) -> None:
    said = list(rows())
    connection.execute(insert(mentions), said)
    connection.execute(insert(mention_annotations), [tag for row in said for tag in tags(row)])
    seen = [
        {
            "source_id": int(row["scope"].removeprefix("source:")),
            "mention_id": row["id"],
            "first_seen_at": row["collected_at"],
        }
        for row in said
    ]
    connection.execute(insert(mention_sources), seen)


def _copy_days(connection: Connection, *, back: int, days: int) -> None:
    """Say again what was said on the newest days, so many days earlier; nobody waits for an answer any more."""
    given = {
        "shift": back * A_DAY << SEQUENCE_BITS,
        "since": (LAST_ID + A_DAY - days * A_DAY) << SEQUENCE_BITS,
        "back": f"-{back} days",
        "mark": f"-{back}",
    }
    for statement in COPIES:
        connection.execute(text(statement), given)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one digest took: CPU-seconds, the median of some rounds, and SQLite's own steps, which no load changes."""

    seconds: float
    steps: int
    told: int


def measured(store: Store, rounds: int) -> Measured:
    """Return what the last day's digest takes."""
    http = Http(LOOPBACK_ONLY)
    given = settings()
    line = Line(
        settings=given,
        store=store,
        http=http,
        now=lambda: END,
        analyzer=lambda: open_analyzer(given.organisation, given.partners),
    )
    seconds, facts, steps = [], None, [0]

    def count() -> int:
        steps[0] += STEPS_AT_ONCE
        return 0

    with store.reading() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, STEPS_AT_ONCE)
    for _ in range(rounds):
        began = time.process_time()
        facts = digest_facts(line, DAILY, "team@rfn.example", Period(END - ONE_DAY, END))
        digest_letter(facts)
        seconds.append(time.process_time() - began)
    http.close()
    return Measured(median(seconds), steps[0] // rounds, 0 if facts is None else len(facts.mentions))


def main(sizes: list[int], rounds: int) -> None:
    """Measure a store of each size, one after the other, and print what came out."""
    print(f"{machine()}; {versions('sqlalchemy', 'jinja2', 'css-inline')}; load {load()}")
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(f"sqlite:///{Path(folder) / 'earshot.db'}")
            began = time.perf_counter()
            fill(store, size)
            print(f"{size:>9,} mentions are there after {time.perf_counter() - began:.0f} s", file=sys.stderr)
            took = measured(store, rounds)
            store.close()
        found.append(took)
        print(
            f"{size:>9,} mentions, {took.told:,} of the day: {took.seconds * 1000:.0f} ms of CPU, "
            f"ratio {took.seconds / found[0].seconds:.2f}; {took.steps:,} steps of SQLite, "
            f"ratio {took.steps / max(found[0].steps, 1):.2f}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    main(chosen.sizes, chosen.rounds)
