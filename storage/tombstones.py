"""Taken back means gone: a mention that was deleted at its source leaves only its id and its times.

Text, title, author, address, raw payload, search index, tags, revisions and waiting letters go; an audit line
says when and why. The source may bring it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, select, update

from storage.schema import (
    audit,
    digests,
    mention_annotations,
    mention_sources,
    mentions,
    outbox,
    outbox_mentions,
    revisions,
)


def bury(connection: Connection, source_id: int, external_ids: Sequence[str], *, now: datetime) -> list[int]:
    """Purge what a source says is deleted, among what that source has brought; return the mentions' ids."""
    brought = and_(mention_sources.c.mention_id == mentions.c.id, mention_sources.c.source_id == source_id)
    found: list[int] = []
    for start in range(0, len(external_ids), 500):
        asked = (
            select(mentions.c.id)
            .join(mention_sources, brought)
            .where(
                mentions.c.external_id.in_(external_ids[start : start + 500]), mentions.c.deleted_at.is_(None)
            )
        )
        found += connection.execute(asked).scalars()
    for mention in found:
        _purge(connection, mention, now=now)
    return found


def _purge(connection: Connection, mention: int, *, now: datetime) -> None:
    nothing = {
        "text": "",
        "title": "",
        "url": "",
        "author_id": None,
        "author_partner_id": None,
        "raw": None,
        "search_text": "",
        "fingerprint": None,
        "content_hash": "",
        "waits": False,
        "unmatched": False,
        "deleted_at": now,
    }
    _withdraw_letters(connection, mention)
    connection.execute(update(mentions).where(mentions.c.id == mention).values(nothing))
    connection.execute(delete(mention_annotations).where(mention_annotations.c.mention_id == mention))
    connection.execute(delete(revisions).where(revisions.c.mention_id == mention))
    line = {"at": now, "what": "deleted", "which": f"mention {mention}", "why": "deleted at the source"}
    connection.execute(insert(audit).values(line))


def _withdraw_letters(connection: Connection, mention: int) -> None:
    """Take waiting letters back that quote it; a digest among them is built anew without it."""
    quoting = (
        select(outbox.c.id, outbox.c.key)
        .join(outbox_mentions, outbox_mentions.c.message_id == outbox.c.id)
        .where(outbox_mentions.c.mention_id == mention, outbox.c.state == "waiting")
    )
    for row, key in connection.execute(quoting).all():
        connection.execute(delete(digests).where(digests.c.message_key == key))
        connection.execute(delete(outbox).where(outbox.c.id == row))
