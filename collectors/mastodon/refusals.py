"""What an answer of a Mastodon server that is no success means, in our own words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from collectors.contract import Quota
from errors import EarshotError, NeedsAttention, TryLater
from net.answers import LONGEST_WAIT, retry_after

_NUMBER = re.compile(r"[0-9]{1,11}", re.ASCII)


class Gone(NeedsAttention):
    """What was asked for is gone for good (410)."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks whom: the instance's name, and whether a token is sent along."""

    instance: str
    has_token: bool

    @property
    def place(self) -> str:
        """How errors name the source."""
        return f"mastodon {self.instance}"


def refusal(status: int, headers: Mapping[str, str], asker: Asker, now: datetime) -> EarshotError | None:
    """Say what a status means that is not a success; None for a success. Header names are found in any case."""
    if 200 <= status < 300:
        return None
    place = asker.place
    if status == 429:
        return TryLater(f"{place} asks to wait (429, too many requests)", after=_pause(headers, now))
    if status >= 500 or status in (408, 425):
        after = retry_after(headers.get("retry-after"), now=now)
        return TryLater(f"{place} has trouble of its own ({status})", after=after)
    if status == 404:
        return TryLater(f"{place} has no such list (404); check instance and hashtag", missing=True)
    if status == 410:
        return Gone(f"{place}: what was asked for is gone for good (410); remove the source")
    if status in (401, 422) and not asker.has_token:
        return NeedsAttention(f"{place} shows this only to who signs in ({status}); give an access_token")
    if status == 401:
        return NeedsAttention(
            f"{place} refuses access_token (401); make a new one at https://{asker.instance}/settings/applications"
        )
    if status == 403:
        return NeedsAttention(
            f"{place} does not let this be read (403); access_token needs the scopes read:statuses, "
            "read:notifications (for mentions) and read:search (for a query)"
        )
    return NeedsAttention(f"{place} does not take the request ({status}); check hashtag, query and base_url")


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """Read ``X-RateLimit-Remaining`` and ``-Reset``; None where the server does not say."""
    left = headers.get("x-ratelimit-remaining", "")
    return Quota(int(left), _reset(headers)) if _NUMBER.fullmatch(left) else None


def _pause(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    asked = retry_after(headers.get("retry-after"), now=now)
    reset = _reset(headers)
    if asked is not None or reset is None:
        return asked
    return min(max(reset - now, timedelta()), LONGEST_WAIT)


def _reset(headers: Mapping[str, str]) -> datetime | None:
    """Mastodon writes a date, GoToSocial too, others seconds since 1970."""
    told = headers.get("x-ratelimit-reset", "").strip()
    if _NUMBER.fullmatch(told):
        return datetime.fromtimestamp(int(told), UTC)
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
