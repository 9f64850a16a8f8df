"""What may not come back: keyed hashes of mentions and authors that were forgotten, or kept long enough.

A hash tells what it was made of only to whoever has the store's key and the very name, so that the store can refuse
what it does not know any more. What stands in the threads of others is named by its hash from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Column, Connection, Table, bindparam, select

from model import Mention
from storage.authors import author_key
from storage.engines import insert_once
from storage.keys import key, keyed_hash, known_key
from storage.schema import metadata
from storage.types import PlainText, UtcDateTime

Kind = Literal["mention", "author", "expired"]
KEY = "kept out"
MARK = "forgotten:"
"""Before the hash that stands for an id: no channel has such ids."""

kept_out = Table(
    "kept_out",
    metadata,
    Column("digest", PlainText, primary_key=True),
    Column("kind", PlainText, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
_ANY = select(kept_out.c.digest).limit(1)
_AMONG = select(kept_out.c.digest).where(kept_out.c.digest.in_(bindparam("digests", expanding=True)))
AT_ONCE = 500


def keep_out(connection: Connection, names: Iterable[str], kind: Kind, *, now: datetime) -> list[str]:
    """Let nothing of these names in from now on; return their hashes, in order."""
    secret = key(connection, KEY)
    digests = [keyed_hash(secret, name) for name in names]
    if digests:
        rows = [{"digest": digest, "kind": kind, "since": now} for digest in dict.fromkeys(digests)]
        connection.execute(insert_once(connection, kept_out), rows)
    return digests


def mention_name(channel: str, scope: str, external_id: str) -> str:
    """Return what is hashed of a mention."""
    return "\0".join(("mention", channel, scope, external_id))


def author_names(channel: str, account: str, name: str | None, external_id: str = "") -> list[str]:
    """Return what is hashed of an author: an account under any name (``None``) or one, and the channel's id of it."""
    names = ["\0".join(("account", channel, account) if name is None else ("voice", channel, account, name))]
    if external_id and name is None:
        names.append("\0".join(("author", channel, external_id)))
    return names


def let_in(connection: Connection, heard: Sequence[Mention], scope: str) -> list[Mention]:
    """Return those that may be stored; ``scope`` is that of mentions which name none.

    What answers a mention that was forgotten names it by its hash.
    """
    if not heard or connection.execute(_ANY).first() is None:  # by far the most stores, and batches
        return list(heard)
    secret = known_key(connection, KEY) or ""
    asked = {one: keyed_hash(secret, one) for mention in heard for one in _names(mention, scope)}
    found = _found(connection, list(dict.fromkeys(asked.values())))
    if not found:
        return list(heard)
    hashes = {name: digest for name, digest in asked.items() if digest in found}
    return [
        _unlinked(mention, scope, hashes)
        for mention in heard
        if hashes.keys().isdisjoint(_own(mention, scope))
    ]


def any_kept_out(connection: Connection, names: Sequence[str]) -> bool:
    """Tell whether one of these names is kept out."""
    secret = known_key(connection, KEY)
    return secret is not None and bool(_found(connection, [keyed_hash(secret, name) for name in names]))


def _found(connection: Connection, digests: Sequence[str]) -> set[str]:
    parts = (digests[start : start + AT_ONCE] for start in range(0, len(digests), AT_ONCE))
    return {digest for some in parts for digest in connection.execute(_AMONG, {"digests": some}).scalars()}


def _own(mention: Mention, scope: str) -> Iterator[str]:
    """Yield each name by which a mention may be kept out."""
    place = scope if mention.scope is None else mention.scope
    yield mention_name(mention.channel, place, mention.external_id)
    spoken_by = author_key(mention)
    if mention.author is None or spoken_by is None:
        return
    channel, account, name = spoken_by
    yield from author_names(channel, account, None, mention.author.external_id)
    yield from author_names(channel, account, name)


def _names(mention: Mention, scope: str) -> Iterator[str]:
    yield from _own(mention, scope)
    place = scope if mention.scope is None else mention.scope
    for other in (mention.parent_id, mention.thread_id):
        if other is not None:
            yield mention_name(mention.channel, place, other)


def _unlinked(mention: Mention, scope: str, hashes: Mapping[str, str]) -> Mention:
    place = scope if mention.scope is None else mention.scope

    def shown(external_id: str | None) -> str | None:
        if external_id is None:
            return None
        digest = hashes.get(mention_name(mention.channel, place, external_id))
        return external_id if digest is None else MARK + digest

    parent, thread = shown(mention.parent_id), shown(mention.thread_id)
    if (parent, thread) == (mention.parent_id, mention.thread_id):
        return mention
    return replace(mention, parent_id=parent, thread_id=thread)
