"""Files beside the store that hold what was heard, noted so that forgetting can name them.

They are backups, exports, and answers to people who asked what is held of them. The store forgets at once; a copy
does not. Whoever writes one notes it here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    Table,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)

from storage.schema import mentions, metadata
from storage.types import PlainText, RowNumber, UtcDateTime

Kind = Literal["backup", "export", "answer"]

copies = Table(
    "copies",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("kind", PlainText, nullable=False),
    Column("place", PlainText, nullable=False),  # an absolute path on the machine that made it
    Column("made_at", UtcDateTime, nullable=False),
    Column("mentions", Integer, nullable=False),
    Column("gone_at", UtcDateTime),  # when it was first seen to be there no more
    UniqueConstraint("kind", "place"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One file, or a folder of an export, and the moment of the store that it holds."""

    kind: Kind
    place: str
    made_at: datetime
    mentions: int
    gone_at: datetime | None = None


def note_copy(connection: Connection, copy: Copy) -> None:
    """Say that this copy was made; an earlier one at the same place is no more."""
    here = copies.c.kind == copy.kind, copies.c.place == copy.place
    connection.execute(delete(copies).where(*here))
    row = {"kind": copy.kind, "place": copy.place, "made_at": copy.made_at, "mentions": copy.mentions}
    connection.execute(insert(copies).values(row))


def note_gone(connection: Connection, places: Sequence[str], *, now: datetime) -> None:
    """Say that the copies at these places are there no more."""
    connection.execute(update(copies).where(copies.c.place.in_(places)).values(gone_at=now))


def list_copies(connection: Connection) -> list[Copy]:
    """Return the copies that may still be there, oldest first."""
    asked = select(copies).where(copies.c.gone_at.is_(None)).order_by(copies.c.made_at, copies.c.id)
    return [
        Copy(kind=row.kind, place=row.place, made_at=row.made_at, mentions=row.mentions)
        for row in connection.execute(asked)
    ]


def copies_with(connection: Connection, ids: Sequence[int]) -> list[Copy]:
    """Return the copies that were made after the first of these mentions was heard, and may hold it."""
    first = None
    for start in range(0, len(ids), 500):
        some = select(func.min(mentions.c.collected_at)).where(mentions.c.id.in_(ids[start : start + 500]))
        heard = connection.execute(some).scalar_one()
        first = heard if first is None or (heard is not None and heard < first) else first
    return [] if first is None else [copy for copy in list_copies(connection) if copy.made_at >= first]
