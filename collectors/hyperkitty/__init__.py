"""Channel ``hyperkitty``: a public mailing list in a HyperKitty archive (Mailman 3), read by its REST API.

The list of letters comes newest first and without texts. So a poll first walks down it to what is known, and then
fetches the new letters one by one, the oldest first: the cursor moves with each batch, and what a poll does not
reach is still new to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from collectors.contract import Batch, Reach, Rechecked
from collectors.hyperkitty.wire import Archive, Line, hash_of, read_letter, read_line
from collectors.json_pages import each_read, page_of, place_of, rows, text_of
from model import Cursor, Json, Mention
from net.http import Response

LISTS = re.compile(r"[^@/\s?#]{1,100}@[A-Za-z0-9.-]{1,200}")
PAGE_SIZE, STEP = 50, 45  # pages overlap: a letter that is deleted meanwhile moves the others up
MOST_PAGES = 30  # of the list, in one poll
FIRST_LETTERS = 100
MOST_LETTERS = 100  # fetched in one poll, one request each
BATCH = 20
KEPT = 300  # letters in the cursor, about 30 kB of JSON
AT_ONCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperKitty:
    """The letters of one mailing list whose archive is public."""

    recheck_at_once: ClassVar[int] = AT_ONCE

    base_url: str = field(
        metadata={"says": "the archive's address, like https://lists.example.org/hyperkitty or …/archives"}
    )
    mailing_list: str = field(metadata={"says": "the list's address, like friends@lists.example.org"})

    def __post_init__(self) -> None:
        if not LISTS.fullmatch(self.mailing_list):
            raise ValueError(f"mailing_list: {self.mailing_list!r} is no address; write name@host")
        if not self.base_url.startswith(("https://", "http://")):
            raise ValueError("base_url: write the archive's whole address, with https://")

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield the letters that are new, the oldest first."""
        poll = _Poll(self._archive(), reach, _known(cursor))
        fresh, skipped = poll.fresh()
        if not fresh:
            yield Batch(cursor={"known": _told(poll.known)}, skipped=skipped)
            return
        fresh = fresh[:MOST_LETTERS]
        for first in range(0, len(fresh), BATCH):
            batch = poll.read(fresh[first : first + BATCH])
            yield Batch(mentions=batch.mentions, skipped=[*skipped, *batch.skipped], cursor=batch.cursor)
            skipped = []

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Say which letters were taken out of the archive; a letter is never edited. A request for each."""
        poll = _Poll(self._archive(), reach, {})
        poll.check_there()
        there = [each for each in external_ids[:AT_ONCE] if poll.stands(each)]
        gone = [each for each in external_ids[:AT_ONCE] if each not in there]
        return Rechecked(gone=gone, unchanged=len(there))

    def _archive(self) -> Archive:
        return Archive(
            self.base_url.rstrip("/"), self.mailing_list, place_of(self.base_url).partition("/")[0]
        )


@dataclass(slots=True)
class _Poll:
    """One poll of one list. ``known`` maps hashes to Message-IDs, the newest letters first."""

    archive: Archive
    reach: Reach
    known: dict[str, str]
    looked_up: dict[str, str] = field(default_factory=dict)

    def fresh(self) -> tuple[list[Line], list[str]]:
        """Walk down the list to what is known; return what is new, the oldest first, and what could not be read."""
        found: dict[str, Line] = {}
        skipped: list[str] = []
        for number in range(MOST_PAGES):
            page = self._page(number * STEP)
            lines, words = each_read(rows(page, "results", self._what), read_line)
            skipped += words
            found |= {line.message_hash: line for line in lines if line.message_hash not in self.known}
            enough = not self.known and len(found) >= FIRST_LETTERS
            if enough or not lines or lines[-1].message_hash in self.known or not page.get("next"):
                break
        else:
            skipped.append(
                f"{self._what}: more than {MOST_PAGES * STEP} new letters; the oldest of them are left out"
            )
        newest_first = list(found.values())
        return (newest_first if self.known else newest_first[:FIRST_LETTERS])[::-1], skipped

    def read(self, lines: Sequence[Line]) -> Batch:
        """Fetch letters; one that cannot be read, or is gone by now, is known all the same."""
        mentions: list[Mention] = []
        skipped: list[str] = []
        for line in lines:
            response = self._get(f"email/{line.message_hash}/")
            if response.status == 500:  # the list itself answers: it is this letter, and not known yet
                skipped.append(
                    f"{line.message_id}: the archive cannot show it (500); asked for again next time"
                )
                continue
            self.known = {line.message_hash: line.message_id, **self.known}
            if response.status == 404:
                continue  # deleted since it was listed
            item = page_of(response, self._what, now=self.reach.now())
            try:
                mentions.append(read_letter(item, self.archive, self._ids(line), now=self.reach.now()))
            except ValueError as error:
                skipped.append(f"{self._what}: {error}")
        return Batch(mentions=mentions, skipped=skipped, cursor={"known": _told(self.known)})

    def check_there(self) -> None:
        """Raise what is wrong with the list as a whole."""
        page_of(self._get(""), self._what, now=self.reach.now())

    def stands(self, message_id: str) -> bool:
        """Say whether a letter is still in the archive."""
        response = self._get(f"email/{hash_of(message_id)}/")
        if response.status == 404:
            return False
        page_of(response, self._what, now=self.reach.now())
        return True

    @property
    def _what(self) -> str:
        return f"hyperkitty {self.archive.mailing_list}"

    def _page(self, offset: int) -> Mapping[str, object]:
        response = self._get(f"emails/?limit={PAGE_SIZE}&offset={offset}")
        if response.status == 500:
            self.check_there()  # a list that is not there makes HyperKitty 1.3 fail here, and answer 404 there
        return page_of(response, self._what, now=self.reach.now())

    def _ids(self, line: Line) -> Mapping[str, str]:
        """Return the Message-IDs of the letters that a letter names, asking for those of long ago."""
        for each in {line.parent_hash, line.thread_hash} - {"", line.message_hash}:
            if each not in self.known and each not in self.looked_up:
                self.looked_up[each] = self._looked_up(each)
        return {**self.looked_up, **self.known}

    def _looked_up(self, message_hash: str) -> str:
        response = self._get(f"email/{message_hash}/")
        if response.status in (404, 500):
            return message_hash  # it is gone: its hash names it as well
        return text_of(page_of(response, self._what, now=self.reach.now()), "message_id") or message_hash

    def _get(self, path: str) -> Response:
        # The REST framework shows its pages for people to whoever does not ask for JSON.
        return self.reach.http.get(self.archive.api(path), headers={"Accept": "application/json"})


def _known(cursor: Cursor) -> dict[str, str]:
    told = cursor.get("known")
    pairs = told if isinstance(told, list) else []
    return {str(pair[0]): str(pair[1]) for pair in pairs if isinstance(pair, list) and len(pair) == 2}


def _told(known: Mapping[str, str]) -> list[Json]:
    """Return what the cursor keeps; pairs in a list, for a JSON object has no order."""
    return [[message_hash, known[message_hash]] for message_hash in list(known)[:KEPT]]
