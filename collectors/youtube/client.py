"""YouTube's Data API over the gate: each request costs one unit of the key's day, and YouTube tells of none left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.contract import Reach
from collectors.json_pages import Table, json_of, page_of, table, text_of
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from net.answers import retry_after
from net.http import Response
from text import one_line

SITE = "https://youtube.googleapis.com"
CONSOLE = "https://console.cloud.google.com/apis/credentials"
DAY_IS_USED_UP = frozenset({"quotaExceeded", "dailyLimitExceeded"})
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
SHORTEST_PAUSE = timedelta(minutes=1)
DAY_BEGINS = 8  # o'clock in UTC: midnight in California, in summer an hour after it


class PageForgotten(NeedsAttention):
    """YouTube does not know the page token any more; reading begins at the top again."""


@dataclass(frozen=True, slots=True)
class Client:
    """Asks YouTube with one key, which goes in a header: an address is shown in errors."""

    place: str  # names the source in errors
    base_url: str | None
    api_key: Secret
    reach: Reach

    def get(self, method: str, params: Mapping[str, str]) -> Table:
        """Return an answer; PageForgotten, TryLater and NeedsAttention say what is wrong."""
        url = f"{(self.base_url or SITE).rstrip('/')}/youtube/v3/{method}"
        headers = {"X-Goog-Api-Key": self.api_key.reveal()}
        response = self.reach.http.get(url, params=params, headers=headers)
        now = self.reach.now()
        error = refusal(response, self.place, now)
        if error is not None:
            raise error
        return page_of(response, self.place, now=now)


def refusal(response: Response, place: str, now: datetime) -> EarshotError | None:
    """Say what a refusal means that YouTube gives a reason for; None for what its status alone tells."""
    if response.status not in (400, 403, 404):
        return None
    reason, message = _reason(response)
    if reason in DAY_IS_USED_UP:
        words = f"{place}: the units of this API key are used up for today; read less often, or ask Google for more"
        return TryLater(words, after=until_next_day(now))
    if reason in TOO_FAST:
        after = retry_after(response.headers.get("retry-after"), now=now) or SHORTEST_PAUSE
        return TryLater(f"{place}: YouTube asks to wait (too many requests)", after=after)
    if reason == "commentsDisabled":
        return NeedsAttention(
            f"{place}: its comments are switched off; remove the source, or wait and resume it"
        )
    if reason == "invalidPageToken":
        return PageForgotten(
            f"{place}: YouTube does not know the page to go on from; it is read from the top again"
        )
    if reason == "processingFailure":
        return TryLater(f"{place}: YouTube could not answer just now (processingFailure)")
    if response.status == 404:
        return TryLater(f"{place}: there is no such video or channel (404); check its id", missing=True)
    if response.status == 403:
        told = f": {message}" if message else ""
        return NeedsAttention(
            f"{place}: YouTube refuses api_key (403{told}); look at it, and whether the YouTube Data API is on, "
            f"at {CONSOLE}"
        )
    told = f": {message}" if message else ""
    return NeedsAttention(
        f"{place}: YouTube does not take the request (400{told}); check api_key and the ids"
    )


def until_next_day(now: datetime) -> timedelta:
    """Return how long until the units of a day are there again."""
    begins = now.replace(hour=DAY_BEGINS, minute=0, second=0, microsecond=0)
    return (begins if begins > now else begins + timedelta(days=1)) - now


def _reason(response: Response) -> tuple[str, str]:
    """Return YouTube's word for why, and its sentence without markup."""
    told = table(table(json_of(response)).get("error"))
    faults = told.get("errors")
    first = table(faults[0]) if isinstance(faults, list) and faults else {}
    message = text_of(told, "message").partition("<")[0]
    return text_of(first, "reason"), one_line(message, 120)
