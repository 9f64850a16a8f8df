"""What HyperKitty's REST sends, checked and turned into mentions; no dict of its passes this file's border.

HyperKitty names a letter by a hash of its Message-ID in every address, and says the Message-ID itself only in the
letter. Mentions carry Message-IDs; so the hashes of parent and thread are handed out for the caller to look up.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from urllib.parse import quote

from collectors.json_pages import Table, moment_of, table, text_of
from collectors.quotes import own_words
from model import Author, Mention
from text import clean, one_line

HASH = re.compile(r"[A-Z2-7]{32}")
MESSAGE_ID = re.compile(r"[^\s<>]{3,500}")
HIDDEN_AT = " (a) "  # how the archive writes the @ of an address


@dataclass(frozen=True, slots=True)
class Archive:
    """One list in one archive. ``base_url`` is the archive's address, ``scope`` what its ids are unique in."""

    base_url: str
    mailing_list: str
    scope: str

    def api(self, path: str) -> str:
        """Return the address of something of the list in the REST API."""
        return f"{self.base_url}/api/list/{quote(self.mailing_list, safe='@')}/{path}"

    def page(self, message_hash: str) -> str:
        """Return the address where people read a letter."""
        return f"{self.base_url}/list/{quote(self.mailing_list, safe='@')}/message/{message_hash}/"


@dataclass(frozen=True, slots=True)
class Line:
    """A letter as it stands in the list of letters: without its text. A parent or thread may be empty."""

    message_hash: str
    message_id: str
    parent_hash: str
    thread_hash: str


def hash_of(message_id: str) -> str:
    """Return HyperKitty's name for a letter: the base32 of the SHA-1 of its Message-ID, as Mailman defines it."""
    return b32encode(sha1(message_id.encode("utf-8", "surrogatepass")).digest()).decode()  # noqa: S324  Mailman's choice


def read_line(item: Table) -> Line:
    """Read a letter's names; ValueError says in words why they cannot be."""
    message_hash, message_id = text_of(item, "message_id_hash"), text_of(item, "message_id")
    if (
        not HASH.fullmatch(message_hash)
        or not MESSAGE_ID.fullmatch(message_id)
        or clean(message_id) != message_id
    ):
        raise ValueError("it has no Message-ID that can be read")
    return Line(message_hash, message_id, _hash_in(item, "parent"), _hash_in(item, "thread"))


def read_letter(item: Table, archive: Archive, ids: Mapping[str, str], *, now: datetime) -> Mention:
    """Read a whole letter; ``ids`` has the Message-IDs of the hashes that it names, as far as they are known."""
    line = read_line(item)
    content = item.get("content")
    title = one_line(text_of(item, "subject"))
    said = own_words(clean(content)) if isinstance(content, str) else None
    if not title and (said is None or not said.text):
        raise ValueError(f"{line.message_id} has neither a subject nor a text")
    parent = ids.get(line.parent_hash, line.parent_hash)
    return Mention(
        channel="hyperkitty",
        scope=archive.scope,
        external_id=line.message_id,
        title=title,
        text=clean(said.text) if said else "",
        url=archive.page(line.message_hash),
        author=_author(item),
        published_at=moment_of(item, "date", now=now),
        parent_id=parent or None,
        thread_id=ids.get(line.thread_hash, line.thread_hash) or parent or line.message_id,
        raw={"list": archive.mailing_list} | ({"quoted_lines": said.quoted} if said and said.quoted else {}),
    )


def _author(item: Table) -> Author | None:
    """Who wrote it, by the address, as handles are written everywhere; the archive hides its @."""
    address = one_line(text_of(table(item.get("sender")), "address"), 320).replace(HIDDEN_AT, "@").lower()
    name = one_line(text_of(item, "sender_name"), 200).replace(HIDDEN_AT, "@")
    if not address and not name:
        return None
    return Author(handle=address or name, name=name, external_id=address or name)


def _hash_in(item: Table, key: str) -> str:
    """Return the hash at the end of an address, which may name a host that only the archive believes in."""
    last = text_of(item, key).rstrip("/").rpartition("/")[2]
    return last if HASH.fullmatch(last) else ""
