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
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, insert

from analysis import open_analyzer
from bench.machine import load, machine, versions
from delivery.digest import digest_letter
from model import Digest, Organisation, Partner, Period, Settings, Source
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from stages.facts import digest_facts
from stages.line import Line
from storage import daily, open_store
from storage.provision import provision
from storage.schema import mention_annotations, mention_sources, mentions
from storage.store import Store

END = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
A_DAY = 1_000
"""Mentions collected on each day."""
AT_ONCE = 20_000
PARTNERS, SOURCES, WAITING = 20, 10, 300
SENTENCES = (
    "The boxes came on time again and everybody was glad of it.",
    "Does anybody know when the kitchen opens on Friday?",
    "The van was late and nobody told us why; we waited for an hour.",
    "We have rice and milk left for whoever needs it.",
)
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


def rows(first: int, end: int, total: int) -> Iterator[dict[str, Any]]:
    """Yield mentions by number, the newest day last; each tenth is a partner's."""
    begin = END - total // A_DAY * ONE_DAY
    for n in range(first, end):
        at = begin + n * (ONE_DAY / A_DAY)
        yield {
            "id": (n + 1) << 22,
            "channel": "rss",
            "scope": f"source:{n % SOURCES + 1}",
            "external_id": str(n),
            "url": f"https://n{n % SOURCES + 1}.example/{n}",
            "title": f"What happened, number {n}",
            "text": f"{SENTENCES[n % len(SENTENCES)]} ({n})",
            "content_hash": str(n),
            "story_id": (n + 1) << 22,
            "published_at": at,
            "collected_at": at,
            "thread_external_id": str(n),
            "author_partner_id": n // 10 % PARTNERS + 1 if n % 10 == 0 else None,
            "waits": total - n <= WAITING * 3 and n % 3 == 0,
            "analyzed_as": "1",
        }


def tags(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what analysis says of a mention."""
    n = int(row["external_id"])
    words = row["text"][:20]
    because = [{"in": "text", "start": 0, "end": len(words), "text": words, "weight": 1.0}]
    common = {
        "mention_id": row["id"],
        "n": 0,
        "score": None,
        "confidence": 0.9,
        "origin": "model",
        "version": "1",
    }
    yield {
        **common,
        "kind": "sentiment",
        "label": ("negative", "neutral", "positive")[n % 3],
        "because": because,
    }
    yield {
        **common,
        "kind": "need",
        "label": ("access", "information", "resources")[n % 3],
        "because": because,
    }
    if row["waits"]:
        yield {**common, "kind": "concern", "label": "yes", "because": because}


def fill(store: Store, total: int) -> None:
    """Put so many mentions into a store, as if they had come day by day, and count its days."""
    with store.writing() as connection:
        provision(connection, settings(), now=END - (total // A_DAY + 1) * ONE_DAY)
    for first in range(0, total, AT_ONCE):
        store.write(partial(_fill_some, some=list(rows(first, min(first + AT_ONCE, total), total))))
    daily.keep_current(store, "UTC")


def _fill_some(connection: Connection, some: list[dict[str, Any]]) -> None:
    connection.execute(insert(mentions), some)
    connection.execute(insert(mention_annotations), [tag for row in some for tag in tags(row)])
    seen = [
        {
            "source_id": int(row["scope"].removeprefix("source:")),
            "mention_id": row["id"],
            "first_seen_at": row["collected_at"],
        }
        for row in some
    ]
    connection.execute(insert(mention_sources), seen)


def measured(store: Store, rounds: int) -> tuple[float, int]:
    """Return the CPU-seconds that the last day's digest takes, the median of some rounds, and its mentions."""
    http = Http(LOOPBACK_ONLY)
    given = settings()
    line = Line(
        settings=given,
        store=store,
        http=http,
        now=lambda: END,
        analyzer=lambda: open_analyzer(given.organisation, given.partners),
    )
    seconds, facts = [], None
    for _ in range(rounds):
        began = time.process_time()
        facts = digest_facts(line, DAILY, "team@rfn.example", Period(END - ONE_DAY, END))
        digest_letter(facts)
        seconds.append(time.process_time() - began)
    http.close()
    return median(seconds), 0 if facts is None else len(facts.mentions)


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
            took, told = measured(store, rounds)
            store.close()
        found.append(took)
        print(
            f"{size:>9,} mentions, {told:,} of the day: {took * 1000:.0f} ms of CPU, ratio {took / found[0]:.2f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    main(chosen.sizes, chosen.rounds)
