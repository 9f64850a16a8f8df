"""Pages of JSON from services: checked before anything is made of them, and every odd value read as none.

An answer that cannot be used as a whole is an error of the tree, in words; one odd item in it is a ValueError,
which ``each_read`` turns into a line that says what was skipped. Nothing here shows what stands in an answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from errors import TryLater
from net.addresses import shown
from net.answers import expect_ok
from net.http import Response

Table: TypeAlias = Mapping[str, object]
Read = TypeVar("Read")

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # an older date on the web is a mistake
LONGEST_NUMBER = 18  # digits: what a 64-bit integer holds for sure


def page_of(response: Response, what: str, *, now: datetime) -> Table:
    """Return the JSON object of a good answer; else TryLater or NeedsAttention, which name ``what``."""
    expect_ok(response, what, now=now)
    page = json_of(response)
    if isinstance(page, dict):
        return page
    raise TryLater(
        f"{what}: {shown(response.url)} answers with {_instead(response)}; check the address if it stays so"
    )


def json_of(response: Response) -> object:
    """Return what the body says, whatever the status; None for what is no JSON, and for a JSON null."""
    try:
        told: object = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return told


def rows(page: Table, key: str, what: str) -> Sequence[object]:
    """Return the list that a page holds under a key; TryLater where it has none."""
    found = page.get(key)
    if isinstance(found, list):
        return found
    raise TryLater(f"{what}: the answer has no list of {key}; check the address if it stays so")


def each_read(items: Iterable[object], read: Callable[[Table], Read]) -> tuple[list[Read], list[str]]:
    """Return what could be read of the items, and in words what not: ``read`` raises ValueError for it."""
    good: list[Read] = []
    skipped: list[str] = []
    for place, item in enumerate(items, start=1):
        try:
            good.append(read(table(item)))
        except ValueError as error:
            skipped.append(f"item {place} of the page: {error}")
    return good, skipped


def table(value: object) -> Table:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def text_of(item: Table, key: str) -> str:
    """Return a text, or "" for anything else."""
    value = item.get(key)
    return value if isinstance(value, str) else ""


def number_of(item: Table, key: str) -> int | None:
    """Return a whole number that is not negative, also one that came as text; None for anything else."""
    value = item.get(key)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= LONGEST_NUMBER:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**LONGEST_NUMBER:
        return None
    return value


def id_of(item: Table, key: str) -> int:
    """Return an item's number; ValueError where it has none."""
    number = number_of(item, key)
    if not number:
        raise ValueError("it has no id that can be read")
    return number


def moment_of(item: Table, key: str, *, now: datetime) -> datetime | None:
    """Return a moment in UTC, from seconds since 1970 or ISO 8601; None for nonsense and for the future."""
    moment = _moment(item.get(key))
    return moment if moment is not None and EARLIEST <= moment < now + timedelta(days=1) else None


def place_of(url: str) -> str:
    """Return host and path of a site's address: what its ids are unique in, by http and https alike."""
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    return f"{host}:{parts.port}{parts.path.rstrip('/')}" if parts.port else host + parts.path.rstrip("/")


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            # A service that writes no zone means UTC: Lemmy before 0.19 did so.
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**11:
        return None
    return datetime.fromtimestamp(value, UTC)


def _instead(response: Response) -> str:
    body = response.body.lstrip()[:1]
    if not body:
        return "nothing at all"
    return "a web page in place of JSON" if body == b"<" else "what is no JSON object, or not all of one"
