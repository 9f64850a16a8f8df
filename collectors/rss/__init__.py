"""Channel ``rss``: feeds of any kind (RSS 0.9 to 2.0, RDF, Atom, JSON Feed), read whole whenever they change.

A feed has no marks of what is new, so all its entries are yielded each time its bytes change, and the store tells new
from edited from known. That is why nothing here goes by dates: a late post, a back-dated one, one of the same second
and one without a date are all just entries. Earlier pages are asked for only where a feed shows nothing known.

A post's author is the feed's host: that is the account that speaks (``handles = { rss = ["northside.example"] }``).
Who signs an entry is only its name, for anybody can sign.
"""

from __future__ import annotations

import base64
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from collectors.contract import Batch, Reach
from collectors.rss.adapter import Place, mentions
from collectors.rss.earlier import MOST_PAGES, next_page, shares_nothing
from collectors.rss.identity import Identities
from collectors.rss.known import Record, are_apart
from collectors.rss.mark import Mark
from collectors.rss.page import not_a_feed
from collectors.rss.reading import Origin, Run, read, read_new
from collectors.rss.turn import in_turn
from errors import EarshotError, NeedsAttention, TryLater
from model import Cursor, Mention, Secret
from net.addresses import Rules, shown, web_address
from net.answers import expect_ok
from net.http import Response

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
BATCH = 500
GAP = (
    "nothing of the last reading stands in the feed any more, nor on the earlier pages that can be read: "
    'some of what came between may be missing; read it more often (every = "…")'
)
MOST_SKIPPED = 20  # faults told one by one; the rest is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rss:
    """One feed: a blog, a forum's newest posts, a news search; RSS, RDF, Atom or JSON Feed."""

    url: str = field(metadata={"says": "the address of the feed, https:// or http://"})
    username: str | None = field(
        default=None, metadata={"says": "the user name, where the feed asks for one"}
    )
    password: Secret | None = field(default=None, metadata={"says": "the password that belongs to it"})

    def __post_init__(self) -> None:
        """Refuse what is no web address before anybody asks it; whether it may be reached, the gate says then."""
        try:
            web_address(self.url, Rules(allow_private_networks=True))
        except NeedsAttention as error:
            raise NeedsAttention(f"url: {error}") from error

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield only a count while the feed stays the same, else all its entries, the oldest first."""
        mark = Mark.of(cursor, self.url)
        response = reach.http.get(self.url, headers=self._headers(mark))
        expect_ok(response, "rss", now=reach.now())
        if response.status == 304:
            _check_validators(mark, response)
            yield Batch(cursor=cursor, unchanged=mark.entries, moved_to=response.moved_to)
            return
        after = Mark.after(response, response.moved_to or self.url)
        after = replace(after, entries=mark.entries, owners=mark.owners, frame=mark.frame, items=mark.items)
        if after.hash == mark.hash:
            yield Batch(cursor=after.cursor(), unchanged=mark.entries, moved_to=response.moved_to)
            return
        for batch in in_turn(self._read(response, mark, reach, before=cursor, after=after)):
            told = batch
            if batch.cursor is not cursor:  # the last: with it all is read that the feed shows
                now = Mark.of(batch.cursor, after.url)
                met = not shares_nothing(mark, now)
                met = met or (yield from self._earlier(response, mark, now, reach, before=cursor))
                told = batch if met else replace(batch, skipped=[*batch.skipped, GAP])
            yield replace(told, moved_to=response.moved_to)

    def _earlier(
        self, response: Response, mark: Mark, now: Mark, reach: Reach, *, before: Cursor
    ) -> Generator[Batch, None, bool]:
        """Yield what stands on the earlier pages, up to one that shows what is known; return whether there is one.

        A page that shows nothing new ends it too: there are feeds that answer with the same page whatever is asked.
        """
        place = Place(host=urlsplit(self.url).hostname or "", now=reach.now())
        known, seen = set(mark.known.items.values()), set(now.known.items.values())
        for number in range(2, MOST_PAGES + 2):
            page = next_page(response.body, _origin(response), feed=self.url, number=number)
            if page is None:
                return False
            try:
                response = reach.http.get(page, headers=self._headers(Mark()))
                expect_ok(response, "rss", now=reach.now())
                runs = read(response.body, _origin(response)) or iter(())
                batches = list(in_turn(_batches(runs, place, before=before, after=Mark(url=page))))
            except EarshotError:
                return False  # most often the end of the pages; the next reading must not wait for it
            yield from (replace(batch, cursor=before) for batch in batches)
            found = set(Mark.of(batches[-1].cursor, page).known.items.values())
            if found & known or found <= seen:
                return bool(found & known)
            seen |= found
        return False

    def _read(
        self, response: Response, mark: Mark, reach: Reach, *, before: Cursor, after: Mark
    ) -> Iterator[Batch]:
        runs = _new(response, mark) or read(response.body, _origin(response))
        if runs is None:
            raise not_a_feed(response, was_a_feed=bool(mark.hash))
        place = Place(host=urlsplit(self.url).hostname or "", now=reach.now())
        yield from _batches(runs, place, before=before, after=after)

    def _headers(self, mark: Mark) -> dict[str, str]:
        headers = {"Accept": ACCEPT}
        if mark.etag:
            headers["If-None-Match"] = mark.etag
        if mark.modified:
            headers["If-Modified-Since"] = mark.modified
        if self.username and self.password:
            pair = f"{self.username}:{self.password.reveal()}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        return headers


def _check_validators(mark: Mark, response: Response) -> None:
    if not mark.etag and not mark.modified:
        raise TryLater(
            f"rss: {shown(response.url)} says that nothing has changed (304), but nothing of it was read yet"
        )


def _new(response: Response, mark: Mark) -> Iterator[Run] | None:
    """Return what is not known yet, where it can be told from what is."""
    runs = read_new(response.body, _origin(response), mark.known)
    if runs is None or not all(are_apart(run.entries, run.known, mark.owners) for run in runs):
        return None
    return iter(runs)


def _origin(response: Response) -> Origin:
    return Origin(
        url=response.url,
        content_type=response.headers.get("content-type") or "",
        lang=response.headers.get("content-language") or "",
    )


def _batches(runs: Iterator[Run], place: Place, *, before: Cursor, after: Mark) -> Iterator[Batch]:
    """Yield batches of bounded size; the cursor moves with the last, so that a kill between them loses nothing."""
    identities = Identities(owners=dict(after.owners))
    gathered: list[Mention] = []
    skipped: list[str] = []
    n_entries = n_unchanged = n_skipped = 0
    record = Record()
    for run in runs:
        record.add(run.known, run.entries)
        n_unchanged += len(run.known.items)
        told = mentions(identities.tell_apart(run.entries), run.feed, place)
        if gathered and len(gathered) + len(told) > BATCH:
            yield Batch(mentions=gathered, cursor=before)
            gathered = []
        gathered += told
        n_entries += len(told)
        skipped += run.skipped[: MOST_SKIPPED - len(skipped)]
        n_skipped += len(run.skipped)
    if n_skipped > len(skipped):
        skipped.append(f"and {n_skipped - len(skipped)} more like these")
    if skipped and not n_entries and not n_unchanged:
        raise TryLater(f"rss: nothing in the feed at {place.host} can be read: {skipped[0]}")
    known = record.known()
    after = replace(
        after,
        entries=n_entries + n_unchanged,
        owners=identities.owners,
        frame=known.frame,
        items=known.text(),
    )
    yield Batch(mentions=gathered, cursor=after.cursor(), skipped=skipped, unchanged=n_unchanged)
