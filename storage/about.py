"""All that the store holds of one author: what is answered to a person who asks for it.

It has what they said, earlier texts too, what was made of it, and where it went. It leaves out what is of others: the
words that they answered, who corrected a tag, and who got a letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from model import Mention
from storage.asked_to_forget import Request, about_author
from storage.copies import copies_with
from storage.edits import earlier_texts
from storage.proposals import proposals
from storage.reading import load_mentions
from storage.schema import (
    alert_mentions,
    alerts,
    authors,
    corrections,
    handles,
    mentions,
    outbox,
    outbox_mentions,
    partner_aliases,
    partners,
)

AT_ONCE = 200
Said = dict[str, object]


def accounts_of(connection: Connection, written: str, channel: str | None) -> tuple[Request, list[Said]]:
    """Return what is meant by an account or a name, and the accounts; NeedsAttention where nobody is called so."""
    request = about_author(connection, written, channel)
    spoken = set[int]()
    for start in range(0, len(request.mentions), AT_ONCE):
        some = mentions.c.id.in_(request.mentions[start : start + AT_ONCE])
        spoken.update(connection.execute(select(mentions.c.author_id).where(some).distinct()).scalars())
    rows = connection.execute(select(authors).where(authors.c.id.in_(spoken)).order_by(authors.c.id)).all()
    return request, [_account(connection, row) for row in rows]


def mentions_of(connection: Connection, request: Request) -> Iterator[Said]:
    """Yield each mention of a request with all that belongs to it, oldest first; a few are held at once."""
    for start in range(0, len(request.mentions), AT_ONCE):
        some = request.mentions[start : start + AT_ONCE]
        for mention in load_mentions(connection, some):
            yield _mention(connection, mention)


def copies_of(connection: Connection, request: Request) -> list[Said]:
    """Return the backups and exports that may hold it too."""
    return [
        {"kind": copy.kind, "made_at": _iso(copy.made_at)}
        for copy in copies_with(connection, request.mentions)
    ]


def _account(connection: Connection, row: Row[Any]) -> Said:
    partner = connection.execute(select(partners).where(partners.c.id == row.partner_id)).first()
    said: Said = {
        "channel": row.channel,
        "handle": row.handle,
        "name": row.name,
        "url": row.url,
        "external_id": row.external_id,
        "ours": row.ours,
        "partner": None,
    }
    if partner is None:
        return said
    aliases = select(partner_aliases.c.alias).where(partner_aliases.c.partner_id == partner.id)
    known = select(handles.c.channel, handles.c.handle).where(handles.c.partner_id == partner.id)
    return {
        **said,
        "partner": {
            "name": partner.name,
            "aliases": sorted(connection.execute(aliases).scalars()),
            "handles": [f"{one.channel}:{one.handle}" for one in connection.execute(known)],
            "created_at": _iso(partner.created_at),
        },
    }


def _mention(connection: Connection, mention: Mention) -> Said:
    row = mention.id or 0
    said = {"title": mention.title, "text": mention.text}
    return {
        "id": str(mention.id),
        "channel": mention.channel,
        "scope": mention.scope,
        "external_id": mention.external_id,
        "sources": list(mention.sources),
        "url": mention.url,
        "account": mention.author.handle if mention.author is not None else None,
        **said,
        "lang": mention.lang,
        "published_at": _iso(mention.published_at),
        "collected_at": _iso(mention.collected_at),
        "edited_at": _iso(mention.edited_at),
        "parent_id": mention.parent_id,
        "thread_id": mention.thread_id,
        "as_the_channel_sent_it": mention.raw,
        "earlier_texts": [
            {"title": title, "text": words, "replaced_at": _iso(at)}
            for title, words, at in earlier_texts(connection, row)
        ],
        "tags": [_tag(each) for each in mention.annotations],
        "corrections": _rows(connection, _corrections(row)),
        "proposals": _rows(connection, _proposals(row)),
        "alerts": _rows(connection, _alerts(row)),
        "letters": _rows(connection, _letters(row)),
    }


def _tag(tag: Any) -> Said:
    return {
        "kind": tag.kind,
        "label": tag.label,
        "score": tag.score,
        "confidence": tag.confidence,
        "words": [reason.text for reason in tag.because],
        "origin": tag.origin,
        "version": tag.version,
    }


def _corrections(row: int) -> Select[Any]:
    of = corrections.c
    asked = select(of.kind, of.label, of.holds, of.said_at, of.undone_at)
    return asked.where(of.mention_id == row).order_by(of.id)


def _proposals(row: int) -> Select[Any]:
    of = proposals.c
    asked = select(of.kind, of.what, of.due_on, of.state, of.decided_at)
    return asked.where(of.mention_id == row).order_by(of.id)


def _alerts(row: int) -> Select[Any]:
    asked = select(alerts.c.kind, alerts.c.text, alerts.c.state, alerts.c.fired_at)
    mine = alert_mentions.c.mention_id == row
    return (
        asked.join(alert_mentions, alert_mentions.c.alert_id == alerts.c.id).where(mine).order_by(alerts.c.id)
    )


def _letters(row: int) -> Select[Any]:
    asked = select(outbox.c.kind, outbox.c.state, outbox.c.created_at, outbox.c.sent_at)
    mine = outbox_mentions.c.mention_id == row
    return (
        asked.join(outbox_mentions, outbox_mentions.c.message_id == outbox.c.id)
        .where(mine)
        .order_by(outbox.c.id)
    )


def _rows(connection: Connection, asked: Select[Any]) -> Sequence[Mapping[str, object]]:
    return [
        {name: _iso(value) if isinstance(value, date) else value for name, value in row._mapping.items()}
        for row in connection.execute(asked)
    ]


def _iso(at: date | None) -> str | None:
    if isinstance(at, datetime):
        return f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return None if at is None else at.isoformat()
