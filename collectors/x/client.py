"""tweepy over the gate, for one poll; what went wrong is told in our own words.

tweepy 4.17 has no timeout, one fixed host, and writes the bearer token into its debug log. So it gets a session
that sends through the gate, and a token that is none; the last adapter before the gate puts in host and token.
Its ``wait_on_rate_limit`` sleeps, and calls itself for ever on a 429 that names no time: it stays off. Answers
that are not a success are seen before tweepy sees them, for it fails on an error that is a JSON list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from collectors.contract import Quota, Reach
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from net.answers import retry_after

if TYPE_CHECKING:
    import requests

HOST = "https://api.twitter.com"
LONGEST_WINDOW = timedelta(hours=24)
DEFAULT_PAUSE = timedelta(minutes=15)
PORTAL = "https://developer.x.com"
PLACE = "x"


class BadParameter(NeedsAttention):
    """X does not take the request (400); ``named`` holds the parameters and words that it complains of."""

    def __init__(self, message: str, named: str) -> None:
        super().__init__(message)
        self.named = named


@dataclass(frozen=True, slots=True)
class Told:
    """The JSON of one answer, and what X still allows."""

    answer: object
    quota: Quota | None


class Client:
    """One tweepy client that asks for pages of the recent search, and for posts by their ids."""

    def __init__(self, bearer_token: Secret, base_url: str | None, reach: Reach) -> None:
        import requests
        import tweepy  # type: ignore[import-untyped]

        from net.requests_session import session

        self._reach = reach
        self._tweepy = tweepy.Client(
            bearer_token="put-in-at-the-gate",  # noqa: S106
            return_type=requests.Response,
            wait_on_rate_limit=False,
        )
        self._tweepy.session = session(reach.http)
        self._tweepy.session.mount(HOST, _last_adapter(self._tweepy.session, bearer_token, base_url))
        self._tweepy.session.hooks["response"].append(self._hear)

    def search(self, query: str, params: Mapping[str, Any]) -> Told:
        """Return one page. BadParameter, TryLater and NeedsAttention say what is wrong."""
        return self._asked(lambda: self._tweepy.search_recent_tweets(query, **params))

    def posts(self, ids: Sequence[str], params: Mapping[str, Any]) -> Told:
        """Return what X says of at most a hundred posts; errors as for search."""
        return self._asked(lambda: self._tweepy.get_tweets(list(ids), **params))

    def _asked(self, ask: Callable[[], requests.Response]) -> Told:
        import requests

        try:
            response = ask()
            return Told(response.json(), quota_of(response.headers))
        except requests.JSONDecodeError as error:
            raise TryLater(f"{PLACE}: X's answer cannot be read as JSON; Earshot asks again later") from error
        except RecursionError as error:
            raise TryLater(f"{PLACE}: X's answer is nested too deep to be read") from error
        except requests.RequestException as error:
            raise TryLater(f"{PLACE}: X could not be asked ({error})") from error

    def _hear(self, response: requests.Response, *_args: object, **_options: object) -> None:
        """See each answer before tweepy does."""
        error = refusal(response, self._reach.now())
        if error is not None:
            raise error


def _last_adapter(
    session: requests.Session, bearer_token: Secret, base_url: str | None
) -> requests.adapters.BaseAdapter:
    """Return what stands between tweepy's session and the gate: it puts in the token, and the host when told."""
    from requests.adapters import BaseAdapter

    base = (base_url or HOST).rstrip("/")
    gate = session.get_adapter(f"{base}/")

    class LastAdapter(BaseAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
            request.url = base + request.path_url
            request.headers["Authorization"] = f"Bearer {bearer_token.reveal()}"
            return gate.send(request, *args, **options)

        def close(self) -> None:
            gate.close()

    return LastAdapter()


def refusal(response: requests.Response, now: datetime) -> EarshotError | None:
    """Say what an answer that is not a success means; None for a success."""
    status = response.status_code
    if status < 300:
        return None
    if status == 429:
        after = retry_after(response.headers.get("retry-after"), now=now) or _until_reset(
            response.headers, now
        )
        return TryLater(f"{PLACE}: X asks to wait (429, too many requests)", after=after)
    if status >= 500 or status in (408, 425):
        after = retry_after(response.headers.get("retry-after"), now=now)
        return TryLater(f"{PLACE}: X has trouble of its own ({status})", after=after)
    if status == 401:
        return NeedsAttention(f"{PLACE}: X refuses bearer_token (401); make a new one at {PORTAL}")
    if status == 402:
        return NeedsAttention(f"{PLACE}: X's credits for reading are used up (402); buy more at {PORTAL}")
    if status == 403:
        return NeedsAttention(f"{PLACE}: X does not let this app read (403); look at its plan at {PORTAL}")
    if status == 404:
        return TryLater(f"{PLACE}: X has nothing here (404); check base_url", missing=True)
    if status == 400:
        return _bad_parameter(response)
    return NeedsAttention(f"{PLACE}: X does not take the request ({status}); check query and base_url")


def _bad_parameter(response: requests.Response) -> BadParameter:
    message = (
        f"{PLACE}: X does not take the search (400); check query (at most 512 characters, X's operators)"
    )
    try:
        told = response.json()
    except (ValueError, RecursionError):
        return BadParameter(message, "")
    faults = told.get("errors") if isinstance(told, dict) else None
    named = [str(each.get("parameters", "")) + str(each.get("message", "")) for each in _dicts(faults)]
    return BadParameter(message, " ".join(named))


def _dicts(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """Read ``x-rate-limit-remaining`` and ``-reset``; None where X does not say."""
    left = headers.get("x-rate-limit-remaining", "")
    return Quota(int(left), _reset(headers)) if left.isdecimal() and len(left) < 10 else None


def _until_reset(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    reset = _reset(headers)
    return None if reset is None else min(max(reset - now, timedelta(0)), LONGEST_WINDOW)


def _reset(headers: Mapping[str, str]) -> datetime | None:
    seconds = headers.get("x-rate-limit-reset", "")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() and len(seconds) < 12 else None


def pause_of(quota: Quota | None, now: datetime) -> timedelta | None:
    """Return how long to leave X alone, where it said that nothing is left."""
    if quota is None or quota.left > 0:
        return None
    return max(quota.until - now, timedelta(0)) if quota.until else DEFAULT_PAUSE
