"""atproto over the gate, for one poll: it signs in, refreshes and asks; what went wrong is told in our own words.

atproto is asked for what it knows: signing in, the form of a session, where an account's server is, the
protocol's envelope. Its models of posts are left out: one post that breaks a model takes the other 99 with it
(ModelError, read in atproto 0.0.73), so the JSON goes to wire.py as it came. It would refresh a session by the
clock of this machine; here that is done when the server says that the session is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from collectors.bluesky.refusals import PLACE, Answer, SessionOver, quota_of, refusal
from collectors.bluesky.sessions import keep_session, kept_session, turn_of
from collectors.contract import Quota, Reach
from errors import NeedsAttention, TryLater
from model import Secret
from net.addresses import web_address
from net.http import USER_AGENT, Response

HOST = "https://bsky.social"
SEARCH = "app.bsky.feed.searchPosts"
POSTS = "app.bsky.feed.getPosts"


@dataclass(frozen=True, slots=True)
class Account:
    """Who signs in, and where."""

    handle: str
    app_password: Secret
    base: str


class Client:
    """One atproto client. ``quota`` is what the last answer said."""

    def __init__(self, account: Account, reach: Reach, *, session: str | None = None) -> None:
        from atproto_client import Client as Atproto
        from atproto_client.request import Request

        from net.httpx_transport import transport

        self.quota: Quota | None = None
        self._account = account
        self._reach = reach
        web_address(account.base, reach.http.rules)
        request = Request(transport=transport(reach.http, hear=self._hear), trust_env=False)
        request.set_additional_headers({"User-Agent": USER_AGENT})
        self._atproto = Atproto(account.base, request)
        self._used: str | None = None
        self._turn = turn_of(account.base, account.handle, account.app_password)
        with self._turn:
            self._resume(self.session or session)

    @property
    def session(self) -> str | None:
        """What signs in again without the password, for weeks."""
        return kept_session(self._account.base, self._account.handle, self._account.app_password)

    def sign_in(self) -> None:
        """Come to a session where this client has none: by the one of the process, or by the password."""
        if self._used is not None:
            return
        with self._turn:
            self._resume(self.session)
            if self._used is None:
                self._settle(self._signed_in)

    def search(self, params: Mapping[str, str | int]) -> object:
        """Return the JSON of one page of a search. TryLater and NeedsAttention say what is wrong."""
        return self._ask(SEARCH, params)

    def posts(self, uris: list[str]) -> object:
        """Return the JSON of these posts, at most 25; errors as for search."""
        return self._ask(POSTS, {"uris": uris})

    def _ask(self, method: str, params: Mapping[str, Any]) -> object:
        self.sign_in()
        with suppress(SessionOver):
            return self._invoke(method, params)
        self._refresh()
        try:
            return self._invoke(method, params)
        except SessionOver:
            raise NeedsAttention(
                f"{PLACE}: the server refuses the session that it gave a moment ago; look at the account on bsky.app"
            ) from None

    def _invoke(self, method: str, params: Mapping[str, Any]) -> object:
        from atproto_client.models.dot_dict import DotDict

        try:
            answer = self._atproto.invoke_query(
                method, params=DotDict(dict(params)), ignore_session_check=True
            )
        except ValueError as error:
            raise TryLater(f"{PLACE}: the answer cannot be read as JSON; Earshot asks again later") from error
        told: object = answer.content
        return told

    def _refresh(self) -> None:
        """Come to a fresh session: another source's, or by the old one, or by the password where that is refused."""
        over = self._used
        with self._turn:
            self._resume(self.session)
            if self._used != over:
                return
            try:
                self._settle(self._renewed)
            except SessionOver:
                self._settle(self._signed_in)

    def _signed_in(self) -> None:
        self._atproto.login(
            self._account.handle, self._account.app_password.reveal(), fetch_bsky_profile=False
        )

    def _renewed(self) -> None:
        from atproto_client.client.session import Session

        old = Session.decode(self._atproto.export_session_string())
        fresh = self._atproto.com.atproto.server.refresh_session(
            headers={"Authorization": f"Bearer {old.refresh_jwt}"}, ignore_session_check=True
        )
        renewed = Session(
            fresh.handle, fresh.did, fresh.access_jwt, fresh.refresh_jwt, pds_endpoint=old.pds_endpoint
        )
        self._atproto.login(session_string=renewed.encode(), fetch_bsky_profile=False)

    def _resume(self, session: str | None) -> None:
        if session is None or session == self._used:
            return
        with suppress(ValueError, NeedsAttention):  # a cursor of an older form: it signs in anew
            self._check_server(session)
            self._atproto.login(session_string=session, fetch_bsky_profile=False)
            self._keep()

    def _settle(self, signing: Callable[[], object]) -> None:
        """Come to a session. What cannot be read is told without its cause, which would show the tokens."""
        from atproto_core.exceptions import AtProtocolError

        readable = False
        with suppress(ValueError, AtProtocolError):
            signing()
            readable = True
        if not readable:
            raise TryLater(
                f"{PLACE}: the answer to the sign-in cannot be read; check base_url if it stays so"
            )
        self._keep()

    def _keep(self) -> None:
        session: str = self._atproto.export_session_string()
        self._check_server(session)
        keep_session(self._account.base, self._account.handle, self._account.app_password, session)
        self._used = session

    def _check_server(self, session: str) -> None:
        """Refuse a server that tokens may not be sent to; a session ends with its server's address."""
        server = web_address(session.rpartition(":::")[2], self._reach.http.rules)
        if self._account.base.startswith("https:") and server.scheme != "https":
            raise NeedsAttention(f"{PLACE}: the account's server ({server.host}) is not reached by https")

    def _hear(self, response: Response) -> None:
        """See each answer before atproto does."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        method = urlsplit(response.url).path.rpartition("/")[2]
        self.quota = quota_of(headers) or self.quota
        error = refusal(Answer(method, response.status, headers, response.body), self._reach.now())
        if error is not None:
            raise error
