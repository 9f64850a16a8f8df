"""Mastodon.py over the gate, for one poll; what went wrong is told in our own words.

Three habits of Mastodon.py 2.3 are taken from it. It sleeps when a limit is reached: it is told to throw, and a
429 is seen here first. Before a timeline or a search it asks the server about itself, swallowing whatever goes
wrong (on a Takahe server a search led to some 870 such requests): the two public methods that ask are answered
here. And it casts each status to classes of its own, 4 ms for a status whose JSON takes less than 0.1 (measured),
and makes None of what it cannot read: it is handed an empty answer, and the real one goes to wire.py as it came.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.contract import Quota, Reach
from collectors.mastodon.refusals import Asker, Gone, quota_of, refusal
from errors import TryLater
from model import Secret
from net.http import USER_AGENT

if TYPE_CHECKING:
    import requests
    from mastodon import Mastodon

LIMIT = 40  # the most that Mastodon gives at once
_UNREAD = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "date", "deprecation", "link")
_NOTHING_FOUND = b'{"accounts": [], "hashtags": [], "statuses": []}'
_PREVIOUS = re.compile(r'[?&]min_id=([A-Za-z0-9_-]{1,64})[^>]*>\s*;\s*rel="?prev')


@dataclass(frozen=True, slots=True)
class Told:
    """The JSON of one answer. ``newest`` is the id to go on from, where the server names one."""

    answer: object
    newest: str | None


class Client:
    """One Mastodon.py. ``quota`` is what the last answer said."""

    def __init__(self, base: str, token: Secret | None, asker: Asker, reach: Reach) -> None:
        self.quota: Quota | None = None
        self._asker = asker
        self._reach = reach
        self._body = b""
        self._newest: str | None = None
        self._mastodon = _mastodon(base, token, reach, self._hear)

    def hashtag(self, tag: str, **bounds: str) -> Told:
        """Return statuses with a hashtag, newest first. TryLater and NeedsAttention say what is wrong."""
        return self._ask(lambda server: server.timeline_hashtag(tag, limit=LIMIT, **bounds))

    def mentions(self, **bounds: str) -> Told:
        """Return notifications of those who named the account, newest first; errors as for hashtag."""
        return self._ask(lambda server: server.notifications(types=["mention"], limit=LIMIT, **bounds))

    def search(self, query: str, offset: int) -> Told:
        """Return what the full-text search finds, newest first; errors as for hashtag."""
        return self._ask(
            lambda server: server.search_v2(
                query, resolve=False, result_type="statuses", offset=offset, limit=LIMIT
            )
        )

    def context(self, status_id: str) -> object:
        """Return what stands above and below a status; None where it is gone."""
        return self._ask_for_one(lambda server: server.status_context(status_id))

    def status(self, status_id: str) -> object:
        """Return one status; None where it is gone, or no longer to be seen."""
        return self._ask_for_one(lambda server: server.status(status_id))

    def statuses(self, status_ids: Sequence[str]) -> object:
        """Return those of some statuses that are there; errors where the server does not know how (before 4.3)."""
        return self._ask(lambda server: server.statuses(list(status_ids))).answer

    def _ask_for_one(self, call: Callable[[Mastodon], object]) -> object:
        try:
            return self._ask(call).answer
        except Gone:
            return None
        except TryLater as error:
            if error.missing:
                return None
            raise

    def _ask(self, call: Callable[[Mastodon], object]) -> Told:
        from mastodon.errors import MastodonError

        from net.requests_session import own_error

        try:
            call(self._mastodon)
        except MastodonError as error:
            ours = own_error(error)
            if ours is not None:
                raise ours from None
            raise TryLater(f"{self._asker.place} could not be asked; Earshot asks again later") from error
        try:
            return Told(json.loads(self._body), self._newest)
        except (ValueError, RecursionError) as error:
            raise TryLater(
                f"{self._asker.place} answers with what is no JSON; check instance if it stays so"
            ) from error

    def _hear(self, response: requests.Response, *_args: object, **_options: object) -> requests.Response:
        """See each answer before Mastodon.py does, and hand it one that is empty."""
        if response.is_redirect:
            return response
        self.quota = quota_of(response.headers) or self.quota
        error = refusal(response.status_code, response.headers, self._asker, self._reach.now())
        if error is not None:
            raise error
        found = _PREVIOUS.search(response.headers.get("link", ""))
        self._newest = found[1] if found else None
        self._body = response.raw.read()
        response.raw = io.BytesIO(
            _NOTHING_FOUND if response.url.partition("?")[0].endswith("/search") else b"[]"
        )
        for name in _UNREAD:
            response.headers.pop(name, None)
        return response


def _mastodon(base: str, token: Secret | None, reach: Reach, hear: Callable[..., Any]) -> Mastodon:
    """Build Mastodon.py so that it neither asks more than it is told nor reads a file that is named like a token."""
    import mastodon

    from net.requests_session import session

    class Server(mastodon.Mastodon):
        def timeline_is_available(self, *_args: Any, **_options: Any) -> bool:
            return True

        def verify_minimum_version(self, *_args: Any, **_options: Any) -> bool:
            return True

    web = session(reach.http)
    web.hooks["response"].append(hear)
    server = Server(api_base_url=base, session=web, ratelimit_method="throw", user_agent=USER_AGENT)
    server.access_token = token.reveal() if token is not None else None
    return server
