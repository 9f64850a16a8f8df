"""Channel ``bluesky``: what a search on Bluesky finds, read through atproto with an account's app password.

Searches answer newest first, by a time that is never later than when the service saw a post. Each poll asks for
what is newer than the newest known post less ``search.OVERLAP``, so that what is indexed late is heard. Pages are
gone down by that same time, not by the service's cursor, which ends at 10,000 posts and does not outlive a poll.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from collectors.bluesky.client import HOST, Account, Client
from collectors.bluesky.search import Search
from collectors.bluesky.sessions import for_cursor, of_cursor
from collectors.bluesky.wire import POST_URI, read_posts
from collectors.contract import Batch, Reach, Rechecked
from collectors.listing import Listing, read_listing
from errors import EarshotError, TryLater
from model import Cursor, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Bluesky:
    """Posts that a search on Bluesky finds; the first reading goes thirty days back, or 2,000 posts.

    ``query`` takes words, ``"exact words"``, ``#tags``, ``from:handle`` and ``mentions:handle``.
    """

    query: str = field(metadata={"says": 'what to search for: words, "exact words", #tags, mentions:handle'})
    handle: str = field(metadata={"says": "the account that signs in: its handle, without @"})
    app_password: Secret = field(
        metadata={"says": "an app password of that account, from https://bsky.app/settings/app-passwords"}
    )
    base_url: str | None = field(
        default=None, metadata={"says": "the account's own server (PDS), in place of https://bsky.social"}
    )
    recheck_at_once: ClassVar[int] = 25

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        """Yield the posts that are new or changed, page by page; first what an earlier poll left."""
        client = self._client(cursor, reach)
        client.sign_in()
        if client.session != self._session_of(cursor):
            cursor = self._with_session(cursor, client)
            yield Batch(cursor=cursor)
        search = Search(client, self.query, cursor, reach)
        try:
            for batch in read_listing(Listing(name="posts", fetch=search.page), cursor):
                cursor = search.cursor_after(self._with_session(batch.cursor, client))
                yield replace(batch, cursor=cursor)
        except EarshotError:
            renewed = self._with_session(cursor, client)
            if renewed is not cursor:
                yield Batch(cursor=renewed)
            raise

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        """Return these posts as they stand; what the service no longer shows to the account is gone."""
        uris = [each for each in external_ids if POST_URI.fullmatch(each)]
        if not uris:
            return Rechecked()
        client = self._client(reach.cursor, reach)
        try:
            told = _as_they_stand(client, uris, reach)
        except EarshotError as error:
            told = Rechecked(error=error)
        renewed = self._with_session(reach.cursor, client)
        return told if renewed is reach.cursor else replace(told, cursor=renewed)

    @property
    def _base(self) -> str:
        return (self.base_url or HOST).rstrip("/")

    def _client(self, cursor: Cursor, reach: Reach) -> Client:
        account = Account(self.handle, self.app_password, self._base)
        return Client(account, reach, session=self._session_of(cursor))

    def _session_of(self, cursor: Cursor) -> str | None:
        return of_cursor(cursor, self._base, self.handle, self.app_password)

    def _with_session(self, cursor: Cursor, client: Client) -> Cursor:
        """Return the cursor with the session that is in use; as it is where it holds that one."""
        session = client.session
        if session is None or session == self._session_of(cursor):
            return cursor
        return {**cursor, "session": for_cursor(session, self._base, self.handle, self.app_password)}


def _as_they_stand(client: Client, uris: list[str], reach: Reach) -> Rechecked:
    found = read_posts(client.posts(uris), now=reach.now())
    if found is None:
        raise TryLater("bluesky: the answer has no list of posts; Earshot asks again later")
    return Rechecked(
        edited=[post.mention for post in found.posts],
        gone=[uri for uri in uris if uri not in found.uris],
        quota=client.quota,
    )
