"""What a request to forget is about: whose words, where they stand, and why it may have to be refused.

Nothing is written here (storage/forgetting.py does): a person sees what would go before it goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Text, cast, func, or_, select

from errors import NeedsAttention
from model import account_key
from storage.kept_out import author_names
from storage.schema import (
    alert_mentions,
    alerts,
    authors,
    mentions,
    outbox,
    outbox_mentions,
    partner_aliases,
    partners,
    saved_searches,
    sources,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What would be forgotten. ``names`` is what somebody is called, ``kept_out`` what is hashed of them."""

    kind: Literal["mention", "author", "partner"]
    mentions: tuple[int, ...]
    names: tuple[str, ...] = ()
    kept_out: tuple[str, ...] = ()
    partner: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How much of the store a request touches, in rows."""

    mentions: int
    alerts: int
    letters: int
    saved_searches: tuple[str, ...]


def about_mention(connection: Connection, mention: int) -> Request:
    """Return what it is to forget one mention; NeedsAttention where there is none."""
    row = connection.execute(select(mentions.c.id).where(mentions.c.id == mention)).first()
    if row is None:
        raise NeedsAttention(f"there is no mention {mention}; `earshot search --json` shows each one's id")
    return Request(kind="mention", mentions=(mention,))


def about_author(connection: Connection, written: str, channel: str | None = None) -> Request:
    """Return what it is to forget an account, or who speaks by a name where no account is called so.

    An account that was never heard can be kept out of one channel. NeedsAttention where nothing is known of it.
    """
    account = account_key(written)
    found = _authors(connection, authors.c.account == account, channel)
    whole = bool(found)
    if not whole:
        found = _authors(connection, func.lower(authors.c.name) == written.strip().lower(), channel)
    if not found and channel is None:
        raise NeedsAttention(
            f"nobody called {written!r} was heard; with --channel, it is kept out of that channel from now on"
        )
    if not found:
        names = tuple(author_names(str(channel), account, None))
        return Request(kind="author", mentions=(), names=(written.strip(),), kept_out=names)
    return Request(
        kind="author",
        mentions=_standing(connection, mentions.c.author_id.in_([row.id for row in found])),
        names=_called(found),
        kept_out=tuple(
            name
            for row in found
            for name in author_names(row.channel, row.account, None if whole else row.name, row.external_id)
        ),
    )


def about_partner(connection: Connection, written: str) -> Request:
    """Return what it is to forget a partner; NeedsAttention for one that is unknown, or that the file provides."""
    row = connection.execute(
        select(partners).where(func.lower(partners.c.name) == written.strip().lower())
    ).first()
    if row is None:
        raise NeedsAttention(f"there is no partner {written!r} in the store")
    if row.provisioned and row.removed_at is None:
        raise NeedsAttention(
            f"partner {row.name!r} is provided by earshot.toml: remove it from the file first"
        )
    listened = select(sources.c.name).where(sources.c.partner_id == row.id, sources.c.removed_at.is_(None))
    voices = list(connection.execute(listened).scalars())
    if voices:
        raise NeedsAttention(
            f"{', '.join(voices)}: still listened to as the voice of {row.name!r}; remove the source first"
        )
    accounts = connection.execute(select(authors).where(authors.c.partner_id == row.id)).all()
    aliases = select(partner_aliases.c.alias).where(partner_aliases.c.partner_id == row.id)
    return Request(
        kind="partner",
        mentions=_standing(connection, mentions.c.author_partner_id == row.id),
        names=(row.name, *connection.execute(aliases).scalars(), *_called(accounts)),
        kept_out=tuple(
            name for one in accounts for name in author_names(one.channel, one.account, None, one.external_id)
        ),
        partner=row.id,
    )


def reach(connection: Connection, request: Request) -> Reach:
    """Return how much a request touches."""
    fired, quoting = set[int](), set(letters_naming(connection, request))
    for start in range(0, len(request.mentions), 500):
        some = request.mentions[start : start + 500]
        fired.update(
            connection.execute(
                select(alert_mentions.c.alert_id).where(alert_mentions.c.mention_id.in_(some))
            ).scalars()
        )
        quoting.update(
            connection.execute(
                select(outbox_mentions.c.message_id).where(outbox_mentions.c.mention_id.in_(some))
            ).scalars()
        )
    if request.partner is not None:
        about = select(alerts.c.id).where(alerts.c.partner_id == request.partner)
        fired.update(connection.execute(about).scalars())
    return Reach(
        mentions=len(request.mentions),
        alerts=len(fired),
        letters=len(quoting),
        saved_searches=tuple(searches_naming(connection, request)),
    )


def letters_naming(connection: Connection, request: Request) -> list[int]:
    """Return the letters that name a partner, whatever they quote. Accounts are named only where they are quoted."""
    if request.partner is None:
        return []
    words = (outbox.c.subject, outbox.c.text, outbox.c.html)
    name = request.names[0]
    said = or_(
        *(word.contains(form, autoescape=True) for word in words for form in (name, _in_html(name))),
        *(cast(outbox.c.data, Text).contains(form, autoescape=True) for form in (name, _in_json(name))),
    )
    return list(connection.execute(select(outbox.c.id).where(said)).scalars())


def searches_naming(connection: Connection, request: Request) -> list[str]:
    """Return the names of the saved searches that ask for whom it is about."""
    if request.kind == "mention":
        return []
    asked = [name.casefold() for name in request.names if len(name) > 2]
    return [
        one.name
        for one in connection.execute(select(saved_searches).order_by(saved_searches.c.name))
        if any(name in f"{one.name} {one.query}".casefold() for name in asked)
    ]


def _in_html(name: str) -> str:
    from html import escape

    return escape(name)


def _in_json(name: str) -> str:
    import json

    return json.dumps(name)[1:-1]  # as SQLite keeps it; PostgreSQL keeps the letters themselves


def _authors(connection: Connection, called: ColumnElement[bool], channel: str | None) -> list[Row[Any]]:
    asked = select(authors).where(called).order_by(authors.c.id)
    if channel is not None:
        asked = asked.where(authors.c.channel == channel)
    return list(connection.execute(asked).all())


def _standing(connection: Connection, whose: ColumnElement[bool]) -> tuple[int, ...]:
    asked = select(mentions.c.id).where(whose, mentions.c.deleted_at.is_(None)).order_by(mentions.c.id)
    return tuple(connection.execute(asked).scalars())


def _called(rows: Iterable[Row[Any]]) -> tuple[str, ...]:
    said = [word for row in rows for word in (row.handle, row.account, row.name, row.url, row.external_id)]
    return tuple(dict.fromkeys(word for word in said if word))
