"""What an answer of Reddit's that is not a success means, for API and feeds alike, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from collectors.reddit.limits import window_of
from errors import EarshotError, NeedsAttention, TryLater
from net.answers import retry_after

CLOSED = ("private", "gold_only", "quarantined", "employees_only")
APPROVAL = (
    "since November 2025 Reddit gives API access only to apps that it approved (Responsible Builder Policy): "
    "ask for approval, or leave client_id and client_secret out to read Reddit's feeds"
)


def busy(status: int, headers: Mapping[str, str], place: str, now: datetime) -> TryLater | None:
    """Return the error for a limit or for trouble of Reddit's own; None for any other status."""
    after = retry_after(headers.get("retry-after"), now=now)
    if status == 429:
        after = after or window_of(headers)
        return TryLater(f"{place}: Reddit asks to wait (429, too many requests)", after=after)
    if status >= 500 or status in (408, 425):
        return TryLater(f"{place}: Reddit has trouble of its own ({status})", after=after)
    return None


def closed_door(status: int, reason: str, place: str, *, otherwise: str = APPROVAL) -> EarshotError:
    """Return the error for a subreddit that is not shown. ``otherwise`` explains a 403 without a reason."""
    if status in (301, 302, 303, 307, 308):
        return TryLater(f"{place}: Reddit knows no such subreddit; check its name", missing=True)
    if status == 404:
        why = "is banned" if reason == "banned" else "is not there: banned, gone or misspelt"
        return TryLater(f"{place}: the subreddit {why} (404)", missing=True)
    if status == 403 and reason in CLOSED:
        return NeedsAttention(
            f"{place}: the subreddit is {reason.replace('_', ' ')} (403); remove the source, or ask its "
            "moderators for access"
        )
    if status == 403:
        return NeedsAttention(f"{place}: Reddit refuses us (403); {otherwise}")
    if status == 451:
        return NeedsAttention(f"{place}: withheld for legal reasons (451); remove the source")
    return NeedsAttention(f"{place}: Reddit does not take the request ({status}); check subreddit and query")


def reason_in(body: bytes) -> str:
    """Return Reddit's word for why a subreddit is closed; empty where it gives none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    reason = told.get("reason") if isinstance(told, dict) else None
    return reason if isinstance(reason, str) else ""
