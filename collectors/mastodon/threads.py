"""Which conversation a status belongs to, and what our own accounts said in it.

A status names what it answers, not what began its thread; and our answer to a post with a hashtag seldom has the
hashtag. Both are told by the context of a status, one request each. Of a context only that is kept in which we
take part: what we wrote, and what is written in answer to it or under a post of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from collectors.contract import Batch
from collectors.mastodon.client import Client
from collectors.mastodon.wire import Place, Status, read_context
from errors import NeedsAttention
from model import Mention

ENOUGH = 40  # contexts in one poll; then it ends with its page, and the next poll goes on


class Threads:
    """The threads that one poll came upon. ``met`` are the statuses that it read, by id."""

    def __init__(self, client: Client, place: Place, met: Mapping[str, Status]) -> None:
        self._client = client
        self._place = place
        self._met = met
        self._roots: dict[str, str] = {}
        self._n_asked = 0

    @property
    def are_enough(self) -> bool:
        """Whether the poll has asked for as many contexts as it may."""
        return self._n_asked >= ENOUGH

    def joined(self, batch: Batch) -> Batch:
        """Return the batch with its threads told, and what was said there by or to us."""
        mentions = {mention.external_id: mention for mention in batch.mentions}
        for status in [self._met[each] for each in list(mentions) if each in self._met]:
            if self._leads_on(status):
                mentions = {**{each.external_id: each for each in self._follow(status)}, **mentions}
        told = [
            replace(mention, thread_id=self._roots.get(mention.external_id, mention.thread_id))
            for mention in mentions.values()
        ]
        return replace(batch, mentions=told)

    def root_of(self, status: Status) -> str | None:
        """Return what began the thread of one status."""
        if status.parent_id is not None:
            self._follow(status)
        return self._roots.get(status.status_id)

    def _leads_on(self, status: Status) -> bool:
        is_answered = status.n_replies > 0 and bool(self._place.ours)
        return is_answered or (status.parent_id is not None and status.status_id not in self._roots)

    def _follow(self, status: Status) -> list[Mention]:
        """Ask for a status's context; where there is none to be had, the parent stands for the root."""
        self._n_asked += 1
        try:
            above, below = read_context(self._client.context(status.status_id), self._place)
        except NeedsAttention:
            return []
        if status.parent_id is not None and not above:
            return []
        thread = [*above, status, *below]
        self._roots |= {each.status_id: thread[0].status_id for each in thread}
        return [each.mention for each in self._with_us(thread) if each.mention is not None]

    def _with_us(self, thread: Sequence[Status]) -> list[Status]:
        authors = {each.status_id: each.author_key for each in thread}
        if thread[0].author_key in self._place.ours:
            return list(thread)
        return [
            each
            for each in thread
            if each.author_key in self._place.ours or authors.get(each.parent_id or "") in self._place.ours
        ]
