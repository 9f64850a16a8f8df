"""What a status means for a source: go on, try later, or wait for a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from errors import NeedsAttention, TryLater
from net.addresses import shown
from net.http import Response

LONGEST_WAIT = timedelta(hours=24)


def expect_ok(response: Response, what: str, *, now: datetime) -> None:
    """Return for 2xx and 304; else raise what the status asks for. ``what`` names the source in the error.

    429 and 503 carry the pause that was asked for; a 404 is ``missing``.
    """
    status = response.status
    if 200 <= status < 300 or status == 304:
        return
    where = f"{what}: {shown(response.url)}"
    if status in (401, 403, 407):
        raise NeedsAttention(
            f"{where} refuses us ({status}); check the credentials, or whether it may be read at all"
        )
    if status == 404:
        raise TryLater(f"{where} is not there (404); check the address if it stays so", missing=True)
    if status == 410:
        raise NeedsAttention(f"{where} is gone for good (410); remove the source or give its new address")
    if status in (408, 425, 429) or status >= 500:
        after = retry_after(response.headers.get("retry-after"), now=now)
        raise TryLater(f"{where} {_trouble(status)}{_until(after)}", after=after)
    raise NeedsAttention(f"{where} answers {status}, which asking again does not change; check the address")


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read a Retry-After header: seconds or a date, clamped to 0…24 hours; None for nothing and for nonsense."""
    value = (value or "").strip()
    if value.isascii() and value.isdecimal():
        return min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta()), LONGEST_WAIT)


def _trouble(status: int) -> str:
    return "asks for a pause (429)" if status == 429 else f"has trouble of its own ({status})"


def _until(after: timedelta | None) -> str:
    return "" if after is None else f", and asks us to wait {after.total_seconds():g} s"
