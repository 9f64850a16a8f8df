"""Channel ``mastodon``: a hashtag, a search, or the mentions of an account, on any server that speaks its API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar

from collectors.contract import Batch, Reach, Rechecked
from collectors.json_pages import table
from collectors.listing import Listing, read_listing
from collectors.mastodon.client import Client
from collectors.mastodon.reading import NAME, Reading, is_begun, pause
from collectors.mastodon.refusals import Asker
from collectors.mastodon.threads import Threads
from collectors.mastodon.wire import STATUS_ID, Place, Status, read_status, read_statuses
from errors import NeedsAttention, TryLater
from model import Cursor, Mention, Secret, account_key

HOST = re.compile(r"[\w-]+(\.[\w-]+)*(:[0-9]{1,5})?")
HASHTAG = re.compile(r"#?[\w·]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mastodon:
    """Public statuses of one instance: those with ``hashtag``, or those that a search for ``query`` finds.

    With neither, what is said to the account that ``access_token`` belongs to. The first reading goes thirty days
    back, or 800 statuses.
    """

    instance: str = field(metadata={"says": "the server's bare name, as in people's handles: social.example"})
    hashtag: str = field(
        default="", metadata={"says": "the hashtag to listen to, on all that the instance sees"}
    )
    query: str = field(
        default="",
        metadata={"says": "what to search for, where the instance has full-text search; needs access_token"},
    )
    access_token: Secret | None = field(
        default=None,
        metadata={"says": "a token with the scope read, from the instance's Settings, Development"},
    )
    base_url: str | None = field(
        default=None, metadata={"says": "the server's address, where it is not https:// and its name"}
    )
    recheck_at_once: ClassVar[int] = 20  # what Mastodon 4.3 gives in one request

    def __post_init__(self) -> None:
        if not HOST.fullmatch(self.instance):
            raise ValueError(
                f"instance: {self.instance!r} is no server's name; write it bare: social.example"
            )
        if self.hashtag and self.query:
            raise ValueError("hashtag and query: give one of them; the other is a source of its own")
        if self.hashtag and not HASHTAG.fullmatch(self.hashtag):
            raise ValueError(f"hashtag: {self.hashtag!r} is none; write letters, digits and _ only")
        if self.access_token is None and not self.hashtag:
            raise ValueError(
                "access_token is missing: a search needs it, and so do an account's mentions (no hashtag, no query)"
            )

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield statuses, new and edited; the newest first at first and in a search, else the oldest first."""
        client, place = self._client(reach), self._place(reach)
        reading = Reading(client, place)
        threads = Threads(client, place, reading.met)
        for batch in self._batches(reading, client, cursor):
            yield threads.joined(batch)
            if threads.are_enough:
                return

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Return these statuses as they stand; what is deleted, hidden or no longer to be kept is gone."""
        client, place = self._client(reach), self._place(reach)
        ids = [each for each in external_ids if STATUS_ID.fullmatch(each)]
        found = {status.status_id: status for status in _together(client, ids, place)}
        gone: list[str] = []
        for each in [each for each in ids if each not in found]:
            answer = client.status(each)
            if answer is None:
                gone.append(each)
                continue
            try:
                found[each] = read_status(table(answer), place)
            except ValueError:
                continue
        threads = Threads(client, place, found)
        return Rechecked(
            edited=[_in_its_thread(each.mention, each, threads) for each in found.values() if each.mention],
            gone=[*gone, *(each for each, status in found.items() if status.mention is None)],
            quota=client.quota,
            wait=pause(client.quota, reach.now()),
        )

    def _batches(self, reading: Reading, client: Client, cursor: Cursor) -> Iterator[Batch]:
        if self.query:
            return read_listing(Listing(name=NAME, fetch=reading.found(self.query)), cursor)
        ask = partial(client.hashtag, self.hashtag.lstrip("#")) if self.hashtag else client.mentions
        if is_begun(cursor):
            return reading.onward(ask, cursor)
        return read_listing(Listing(name=NAME, fetch=reading.back(ask)), cursor)

    def _client(self, reach: Reach) -> Client:
        asker = Asker(self.instance, self.access_token is not None)
        return Client(self.base_url or f"https://{self.instance}", self.access_token, asker, reach)

    def _place(self, reach: Reach) -> Place:
        return Place(
            instance=self.instance.lower(),
            ours=frozenset(account_key(each) for each in reach.ours.get("mastodon", ())),
            now=reach.now(),
            speaks_to_us=not (self.hashtag or self.query),
        )


def _together(client: Client, ids: Sequence[str], place: Place) -> list[Status]:
    """Return those of the statuses that one request brings; none where the server does not know how."""
    try:
        read = read_statuses(client.statuses(ids), place)
    except NeedsAttention:
        return []
    except TryLater as error:
        if error.missing:
            return []
        raise
    return [status for status in (read[0] if read else []) if status.status_id in ids]


def _in_its_thread(mention: Mention, status: Status, threads: Threads) -> Mention:
    """An edit is stored whole, so it has to tell its thread again."""
    root = threads.root_of(status) if mention.edited_at is not None else None
    return mention if root is None else replace(mention, thread_id=root)
