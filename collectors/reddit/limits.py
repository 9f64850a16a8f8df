"""What Reddit says of its limits, in the headers of API and feeds alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from collectors.contract import Quota

LONGEST_WINDOW = timedelta(hours=1)  # Reddit's is ten minutes
DEFAULT_PAUSE = timedelta(minutes=10)


def quota_of(headers: Mapping[str, str], now: datetime) -> Quota | None:
    """Read ``x-ratelimit-remaining`` and ``-reset``; None where Reddit does not say."""
    left = _number(headers.get("x-ratelimit-remaining"))
    window = window_of(headers)
    return None if left is None else Quota(max(0, int(left)), now + window if window else None)


def window_of(headers: Mapping[str, str]) -> timedelta | None:
    """Read how long it is until the limits begin anew."""
    seconds = _number(headers.get("x-ratelimit-reset"))
    return None if seconds is None else min(timedelta(seconds=max(0, seconds)), LONGEST_WINDOW)


def pause_of(quota: Quota | None, now: datetime) -> timedelta | None:
    """Return how long to leave Reddit alone, where the last answer said that nothing is left."""
    if quota is None or quota.left > 0:
        return None
    return max(quota.until - now, timedelta(0)) if quota.until else DEFAULT_PAUSE


def _number(text: str | None) -> float | None:
    """Read "99", "99.0"; None for what is no finite number of a sane size."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < 1e9 else None
