"""What an answer of Bluesky's that is no success means, in our own words. Pure: an answer in, an error out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from collectors.contract import Quota
from errors import EarshotError, NeedsAttention, TryLater
from net.answers import LONGEST_WAIT, retry_after

SIGN_IN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"
PASSWORDS = "https://bsky.app/settings/app-passwords"
PLACE = "bluesky"

_STALE = ("ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired")
_NOT_SERVED = ("MethodNotImplemented", "XRPCNotSupported")
_ERROR = re.compile(r"[A-Za-z]{1,40}")
_NUMBER = re.compile(r"[0-9]{1,11}", re.ASCII)


class SessionOver(TryLater):
    """The session is no longer taken: a fresh one may do."""


class Trouble(TryLater):
    """The server has trouble of its own: perhaps with the cursor that it was asked by."""


class NotTaken(NeedsAttention):
    """The request is refused as it was written: a query, or a cursor that the service does not know now."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: which method was asked, and what came. Header names are in lower case."""

    method: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def error(self) -> str:
        """The name that the protocol gives to what went wrong, or ""."""
        try:
            told = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        name = told.get("error") if isinstance(told, dict) else None
        return name if isinstance(name, str) and _ERROR.fullmatch(name) else ""


def refusal(answer: Answer, now: datetime) -> EarshotError | None:
    """Say what an answer means that is not a success; None for a success."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status == 429:
        return TryLater(
            f"{PLACE}: the server asks to wait (429, too many requests)", after=_pause(answer.headers, now)
        )
    if status == 501 or answer.error in _NOT_SERVED:
        return NeedsAttention(
            f"{PLACE}: the server does not know {answer.method}; leave base_url out, or give that of your PDS"
        )
    if status >= 500 or status in (408, 425):
        after = retry_after(answer.headers.get("retry-after"), now=now)
        return Trouble(f"{PLACE}: the server has trouble of its own ({status})", after=after)
    if status == 404:
        return TryLater(f"{PLACE}: there is no {answer.method} (404); check base_url", missing=True)
    if answer.method == SIGN_IN:
        return _no_sign_in(answer)
    if answer.method == REFRESH or status == 401 or answer.error in _STALE:
        return SessionOver(f"{PLACE}: the session is over ({status})")
    return _closed_door(answer)


def _no_sign_in(answer: Answer) -> EarshotError:
    if answer.error == "AuthFactorTokenRequired":
        return NeedsAttention(
            f"{PLACE}: the account asks for a code by e-mail when it signs in; use an app password ({PASSWORDS})"
        )
    return NeedsAttention(
        f"{PLACE}: handle and app_password are refused ({_words(answer)}); make a new app password: {PASSWORDS}"
    )


def _closed_door(answer: Answer) -> EarshotError:
    if answer.status == 403 and not answer.error:
        return NeedsAttention(
            f"{PLACE}: {answer.method} is refused with a page (403), as public.api.bsky.app does to every search; "
            "leave base_url out, or give the address of your PDS"
        )
    if answer.status == 403:
        return NeedsAttention(
            f"{PLACE}: this account may not do this ({_words(answer)}); check it at bsky.app"
        )
    if 300 <= answer.status < 400:
        return NeedsAttention(
            f"{PLACE}: base_url leads elsewhere ({answer.status}); give the address where it ends"
        )
    return NotTaken(f"{PLACE}: the request is not taken ({_words(answer)}); check query and base_url")


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """Read ``ratelimit-remaining`` and ``-reset`` (seconds since 1970); None where the server does not say."""
    left = headers.get("ratelimit-remaining", "")
    return Quota(int(left), _reset(headers)) if _NUMBER.fullmatch(left) else None


def _pause(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    asked = retry_after(headers.get("retry-after"), now=now)
    reset = _reset(headers)
    if asked is not None or reset is None:
        return asked
    return min(max(reset - now, timedelta()), LONGEST_WAIT)


def _reset(headers: Mapping[str, str]) -> datetime | None:
    seconds = headers.get("ratelimit-reset", "")
    return datetime.fromtimestamp(int(seconds), UTC) if _NUMBER.fullmatch(seconds) else None


def _words(answer: Answer) -> str:
    return f"{answer.status}, {answer.error}" if answer.error else str(answer.status)
