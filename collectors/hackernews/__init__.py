"""Channel ``hackernews``: what a search finds on Hacker News, through Algolia's index of it.

The search answers with at most a thousand hits, newest first, and takes bounds of time. So time is read forward
in slices small enough to be read whole, and the cursor moves past a slice once all its pages are read. Algolia
indexes late (minutes as a rule), so each poll reads the last hours again and tells new from known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from collectors.contract import Batch, Reach, Rechecked
from collectors.hackernews.wire import FIREBASE, Hits, read_hits, read_item
from collectors.json_pages import json_of, page_of
from collectors.listing import Known, Sifted, known_of, remembered, sift
from errors import TryLater
from model import Cursor, Json
from net.answers import expect_ok

ALGOLIA = "https://hn.algolia.com/api/v1"
PAGE_SIZE = 100
MOST_HITS = 1000  # Algolia lists no more of them for one query
MOST_SLICES = 60  # in one poll, the halved ones too; what is left is read by the next
OVERLAP = timedelta(hours=6)
TAGS = {"all": "(story,comment,poll,job)", "stories": "story", "comments": "comment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HackerNews:
    """Stories and comments that hold the words of a query; nobody needs a key for it.

    ``query`` takes words (all must be there), "phrases", a leading minus, and `` OR `` between alternatives,
    each of which is asked by itself.
    """

    query: str = field(metadata={"says": 'words, "phrases", -without; alternatives are joined by OR'})
    kind: Literal["all", "stories", "comments"] = field(
        default="all", metadata={"says": "what is wanted: all, stories or comments"}
    )
    first_reads: timedelta = field(
        default=timedelta(days=30), metadata={"says": "how far back the first reading goes"}
    )
    base_url: str | None = field(
        default=None, metadata={"says": "another address of the search, in place of Algolia's own"}
    )
    items_url: str | None = field(
        default=None, metadata={"says": "another address of the items, in place of Hacker News' own"}
    )
    recheck_at_once = 10  # one request each

    def __post_init__(self) -> None:
        if not self._alternatives():
            raise ValueError("query: it holds no word to search for")

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield the hits of each alternative, slice by slice, the oldest first."""
        for query in self._alternatives():
            for batch in _Search(self, query, reach).read(cursor):
                cursor = batch.cursor
                yield batch

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Ask Hacker News itself, item by item: Algolia's index keeps what was flagged or deleted.

        A comment is told as gone or unchanged: its author may edit it for two hours, which the overlap reads
        again, and Hacker News does not say to which story it belongs.
        """
        edited, gone, unchanged = [], [], 0
        base = (self.items_url or FIREBASE).rstrip("/")
        for external_id in external_ids:
            response = reach.http.get(f"{base}/item/{external_id}.json")
            expect_ok(response, "hackernews item", now=reach.now())
            if response.body.strip() == b"null":
                gone.append(external_id)
                continue
            item = read_item(json_of(response), external_id, now=reach.now())
            if item is None:
                raise TryLater("hackernews item: the answer is no item; check items_url if it stays so")
            if item.gone:
                gone.append(external_id)
            elif item.mention is None:
                unchanged += 1
            else:
                edited.append(item.mention)
        return Rechecked(edited=edited, gone=gone, unchanged=unchanged)

    def _alternatives(self) -> list[str]:
        return [part.strip() for part in re.split(r"\bOR\b", self.query) if re.search(r"\w", part)]


@dataclass(frozen=True, slots=True)
class _Search:
    """One alternative of a query, for one poll."""

    source: HackerNews
    query: str
    reach: Reach

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        """Yield the slices from where the cursor says up to now."""
        end = int(self.reach.now().timestamp()) + 600  # clocks differ
        low, high, left = self._start(cursor), end, MOST_SLICES
        while low < end and left > 0:
            left -= 1
            hits = self._ask(low, high, 0)
            if hits.n_hits > MOST_HITS and high - low > 1:
                high = (low + high) // 2
                continue
            for batch in self._slice(hits, low, high, cursor):
                cursor = batch.cursor
                yield batch
            low, high = high, min(high + 2 * (high - low), end)

    def _slice(self, hits: Hits, low: int, high: int, cursor: Cursor) -> Iterator[Batch]:
        """Yield a slice's pages; the last one moves the cursor behind it."""
        known = known_of(cursor.get("known"))
        met: dict[str, str] = {}
        page = newest = 0
        while True:
            page, newest = page + 1, max(newest, hits.newest)
            more = page < min(hits.n_pages, MOST_HITS // PAGE_SIZE)
            found = sift((item for item in hits.items if item.external_id not in met), known)
            met.update(found.met)
            words = list(hits.skipped)
            if not more and hits.n_hits > MOST_HITS:
                words.append(f"{self.query!r}: more than {MOST_HITS} in one second, the rest is out of reach")
            after = cursor if more else self._moved(cursor, newest, known, met)
            yield _batch(found, after, words)
            if not more:
                return
            hits = self._ask(low, high, page)

    def _start(self, cursor: Cursor) -> int:
        told = _read_to(cursor).get(self.query)
        if isinstance(told, int):
            return max(told - int(OVERLAP.total_seconds()), 0)
        return int((self.reach.now() - self.source.first_reads).timestamp())

    def _moved(self, cursor: Cursor, newest: int, known: Known, met: Known) -> Cursor:
        """Return the cursor behind a slice: at its newest hit, for of the silence after it nothing is known."""
        read_to = dict(_read_to(cursor))
        if newest:
            read_to[self.query] = newest
        return {"read_to": read_to, "known": remembered(met, known)}

    def _ask(self, low: int, high: int, page: int) -> Hits:
        """Ask for one page of a slice. Algolia would else forgive typos, and take the last word for a beginning."""
        params = {
            "query": self.query,
            "tags": TAGS[self.source.kind],
            "numericFilters": f"created_at_i>={low},created_at_i<{high}",
            "hitsPerPage": str(PAGE_SIZE),
            "page": str(page),
            "advancedSyntax": "true",
            "typoTolerance": "false",
            "queryType": "prefixNone",
        }
        base = (self.source.base_url or ALGOLIA).rstrip("/")
        response = self.reach.http.get(f"{base}/search_by_date", params=params)
        what = f"hackernews {self.query!r}"
        return read_hits(page_of(response, what, now=self.reach.now()), what, now=self.reach.now())


def _batch(found: Sifted, cursor: Cursor, skipped: Sequence[str]) -> Batch:
    return Batch(
        mentions=found.mentions,
        cursor=cursor,
        gone=found.gone,
        skipped=skipped,
        unchanged=found.unchanged,
    )


def _read_to(cursor: Cursor) -> Mapping[str, Json]:
    told = cursor.get("read_to")
    return told if isinstance(told, Mapping) else {}
