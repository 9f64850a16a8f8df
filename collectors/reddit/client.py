"""praw over the gate, for one poll: it signs in, asks and refreshes; what went wrong is told in our own words.

Two habits of prawcore 4.0 are taken from it by what it is handed, without touching its insides. It sleeps
before the next call, up to ten minutes, by the ``x-ratelimit-*`` headers (and fails on "1.0" in them): they are
read here and not passed on. It retries a 5xx or a broken connection with pauses: those are raised here first.
"""

from __future__ import annotations

import configparser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from collectors.contract import Quota, Reach
from collectors.reddit.limits import pause_of, quota_of
from collectors.reddit.refusals import APPROVAL, busy, closed_door, reason_in
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret

if TYPE_CHECKING:
    import praw
    import requests

OAUTH = "https://oauth.reddit.com"
SITE = "https://www.reddit.com"
TOKEN_PATH = "/api/v1/access_token"  # noqa: S105  a path
LIMITS = ("x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")


class TokenRefused(TryLater):
    """The API did not take our token (401): a new one may do."""


@dataclass(frozen=True, slots=True)
class Account:
    """What signs us in, and where; ``place`` is how errors name the source."""

    place: str
    client_id: str
    client_secret: Secret
    user_agent: str
    base_url: str | None


class Client:
    """One signed-in praw. ``quota`` is what the last answer said."""

    def __init__(self, account: Account, reach: Reach) -> None:
        self.quota: Quota | None = None
        self._account = account
        self._reach = reach
        self._reddit = _praw(account, reach, self._hear)

    def get(self, path: str, params: Mapping[str, str]) -> object:
        """Return the JSON of one GET. TryLater and NeedsAttention say what is wrong."""
        try:
            return self._get(path, params)
        except TokenRefused:
            self._reddit = _praw(self._account, self._reach, self._hear)
        try:
            return self._get(path, params)
        except TokenRefused:
            raise NeedsAttention(
                f"{self._account.place}: Reddit refuses the token that it gave a moment ago (401); "
                f"check what the app may do at {SITE}/prefs/apps"
            ) from None

    def pause(self, now: datetime) -> timedelta | None:
        """Return how long to leave Reddit alone, where the last answer said that nothing is left."""
        return pause_of(self.quota, now)

    def _get(self, path: str, params: Mapping[str, str]) -> object:
        import requests
        from prawcore.exceptions import PrawcoreException, RequestException

        from net.requests_session import own_error

        try:
            return self._reddit.request(method="GET", path=path, params=dict(params))
        except RequestException as error:
            ours = own_error(error)
            if ours is not None:
                raise ours from None
            if isinstance(error.original_exception, requests.RequestException):
                raise TryLater(
                    f"{self._account.place}: Reddit could not be asked; Earshot asks again later"
                ) from error
            raise
        except (PrawcoreException, RecursionError) as error:
            raise TryLater(f"{self._account.place}: Reddit's answer cannot be read as JSON") from error

    def _hear(self, response: requests.Response, *_args: object, **_options: object) -> None:
        """See each answer before prawcore does."""
        now = self._reach.now()
        self.quota = quota_of(response.headers, now) or self.quota
        error = refusal(response, self._account.place, now)
        if error is not None:
            raise error
        for name in LIMITS:
            response.headers.pop(name, None)
        if _is_token(response):
            _check_token(response, self._account.place)


def _praw(account: Account, reach: Reach, hear: Callable[..., None]) -> praw.Reddit:
    """Build praw so that neither the environment nor a praw.ini has a say in anything that matters."""
    import praw

    from net.requests_session import session

    web = session(reach.http)
    web.hooks["response"].append(hear)
    site = account.base_url.rstrip("/") if account.base_url else SITE
    try:
        return praw.Reddit(
            "DEFAULT",
            client_id=account.client_id,
            client_secret=account.client_secret.reveal(),
            user_agent=account.user_agent,
            username=None,
            password=None,
            refresh_token=None,
            redirect_uri=None,
            reddit_url=site,
            oauth_url=f"{site if account.base_url else OAUTH}/",
            check_for_updates=False,
            check_for_async=False,
            requestor_kwargs={"session": web},
        )
    except configparser.Error as error:
        raise NeedsAttention(
            f"{account.place}: praw reads a praw.ini that stands in this folder or in the home folder's "
            "configuration, and it is broken; remove it, Earshot does not need it"
        ) from error


def refusal(response: requests.Response, place: str, now: datetime) -> EarshotError | None:
    """Say what an answer that is not a success means; None for a success."""
    status = response.status_code
    if status < 300:
        return None
    if status == 401 and not _is_token(response):
        return TokenRefused(f"{place}: Reddit refuses the token (401)")
    error = busy(status, response.headers, place, now)
    if error is not None:
        return error
    if not _is_token(response):
        return closed_door(status, reason_in(response.content), place)
    if status == 404:
        return TryLater(f"{place}: there is no sign-in (404); check base_url", missing=True)
    return NeedsAttention(
        f"{place}: Reddit refuses the credentials ({status}); check client_id and client_secret at "
        f"{SITE}/prefs/apps; {APPROVAL}"
    )


def _check_token(response: requests.Response, place: str) -> None:
    """Look at the answer to the sign-in, whose missing keys prawcore would fail on."""
    try:
        told = response.json()
    except (ValueError, RecursionError) as error:
        raise TryLater(f"{place}: Reddit's answer to the sign-in cannot be read as JSON") from error
    if isinstance(told, dict) and told.get("error"):
        raise NeedsAttention(
            f"{place}: Reddit refuses the credentials; check client_id and client_secret; {APPROVAL}"
        )
    lasts = told.get("expires_in") if isinstance(told, dict) else None
    if not isinstance(lasts, int) or not isinstance(told.get("access_token"), str):
        raise TryLater(f"{place}: Reddit answered the sign-in without a token")
    if not isinstance(told.get("scope"), str):
        raise TryLater(f"{place}: Reddit gave a token without a scope")


def _is_token(response: requests.Response) -> bool:
    return (response.request.url or "").partition("?")[0].endswith(TOKEN_PATH)
