"""What a mail server's refusals mean (RFC 5530 and what large services say), and what its answers hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from collectors.imap.letter import Letter
from errors import EarshotError, NeedsAttention, TryLater

LONGEST_WAIT = timedelta(hours=24)
TEMPORARY = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED", "OVERQUOTA", "CORRUPTION"})
FOR_A_PERSON = frozenset(
    {"AUTHORIZATIONFAILED", "NOPERM", "CONTACTADMIN", "EXPIRED", "PRIVACYREQUIRED", "ALERT"}
)

_CODE = re.compile(r"\[([A-Z-]{2,40})[ \]]")
_BACKOFF = re.compile(r"backoff time:?\s*(\d{1,15})\s*(milliseconds|ms|seconds|s)\b", re.IGNORECASE)
_STARTS = re.compile(rb"^\d+ \(")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,15})\b")
_RECEIVED = re.compile(rb'\bINTERNALDATE "([^"]{10,40})"')
_SHORT_BODY = re.compile(rb'\bBODY\[\](?:<0>)? (?:NIL|"((?:[^"\\]|\\.)*)")')
_BODY = re.compile(rb"\bBODY\[\]")


def refused(words: str, place: str) -> EarshotError | None:
    """Return what a refusal means whatever was asked; None where that depends on the question.

    The server's own words are not shown: they may repeat what was sent to it.
    """
    match = _CODE.search(words)
    code = match[1] if match else ""
    after = asked_pause(words)
    if after is not None or code in TEMPORARY or "throttled" in words.lower():
        told = f" ({code.lower()})" if code else ""
        return TryLater(f"{place}: the mail server asks for a pause{told}", after=after)
    if code in FOR_A_PERSON:
        return NeedsAttention(
            f"{place}: the mail server refuses ({code.lower()}); see to the account there, then resume the source"
        )
    return None


def asked_pause(words: str) -> timedelta | None:
    """Return the pause of "Suggested Backoff Time: 92346 milliseconds", as Exchange asks for it; at most a day."""
    match = _BACKOFF.search(words)
    if match is None:
        return None
    unit = 0.001 if match[2].lower().startswith("m") else 1.0
    return min(timedelta(seconds=min(int(match[1]) * unit, LONGEST_WAIT.total_seconds())), LONGEST_WAIT)


def uids_of(answer: Sequence[object]) -> list[int]:
    """Return the numbers that a search found, in order."""
    words = b" ".join(part for part in answer if isinstance(part, bytes)).split()
    return sorted({int(word) for word in words if word.isdigit() and len(word) <= 10})


def letters_of(answer: Sequence[object]) -> list[Letter]:
    """Return the letters of a fetch. A line that only tells of a changed flag is none."""
    found: list[Letter] = []
    about, body = b"", None
    for part in [*answer, b"0 ("]:  # one more beginning, so that the last letter ends
        head, literal = part if isinstance(part, tuple) else (part, None)
        if not isinstance(head, bytes):
            continue
        if _STARTS.match(head):
            found += _letter(about, body)
            about, body = b"", None
        about += b" " + head
        if isinstance(literal, bytes) and _BODY.search(head):
            body = literal
    return found


def _letter(about: bytes, body: bytes | None) -> list[Letter]:
    uid, size, received = _UID.search(about), _SIZE.search(about), _RECEIVED.search(about)
    short = _SHORT_BODY.search(about)
    if body is None and short is not None:
        body = (short[1] or b"").replace(b"\\", b"")
    if uid is None or body is None:
        return []
    moment = _moment(received[1]) if received else None
    return [Letter(int(uid[1]), moment, int(size[1]) if size else len(body), body)]


def _moment(told: bytes) -> datetime | None:
    try:
        return parsedate_to_datetime(told.decode("ascii", "replace").strip()).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
