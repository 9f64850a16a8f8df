"""What stands above a letter: names, addresses, dates and ids, as strangers' programs write them.

Python's own structured headers raise on some malformed addresses, so the raw values are read here by themselves.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from collectors.imap.charset import text_of
from text import clean, one_line

MAIL_BEGAN = datetime(1990, 1, 1, tzinfo=UTC)
LONGEST_HEADER = 20_000
LONGEST_ID = 500
_WORD = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]*)?\?([bq])\?([^?\s]*)\?=", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[\w.:+-]{1,40}(?:\*[\w-]*)?\?[bq]\?)", re.IGNORECASE)
_ID = re.compile(r"<([^<>\s]+)>")
_ADDRESS = re.compile(r"[^@\s<>()\",;]+@[^@\s<>()\",;]+")
_ANGLED = re.compile(r"<([^<>]*)>")


class Headers:
    """The headers of one letter; a missing one is an empty string."""

    def __init__(self, letter: Message) -> None:
        self._raw: dict[str, list[str]] = {}
        for name, value in letter.raw_items():
            self._raw.setdefault(name.lower(), []).append(str(value)[:LONGEST_HEADER])

    def raw(self, name: str) -> str:
        """Return the first value, undecoded but in characters, on one line."""
        values = self._raw.get(name.lower(), [""])
        told = values[0].encode("utf-8", "surrogateescape")
        return " ".join(text_of(told, "utf-8").split())

    def words(self, name: str) -> str:
        """Return the first value for people: encoded words decoded, one clean line."""
        return one_line(decoded(self.raw(name)))

    def ids(self, name: str) -> list[str]:
        """Return the message ids in a header, in order, without their brackets."""
        return [kept for each in _ID.findall(self.raw(name)) if (kept := _id(each))]

    def people(self, name: str) -> list[tuple[str, str]]:
        """Return pairs of name and address; what has no address is left out."""
        found = []
        for told, address in getaddresses([self.raw(name)]):
            if _ADDRESS.fullmatch(address):
                found.append((one_line(decoded(told)).strip("\"' "), clean(address).lower()))
        if found:
            return found
        return [("", clean(each).lower()) for each in _ADDRESS.findall(self.raw(name))[:1]]


def decoded(value: str) -> str:
    """Return a header with its encoded words as text; a word split in the middle of a character is joined."""
    joined = _BETWEEN_WORDS.sub(r"\1", value)
    out: list[str] = []
    place, run, charset = 0, b"", ""
    for match in _WORD.finditer(joined):
        between = joined[place : match.start()]
        if between or match[1].lower() != charset:
            out += [text_of(run, charset), between]
            run = b""
        charset = match[1].lower()
        run += _unpacked(match[2].lower(), match[3])
        place = match.end()
    return "".join([*out, text_of(run, charset), joined[place:]])


def message_id(headers: Headers) -> str:
    """Return the Message-ID without brackets; some programs forget the brackets; "" for none."""
    found = headers.ids("message-id")
    return found[0] if found else _id(headers.raw("message-id").strip("<> "))


def conversation(headers: Headers) -> tuple[str | None, str | None]:
    """Return what the letter answers and what its thread began with: In-Reply-To before References."""
    line = headers.ids("references")
    answered = headers.ids("in-reply-to") or line[-1:]
    first = line or answered
    return (answered[0] if answered else None), (first[0] if first else None)


def list_name(headers: Headers) -> str:
    """Return a list's id, as in ``<foodbanks.lists.example>``, in lower case without brackets; "" for none."""
    value = headers.raw("list-id")
    found = _ANGLED.findall(value)
    return one_line(found[-1] if found else value, 200).strip().lower()


def speaker(headers: Headers) -> tuple[str, str] | None:
    """Return name and address of who wrote it.

    Lists that must not send in another's name (DMARC) put themselves into From, "Ana via Foodbanks", and the
    writer's address into X-Original-From or Reply-To.
    """
    people = headers.people("from") or headers.people("sender")
    if not people:
        return None
    name, address = people[0]
    posting = {address for _, address in headers.people("list-post")}
    posting |= {each.removeprefix("mailto:") for each in posting}
    if address not in posting and not headers.raw("x-original-from"):
        return name, address
    for header in ("x-original-from", "reply-to"):
        others = [other for other in headers.people(header) if other[1] not in posting]
        if len(others) == 1:
            return others[0][0] or _without_via(name), others[0][1]
    return name, address


def written_at(headers: Headers, received: datetime | None) -> datetime | None:
    """Return the letter's own date in UTC; the server's, where it has none or one that cannot be."""
    try:
        moment = parsedate_to_datetime(headers.raw("date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return received
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return received
    if moment < MAIL_BEGAN or (received is not None and moment > received + timedelta(days=1)):
        return received
    return moment


def language(headers: Headers) -> str | None:
    """Return the first language of Content-Language, where it is one of two letters."""
    match = re.match(r"\s*([a-z]{2})(?![a-z])", headers.raw("content-language").lower())
    return match[1] if match else None


def address_of(headers: Headers, name: str) -> str:
    """Return the first web address in angle brackets, as List headers and Archived-At have it; "" for none."""
    found: Iterable[str] = _ANGLED.findall(headers.raw(name))
    return next((clean(each) for each in found if each.startswith(("https://", "http://"))), "")


def _id(value: str) -> str:
    value = clean("".join(value.split()))
    return value if 0 < len(value) <= LONGEST_ID else ""


def _without_via(name: str) -> str:
    return re.sub(r"\s+(?:via|durch|por|por meio de)\s+.*$", "", name, flags=re.IGNORECASE)


def _unpacked(how: str, told: str) -> bytes:
    raw = told.encode("utf-8", "replace")
    if how == "q":
        return binascii.a2b_qp(raw, header=True)
    try:
        return binascii.a2b_base64(raw + b"===")
    except binascii.Error:
        return raw
