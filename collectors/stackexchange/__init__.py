"""Channel ``stackexchange``: questions of one site that a search or tags find, with their answers and comments.

Questions are read by their last activity, the oldest first, so the cursor moves with each page. A new answer or
an edit is activity; a comment is none, and so the comments of the newest posts are asked for at each poll.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from collectors.contract import Batch, Reach, Rechecked
from collectors.stackexchange.client import API, Client
from collectors.stackexchange.poll import Poll
from collectors.stackexchange.progress import Progress
from collectors.stackexchange.recheck import asked_again
from collectors.stackexchange.wire import Site, host_of
from model import Cursor, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class StackExchange:
    """Questions of one site of Stack Exchange, with what is answered and commented below them."""

    site: str = field(metadata={"says": "the site by its name in the API, as in diy or es.stackoverflow"})
    query: str = field(default="", metadata={"says": "what to search for; without it all questions"})
    tags: str = field(
        default="", metadata={"says": "tags that a question must have, all of them, joined by ;"}
    )
    key: Secret | None = field(
        default=None,
        metadata={"says": "the app's key, from https://stackapps.com; it raises the daily quota"},
    )
    first_reads: timedelta = field(
        default=timedelta(days=30), metadata={"says": "how far back the first reading goes"}
    )
    base_url: str | None = field(
        default=None, metadata={"says": "another address of the API, in place of Stack Exchange's own"}
    )
    recheck_at_once = 100

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield questions page by page, each page followed by its answers; then comments."""
        client, site = self._client(reach), Site(host_of(self.site), reach.now())
        poll = Poll(client, site, Progress.of(cursor))
        start = int((reach.now() - self.first_reads).timestamp())
        asked = {name: told for name, told in (("q", self.query), ("tagged", self.tags)) if told}
        for batch in poll.read(asked, start):
            yield replace(batch, cursor=poll.progress.cursor(), quota=client.quota, wait=client.wait)

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Ask for questions, answers and comments, each kind in one request."""
        return asked_again(external_ids, self._client(reach), Site(host_of(self.site), reach.now()))

    def _client(self, reach: Reach) -> Client:
        return Client(self.site, self.key, (self.base_url or API).rstrip("/"), reach)
