"""What is proposed from our own replies, a promise or thanks, until a person accepts or declines it.

Nothing here counts as promised before a person has said so. What was decided stays decided, whatever analysis
proposes later; what nobody has decided follows the words of the reply. The caller owns the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    Row,
    Table,
    delete,
    insert,
    select,
    update,
)

from errors import NeedsAttention
from model import Mention, Proposal
from storage.schema import mentions, metadata
from storage.types import PlainText, RowNumber, UtcDateTime

State = Literal["proposed", "accepted", "declined"]

proposals = Table(
    "proposals",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("mention_id", BigInteger, ForeignKey("mentions.id", ondelete="CASCADE"), nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("what", PlainText, nullable=False),
    Column("place", PlainText, nullable=False),
    Column("begins", Integer, nullable=False),
    Column("ends", Integer, nullable=False),
    Column("to_whom", PlainText, nullable=False),
    Column("due_words", PlainText, nullable=False),
    Column(
        "due_on", PlainText
    ),  # a day of the organisation's zone, 2026-11-27; null: no day, or none that is sure
    Column("confidence", Float, nullable=False),
    Column("version", PlainText, nullable=False),
    Column("state", PlainText, nullable=False, server_default="proposed"),
    Column("decided_at", UtcDateTime),
)
Index("ix_proposals_mention", proposals.c.mention_id)  # a mention's proposals
Index("ix_proposals_state", proposals.c.state, proposals.c.due_on)  # promise list


@dataclass(frozen=True, slots=True)
class Kept:
    """A proposal as the store has it, with the reply that it was seen in."""

    id: int
    mention_id: int
    proposal: Proposal
    state: State
    decided_at: datetime | None
    url: str
    channel: str
    said_at: datetime


def propose(connection: Connection, mention: Mention, found: Sequence[Proposal]) -> None:
    """Put what was found in a reply in the place of what nobody has decided; what was decided is not asked again."""
    open_ones = proposals.c.mention_id == mention.id, proposals.c.state == "proposed"
    connection.execute(delete(proposals).where(*open_ones))
    if not found:
        return
    decided = select(proposals.c.kind, proposals.c.what).where(proposals.c.mention_id == mention.id)
    known = {(row.kind, row.what) for row in connection.execute(decided)}
    fresh = {(one.kind, one.what): one for one in found if (one.kind, one.what) not in known}
    if fresh:
        connection.execute(insert(proposals), [_row(mention, one) for one in fresh.values()])


def _row(mention: Mention, one: Proposal) -> dict[str, object]:
    return {
        "mention_id": mention.id,
        "kind": one.kind,
        "what": one.what,
        "place": one.place,
        "begins": one.start,
        "ends": one.end,
        "to_whom": one.to_whom,
        "due_words": one.due_words,
        "due_on": None if one.due_on is None else one.due_on.isoformat(),
        "confidence": one.confidence,
        "version": one.version,
    }


def forget(connection: Connection, mention: int) -> None:
    """Delete what was proposed, and decided, from a reply that is gone."""
    connection.execute(delete(proposals).where(proposals.c.mention_id == mention))


def list_proposals(
    connection: Connection, *, state: str | None = None, kind: str | None = None, limit: int = 200
) -> list[Kept]:
    """Return proposals, what is due first first, those without a day last; ``None`` means of every state, or kind."""
    asked = (
        select(proposals, mentions.c.url, mentions.c.channel, mentions.c.published_at)
        .join(mentions, mentions.c.id == proposals.c.mention_id)
        .order_by(proposals.c.due_on.is_(None), proposals.c.due_on, proposals.c.id)
        .limit(limit)
    )
    if state is not None:
        asked = asked.where(proposals.c.state == state)
    if kind is not None:
        asked = asked.where(proposals.c.kind == kind)
    return [_kept(row) for row in connection.execute(asked)]


def load_proposals(connection: Connection, which: ColumnElement[bool]) -> list[Kept]:
    """Return the proposals of which a condition on them and their mentions holds, by id."""
    asked = (
        select(proposals, mentions.c.url, mentions.c.channel, mentions.c.published_at)
        .join(mentions, mentions.c.id == proposals.c.mention_id)
        .where(which)
        .order_by(proposals.c.id)
    )
    return [_kept(row) for row in connection.execute(asked)]


def _kept(row: Row[Any]) -> Kept:
    proposal = Proposal(
        kind=row.kind,
        what=row.what,
        place=row.place,
        start=row.begins,
        end=row.ends,
        to_whom=row.to_whom,
        due_words=row.due_words,
        due_on=None if row.due_on is None else date.fromisoformat(row.due_on),
        confidence=row.confidence,
        version=row.version,
    )
    return Kept(
        id=row.id,
        mention_id=row.mention_id,
        proposal=proposal,
        state=row.state,
        decided_at=row.decided_at,
        url=row.url,
        channel=row.channel,
        said_at=row.published_at,
    )


def accept(connection: Connection, number: int, *, due_on: date | None, now: datetime) -> None:
    """Say that this was promised; ``due_on`` is its day, where a person knows it better than was read.

    Raises NeedsAttention where there is no such proposal.
    """
    known: dict[str, object] = {} if due_on is None else {"due_on": due_on.isoformat()}
    _decide(connection, number, {"state": "accepted", "decided_at": now, **known})


def decline(connection: Connection, number: int, *, now: datetime) -> None:
    """Say that nothing was promised here; raise NeedsAttention where there is no such proposal."""
    _decide(connection, number, {"state": "declined", "decided_at": now})


def _decide(connection: Connection, number: int, values: dict[str, object]) -> None:
    one = update(proposals).where(proposals.c.id == number)
    if connection.execute(one.values(values)).rowcount == 0:
        raise NeedsAttention(f"there is no proposal {number}; `earshot promise list` names those there are")
