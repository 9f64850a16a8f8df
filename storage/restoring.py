"""What a backup does not know: whoever was forgotten after it was made stays forgotten when it is put back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, delete, insert, select

from model import Author, Mention, account_key
from storage.copies import Copy, list_copies, note_copy
from storage.engines import insert_once
from storage.forgetting import FORGOTTEN, take_out
from storage.kept_out import KEY, any_kept_out, author_names, kept_out, let_in
from storage.keys import keep_key, known_key
from storage.schema import audit, authors, mentions, saved_searches
from storage.store import Store
from storage.tombstones import note_in_audit

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Carried:
    """What the present store knows and an earlier one may not."""

    key: str | None
    kept_out: tuple[tuple[str, str, datetime], ...]
    audit: tuple[tuple[datetime, str, str, str, str], ...]
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """What was done anew in a store that was put back. ``unknown`` counts what can be told by no key any more."""

    mentions: int
    unknown: int
    partners: int


def carried(connection: Connection) -> Carried:
    """Return what is to be carried into an earlier store."""
    asked = select(audit.c.at, audit.c.what, audit.c.which, audit.c.why, audit.c.who)
    about = asked.where(audit.c.what == "asked to forget").order_by(audit.c.id)
    return Carried(
        key=known_key(connection, KEY),
        kept_out=tuple(map(tuple, connection.execute(select(kept_out)))),
        audit=tuple(map(tuple, connection.execute(about))),
        copies=tuple(list_copies(connection)),
    )


def forget_again(store: Store, known: Carried, *, now: datetime) -> Again:
    """Let a store that was put back forget what was forgotten since it was copied."""
    with store.writing() as connection:
        if known.key is not None:
            keep_key(connection, KEY, known.key)
        if known.key != known_key(connection, KEY):
            return Again(0, len(known.kept_out), 0)
        for digest, kind, since in known.kept_out:
            row = {"digest": digest, "kind": kind, "since": since}
            connection.execute(insert_once(connection, kept_out).values(row))
        partners = _carry_audit(connection, known, now=now)
        for copy in known.copies:
            note_copy(connection, copy)
        _drop_searches(connection)
    after, done = 0, 0
    while True:
        last, gone = store.write(partial(_forget_some, after=after, now=now))
        if last is None:
            return Again(done, 0, partners)
        after, done = last, done + gone


def _carry_audit(connection: Connection, known: Carried, *, now: datetime) -> int:
    """Write the requests down that the earlier store does not know; return how many were about partners."""
    there = {
        (row.at, row.which)
        for row in connection.execute(select(audit).where(audit.c.what == "asked to forget"))
    }
    new = [line for line in known.audit if (line[0], line[2]) not in there]
    names = ("at", "what", "which", "why", "who")
    if new:
        connection.execute(insert(audit), [dict(zip(names, line, strict=True)) for line in new])
    note_in_audit(
        connection, "restored", f"{len(new)} later requests done again", "a backup was put back", now=now
    )
    return sum(line[2].startswith("partner") for line in new)


def _drop_searches(connection: Connection) -> None:
    """Delete saved searches that ask for an account which is kept out: its hash tells."""
    channels = list(connection.execute(select(authors.c.channel).distinct()).scalars())
    for name, query in connection.execute(select(saved_searches.c.name, saved_searches.c.query)).all():
        words = [account_key(word) for word in re.split(r"[\s:\"()]+", f"{name} {query}") if word]
        asked = [one for channel in channels for word in words for one in author_names(channel, word, None)]
        if any_kept_out(connection, asked):
            connection.execute(delete(saved_searches).where(saved_searches.c.name == name))


def _forget_some(connection: Connection, *, after: int, now: datetime) -> tuple[int | None, int]:
    asked = (
        select(
            mentions.c.id,
            mentions.c.channel,
            mentions.c.scope,
            mentions.c.external_id,
            authors.c.handle,
            authors.c.name,
            authors.c.external_id.label("author_external_id"),
        )
        .outerjoin(authors, authors.c.id == mentions.c.author_id)
        .where(mentions.c.id > after, mentions.c.deleted_at.is_(None))
        .order_by(mentions.c.id)
        .limit(AT_ONCE)
    )
    rows = connection.execute(asked).all()
    if not rows:
        return None, 0
    heard = [
        Mention(
            id=row.id,
            channel=row.channel,
            scope=row.scope,
            external_id=row.external_id,
            text="",
            author=None
            if row.handle is None
            else Author(row.handle, name=row.name, external_id=row.author_external_id),
        )
        for row in rows
    ]
    gone = take_out(connection, _refused(connection, heard), "mention", FORGOTTEN, now=now)
    for row in gone:
        note_in_audit(
            connection, "forgotten", f"mention {row}", "forgotten before the backup was put back", now=now
        )
    return heard[-1].id, len(gone)


def _refused(connection: Connection, heard: Sequence[Mention]) -> list[int]:
    allowed = {mention.id for mention in let_in(connection, heard, "")}
    return [mention.id for mention in heard if mention.id is not None and mention.id not in allowed]
