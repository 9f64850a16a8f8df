"""Notes of talks: stored as mentions of one source that the store owns, which nobody polls and no file switches off.

What makes a note other than a mention: who said it may be corrected, or taken out again, without a word of the
text changing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from errors import NeedsAttention
from model import Mention
from storage.authors import add_authors, author_key
from storage.engines import one_at_a_time
from storage.mentions import Added, add_mentions
from storage.schema import KEPT_BY_HAND, authors, mentions, sources

NAME, CHANNEL = "notes", KEPT_BY_HAND


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of notes. ``renamed`` counts those of which only who spoke is another, or nobody, now."""

    added: Added
    renamed: int


def add_notes(connection: Connection, notes: Sequence[Mention], *, now: datetime) -> Kept:
    """Store notes; the same again changes nothing."""
    added = add_mentions(connection, _source(connection, now=now), notes, now=now)
    renamed = _rename(connection, {note.external_id: note for note in notes})
    if renamed:
        _forget_the_unheard(connection)
    return Kept(added, renamed)


def _source(connection: Connection, *, now: datetime) -> int:
    """Return the number of the notes' source, made at the first note."""
    one_at_a_time(connection, "provision")
    row = connection.execute(select(sources).where(sources.c.name == NAME)).first()
    if row is not None and row.channel != CHANNEL:
        raise NeedsAttention(
            f"a source called {NAME!r} reads channel {row.channel}; give it another name, notes need theirs"
        )
    if row is not None:
        if row.removed_at is not None:
            connection.execute(update(sources).where(sources.c.id == row.id).values(removed_at=None))
        return int(row.id)
    said = {
        "name": NAME,
        "channel": CHANNEL,
        "settings": {},
        "settings_hash": "",
        "every_seconds": 0,
        "provisioned": False,  # so that applying the file leaves it alone
        "created_at": now,
        "cursor": {},
        "next_attempt_at": None,
    }
    return int(connection.execute(insert(sources).values(said).returning(sources.c.id)).scalar_one())


def _rename(connection: Connection, notes: Mapping[str, Mention]) -> int:
    """Let notes that were known be by whom they are said to be by now; return how many were another's."""
    asked = (
        select(mentions.c.id, mentions.c.external_id, mentions.c.raw, authors.c.account, authors.c.name)
        .outerjoin(authors, authors.c.id == mentions.c.author_id)
        .where(mentions.c.channel == CHANNEL, mentions.c.external_id.in_(bindparam("ids", expanding=True)))
    )
    ids, renamed = list(notes), 0
    for start in range(0, len(ids), 500):
        for row in connection.execute(asked, {"ids": ids[start : start + 500]}).all():
            note = notes[row.external_id]
            key = author_key(note)
            before = None if row.account is None else (CHANNEL, row.account, row.name)
            if (before, row.raw) != (key, note.raw):
                _say_by_whom(connection, row.id, note)
                renamed += before != key
    return renamed


def _say_by_whom(connection: Connection, row: int, note: Mention) -> None:
    key = author_key(note)
    people = add_authors(connection, [note])
    author, partner, ours = people[key] if key is not None else (None, None, False)
    said = {"author_id": author, "author_partner_id": partner, "by_us": ours, "raw": note.raw}
    connection.execute(update(mentions).where(mentions.c.id == row).values(said))


def _forget_the_unheard(connection: Connection) -> None:
    """Delete the names on this channel that no note carries any more."""
    heard = exists().where(mentions.c.author_id == authors.c.id)
    connection.execute(delete(authors).where(authors.c.channel == CHANNEL, ~heard))
