"""What a homeserver sends, event by event, checked and turned into what it means; no dict passes this file's border.

An event is written by whoever sent it, on a server that nobody vouches for: each field may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from urllib.parse import quote

from model import Author, Mention
from text import LONGEST_HTML, clean, from_html

TYPES = ("m.room.message", "m.room.redaction", "m.room.encrypted", "m.room.tombstone")
ROOM = re.compile(r"![^\s/]{1,254}")
ALIAS = re.compile(r"#[^\s]{1,254}")
EVENT = re.compile(r"\$[^\s]{1,254}")
USER = re.compile(r"@[^\s]{1,254}")
MATRIX_BEGAN = datetime(2014, 1, 1, tzinfo=UTC)

_SPOKEN = frozenset({"m.text", "m.notice", "m.emote"})
_CAPTIONED = frozenset({"m.image", "m.video", "m.audio", "m.file"})
_FALLBACK = re.compile(r"(?:> [^\n]*\n)+\n")
_REPLY_ENDS = "</mx-reply>"

Table: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Said:
    """A message, as it stands now if the server says how it was edited."""

    mention: Mention


@dataclass(frozen=True, slots=True)
class Edit:
    """New words for a message, which count only where its own writer sent them."""

    event: str
    sender: str
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Gone:
    """A message that was taken back, by its writer or a moderator."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message that only members' programs can read."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The room goes on in another."""

    room: str


Meaning: TypeAlias = Said | Edit | Gone | Sealed | Moved | None


def external_id(room: str, event: str) -> str:
    """Return the id of a mention: asking for an event again needs its room, and newer ids do not name it."""
    return f"{room}/{event}"


def parted(told: str) -> tuple[str, str] | None:
    """Return room and event of an external id; None for what is none of ours."""
    room, _, event = told.partition("/")
    return (room, event) if ROOM.fullmatch(room) and EVENT.fullmatch(event) else None


def read_event(told: object, room: str, scope: str, *, now: datetime) -> Meaning:
    """Return what an event means, None for what is nobody's words; ValueError says why it cannot be read."""
    if not isinstance(told, Mapping):
        raise ValueError("it is no event")
    event, sender, kind = (
        _matching(told, "event_id", EVENT),
        _matching(told, "sender", USER),
        told.get("type"),
    )
    if kind == "m.room.redaction":
        taken = _matching(told, "redacts", EVENT) or _matching(_table(told, "content"), "redacts", EVENT)
        return Gone(external_id(room, taken)) if taken else None
    if kind == "m.room.encrypted":
        return None if _is_redacted(told) else Sealed()
    if kind == "m.room.tombstone":
        return Moved(_string(_table(told, "content"), "replacement_room")[:255])
    if kind != "m.room.message":
        return None
    if not event or not sender:
        raise ValueError("it has no id or no sender that can be read")
    if _is_redacted(told):
        return Gone(external_id(room, event))
    edit = _edit(told, sender, now=now)
    return edit if edit is not None else _said(told, room, event, sender, scope, now=now)


def edited(mention: Mention, edit: Edit | None) -> Mention:
    """Return the mention in its new words, if its own writer sent them."""
    writer = mention.author.external_id if mention.author else ""
    if edit is None or not edit.text or edit.sender != writer:
        return mention
    if mention.edited_at is not None and edit.at is not None and edit.at < mention.edited_at:
        return mention
    return replace(mention, text=edit.text, edited_at=edit.at)


def _said(told: Table, room: str, event: str, sender: str, scope: str, *, now: datetime) -> Said | None:
    content = _table(told, "content")
    if not content:
        raise ValueError(f"message {event} has no content")
    if not _speaks(content):
        return None
    answered, thread = _place(_table(content, "m.relates_to"))
    text = _words(content, is_reply=bool(answered))
    if not text:
        return None
    identity = external_id(room, event)
    mention = Mention(
        channel="matrix",
        scope=scope,
        external_id=identity,
        text=text,
        url=_address(room, event),
        author=Author(handle=sender, url=_address(sender), external_id=sender),
        published_at=_moment(told, now=now),
        parent_id=external_id(room, answered) if answered else None,
        thread_id=external_id(room, thread or answered) if thread or answered else identity,
        raw={"room": room, "msgtype": _string(content, "msgtype")},
    )
    bundled = _table(_table(_table(told, "unsigned"), "m.relations"), "m.replace")
    return Said(edited(mention, _edit(bundled, _matching(bundled, "sender", USER), now=now)))


def _edit(told: Table, sender: str, *, now: datetime) -> Edit | None:
    """Return what an event that replaces another one says, or None for any other."""
    content = _table(told, "content")
    relation, new = _table(content, "m.relates_to"), _table(content, "m.new_content")
    target = _matching(relation, "event_id", EVENT)
    if relation.get("rel_type") != "m.replace" or not target:
        return None
    text = _words(new, is_reply=False) if _speaks(new) else ""
    return Edit(target, sender, text, _moment(told, now=now))


def _speaks(content: Table) -> bool:
    """Say whether a message has words: those of a file are its caption, and not its name."""
    kind, body, name = content.get("msgtype"), content.get("body"), content.get("filename")
    return kind in _SPOKEN or (kind in _CAPTIONED and isinstance(name, str) and body != name)


def _words(content: Table, *, is_reply: bool) -> str:
    """Return a message's text: of the formatted body where there is one, without what it quotes of its parent."""
    page = _string(content, "formatted_body")[:LONGEST_HTML]
    if content.get("format") == "org.matrix.custom.html" and page:
        if page.lstrip().startswith("<mx-reply>") and _REPLY_ENDS in page:
            page = page.partition(_REPLY_ENDS)[2]
        if text := from_html(page):
            return text
    body = _string(content, "body")
    fallback = _FALLBACK.match(body) if is_reply else None
    return clean(body[fallback.end() :] if fallback else body)


def _place(relation: Table) -> tuple[str, str]:
    """Return which event a message answers and which began its thread; "" for none."""
    answered = _matching(_table(relation, "m.in_reply_to"), "event_id", EVENT)
    if relation.get("rel_type") != "m.thread":
        return answered, ""
    root = _matching(relation, "event_id", EVENT)
    return (root if relation.get("is_falling_back") is True or not answered else answered), root


def _is_redacted(told: Table) -> bool:
    return bool(_table(told, "unsigned").get("redacted_because"))


def _moment(told: Table, *, now: datetime) -> datetime | None:
    """Read milliseconds since 1970; None before there was Matrix and after tomorrow: the sender's server says it."""
    value = told.get("origin_server_ts")
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    if not MATRIX_BEGAN.timestamp() <= value / 1000 < (now + timedelta(days=1)).timestamp():
        return None
    return datetime.fromtimestamp(value / 1000, UTC)


def _address(*parts: str) -> str:
    return "https://matrix.to/#/" + "/".join(quote(part, safe="!@$:#") for part in parts)


def _table(told: Table, key: str) -> Table:
    value = told.get(key)
    return value if isinstance(value, Mapping) else {}


def _string(told: Table, key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _matching(told: Table, key: str, pattern: re.Pattern[str]) -> str:
    value = _string(told, key)
    return value if pattern.fullmatch(value) and clean(value) == value else ""
