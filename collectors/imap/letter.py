"""One letter, as the server keeps it, becomes a mention."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from hashlib import blake2b

from collectors.imap import body
from collectors.imap.headers import (
    Headers,
    address_of,
    conversation,
    language,
    list_name,
    message_id,
    speaker,
    written_at,
)
from model import Author, Json, Mention
from text import clean, one_line

_PREFIX = re.compile(r"^((?:(?:re|aw|fwd?|wg|rv|enc|sv)\s*:\s*)*)\[([^\]]{1,60})\]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a fetch brought. ``head`` is the first part of it, all of it where ``size`` is no more."""

    uid: int
    received: datetime | None
    size: int
    head: bytes


def read_letter(letter: Letter) -> Mention:
    """Return the mention; ValueError says in words why there is none."""
    try:
        parsed = message_from_bytes(letter.head, policy=policy.compat32)
        said = body.said(parsed)
    except RecursionError:
        raise ValueError("it is nested too deeply to be read") from None
    headers = Headers(parsed)
    name = list_name(headers)
    title = _title(headers.words("subject"), name)
    if said is None:
        raise ValueError("it is encrypted")
    if not said.text and not title:
        raise ValueError(_why_empty(letter))
    written = written_at(headers, letter.received)
    person = speaker(headers)
    identity = message_id(headers) or _identity(person, written, title, said.text)
    answered, began = conversation(headers)
    return Mention(
        channel="imap",
        scope="",
        external_id=identity,
        title=title,
        text=said.text,
        url=address_of(headers, "archived-at"),
        author=None if person is None else Author(handle=person[1], name=person[0], external_id=person[1]),
        lang=language(headers),
        published_at=written,
        parent_id=answered,
        thread_id=began or identity,
        raw=_raw(name, said.quoted, letter),
    )


def list_of(letter: Letter) -> str:
    """Return the id of the list that a letter came by, in lower case; "" for none."""
    return list_name(
        Headers(message_from_bytes(letter.head.partition(b"\r\n\r\n")[0], policy=policy.compat32))
    )


def _title(subject: str, name: str) -> str:
    """Return the subject without the list's own ``[name]``, which differs on each list that a letter went to."""
    match = _PREFIX.match(subject)
    if match is None or not name or match[2].strip().lower() not in (name, name.partition(".")[0]):
        return subject
    return one_line(match[1] + subject[match.end() :])


def _identity(person: tuple[str, str] | None, written: datetime | None, title: str, text: str) -> str:
    """Return an id for a letter that has none: the same letter by another list has the same."""
    told = "\0".join([person[1] if person else "", str(written), title, text])
    return clean(f"no-message-id-{blake2b(told.encode('utf-8', 'replace'), digest_size=16).hexdigest()}")


def _why_empty(letter: Letter) -> str:
    if letter.size > len(letter.head):
        return f"it is {letter.size} bytes long, and no text stands in the first {len(letter.head)}"
    return "it has neither a subject nor a text"


def _raw(name: str, quoted: int, letter: Letter) -> Json:
    raw: dict[str, Json] = {}
    if name:
        raw["list"] = name
    if quoted:
        raw["quoted_lines"] = quoted
    if letter.size > len(letter.head):
        raw["cut_at"] = len(letter.head)
    return raw
