"""What reading one feed again costs, beside `feedparser.parse` of the same bytes: no network, no store.

`python -m bench.parsing` prints one line of JSON: medians over feeds of CPU seconds as a share of feedparser's.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import feedparser

from bench.feeds import feed
from collectors.contract import Reach
from collectors.rss import Rss
from model import Cursor
from net.http import Http, Response

FEEDS, TIMES = 12, 5
URL = "http://feeds.example/feed"
NOW = datetime(2026, 5, 21, tzinfo=UTC)


class Served(Http):
    """Answers every question with the same bytes, and with no mark by which one could ask for less."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.answer = Response(200, {"content-type": "application/rss+xml"}, body, URL)

    def get(self, *_args: object, **_options: object) -> Response:
        return self.answer


def read(body: bytes, cursor: Cursor) -> Cursor:
    """Read a feed to its end; return where to go on."""
    for batch in Rss(url=URL).collect(cursor, Reach(http=Served(body), now=lambda: NOW, ours={})):
        cursor = batch.cursor
    return cursor


def cpu(work: Callable[[], object]) -> float:
    """Return the least CPU seconds of several times: what is more is other work on this machine."""
    costs = []
    for _ in range(TIMES):
        began = time.process_time()
        work()
        costs.append(time.process_time() - began)
    return min(costs)


def shares(number: int) -> dict[str, float]:
    """Return what one feed costs, as shares of what feedparser takes for the newer bytes."""
    before, after = feed(number, 0), feed(number, 1)
    cursor = read(before, {})
    theirs = cpu(lambda: feedparser.parse(io.BytesIO(after)))
    return {
        "first reading": cpu(lambda: read(after, {})) / theirs,
        "one new entry of 50": cpu(lambda: read(after, cursor)) / theirs,
        "the same bytes": cpu(lambda: read(before, cursor)) / theirs,
    }


if __name__ == "__main__":
    every = [shares(number) for number in range(FEEDS)]
    print(json.dumps({name: median(one[name] for one in every) for name in every[0]}))
