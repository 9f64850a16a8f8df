"""praw over the gate, for one poll: it signs in, asks and refreshes; what went wrong is told in our own words.

Two habits of prawcore 4.0 are taken from it by what it is handed, without touching its insides. It sleeps
before the next call, up to ten minutes, by the ``x-ratelimit-*`` headers (and fails on "1.0" in them): they are
read here and not passed on. It retries a 5xx or a broken connection with pauses: those are raised here first.
"""

from __future__ import annotations

import configparser
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from collectors.contract import Quota, Reach
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from net.answers import retry_after

if TYPE_CHECKING:
    import praw
    import requests

OAUTH = "https://oauth.reddit.com"
SITE = "https://www.reddit.com"
TOKEN_PATH = "/api/v1/access_token"  # noqa: S105  a path
LIMITS = ("x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")
LONGEST_WINDOW = timedelta(hours=1)  # Reddit's is ten minutes
DEFAULT_PAUSE = timedelta(minutes=10)
APPROVAL = (
    "since November 2025 Reddit gives API access only to apps that it approved (Responsible Builder Policy): "
    "ask for approval, or read the feed https://www.reddit.com/r/…/new/.rss on channel rss"
)


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
        if self.quota is None or self.quota.left > 0:
            return None
        return max(self.quota.until - now, timedelta(0)) if self.quota.until else DEFAULT_PAUSE

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
        self.quota = _quota(response.headers, now) or self.quota
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
    if status == 429:
        after = retry_after(response.headers.get("retry-after"), now=now) or _window(response.headers)
        return TryLater(f"{place}: Reddit asks to wait (429, too many requests)", after=after)
    if status >= 500 or status in (408, 425):
        after = retry_after(response.headers.get("retry-after"), now=now)
        return TryLater(f"{place}: Reddit has trouble of its own ({status})", after=after)
    if not _is_token(response):
        return _closed_door(status, _reason(response), place)
    if status == 404:
        return TryLater(f"{place}: there is no sign-in (404); check base_url", missing=True)
    return NeedsAttention(
        f"{place}: Reddit refuses the credentials ({status}); check client_id and client_secret at "
        f"{SITE}/prefs/apps; {APPROVAL}"
    )


def _closed_door(status: int, reason: str, place: str) -> EarshotError:
    if status in (301, 302, 307, 308):
        return TryLater(f"{place}: Reddit knows no such subreddit; check its name", missing=True)
    if status == 404:
        why = "is banned" if reason == "banned" else "is not there: banned, gone or misspelt"
        return TryLater(f"{place}: the subreddit {why} (404)", missing=True)
    if status == 403 and reason in ("private", "gold_only", "quarantined", "employees_only"):
        return NeedsAttention(
            f"{place}: the subreddit is {reason.replace('_', ' ')} (403); remove the source, or ask its "
            "moderators for access"
        )
    if status == 403:
        return NeedsAttention(f"{place}: Reddit refuses this app (403); {APPROVAL}")
    if status == 451:
        return NeedsAttention(f"{place}: withheld for legal reasons (451); remove the source")
    return NeedsAttention(f"{place}: Reddit does not take the request ({status}); check subreddit and query")


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


def _reason(response: requests.Response) -> str:
    """Reddit's word for why a subreddit is closed; empty where it gives none."""
    try:
        told = response.json()
    except (ValueError, RecursionError):
        return ""
    reason = told.get("reason") if isinstance(told, dict) else None
    return reason if isinstance(reason, str) else ""


def _quota(headers: Mapping[str, str], now: datetime) -> Quota | None:
    left = _number(headers.get("x-ratelimit-remaining"))
    window = _window(headers)
    return None if left is None else Quota(max(0, int(left)), now + window if window else None)


def _window(headers: Mapping[str, str]) -> timedelta | None:
    seconds = _number(headers.get("x-ratelimit-reset"))
    return None if seconds is None else min(timedelta(seconds=max(0, seconds)), LONGEST_WINDOW)


def _number(text: str | None) -> float | None:
    """Read "99", "99.0"; None for what is no finite number of a sane size."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None
