"""A mention's words and ids as the store keeps them, and what tells that they changed. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from model import Author, Mention
from storage.types import all_storable, storable

LONGEST_ID = 250
"""Code points of an external id."""


def as_stored(mention: Mention) -> Mention:
    """Return a mention in words that both engines take, and with ids that an index takes (2,704 bytes together)."""
    author = mention.author
    ids = (mention.external_id, mention.scope, mention.parent_id, mention.thread_id)
    of_author = () if author is None else (author.handle, author.name, author.url, author.external_id)
    if max(len(one or "") for one in ids) <= LONGEST_ID and all_storable(
        (mention.title, mention.text, *ids, *of_author)
    ):  # by far the most
        return mention
    said = {
        "external_id": stored_id(mention.external_id),
        "scope": None if mention.scope is None else stored_id(mention.scope),
        "parent_id": None if mention.parent_id is None else stored_id(mention.parent_id),
        "thread_id": None if mention.thread_id is None else stored_id(mention.thread_id),
        "title": storable(mention.title),
        "text": storable(mention.text),
    }
    if author is not None:
        whole = Author(*map(storable, (author.handle, author.name, author.url, author.external_id)))
        said["author"] = author if whole == author else whole  # type: ignore[assignment]
    if all(getattr(mention, name) is value for name, value in said.items()):
        return mention
    return replace(mention, **said)  # type: ignore[arg-type]


def stored_id(external_id: str) -> str:
    """Return an id as it is stored: an overlong one, a feed's guid, is its beginning and its hash."""
    whole = storable(external_id)
    if len(whole) <= LONGEST_ID:
        return whole
    return f"{whole[: LONGEST_ID - 40]}…{hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()}"


def content_hash(mention: Mention) -> str:
    """Return the hash of what a person wrote: when it differs, the mention was edited."""
    said = f"{mention.title}\0{mention.text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=12).hexdigest()
