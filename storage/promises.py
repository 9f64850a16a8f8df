"""What became of a promise that a person accepted: kept, broken or renegotiated, and when somebody said so.

What was said is only added to, so that a digest of the past tells what was known then. The caller owns the
transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from sqlalchemy import Column, Connection, ForeignKey, Index, Table, and_, insert, or_, select, update

from errors import NeedsAttention
from model import Period
from storage.proposals import Kept, load_proposals, proposals
from storage.schema import mentions, metadata
from storage.types import PlainText, RowNumber, UtcDateTime

Said = Literal["kept", "broken", "renegotiated", "reopened"]
Outcome = Literal["open", "kept", "broken"]

outcomes = Table(
    "promise_outcomes",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("proposal_id", RowNumber, ForeignKey("proposals.id", ondelete="CASCADE"), nullable=False),
    Column("said", PlainText, nullable=False),  # kept, broken, renegotiated, reopened
    Column("said_at", UtcDateTime, nullable=False),
    Column("due_before", PlainText),  # of what was renegotiated: the day that it had until then, if any
)
Index("ix_promise_outcomes_proposal", outcomes.c.proposal_id)  # a promise's outcomes
Index("ix_promise_outcomes_said", outcomes.c.said_at)  # what was said in a digest's period


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said of a promise, and when."""

    said: Said
    at: datetime
    due_before: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a promise stood at some moment; ``moved_from`` is its earlier day where it was moved in the period."""

    kept: Kept
    outcome: Outcome
    due_on: date | None
    moved_from: date | None = None


def say_kept(connection: Connection, number: int, *, now: datetime) -> None:
    """Say that a promise was kept; NeedsAttention where there is no such promise, or nobody accepted it."""
    _say(connection, number, "kept", now=now)


def say_broken(connection: Connection, number: int, *, now: datetime) -> None:
    """Say that a promise was broken, and will not be kept any more; raises as ``say_kept`` does."""
    _say(connection, number, "broken", now=now)


def reopen(connection: Connection, number: int, *, now: datetime) -> None:
    """Take back what was said of a promise: it is to be kept still; raises as ``say_kept`` does."""
    _say(connection, number, "reopened", now=now)


def renegotiate(connection: Connection, number: int, *, due_on: date, now: datetime) -> None:
    """Say that another day was agreed on; a promise that was closed is open again. Raises as ``say_kept`` does."""
    before = _say(connection, number, "renegotiated", now=now)
    values = {"due_on": due_on.isoformat()}
    if before != values["due_on"]:
        connection.execute(update(proposals).where(proposals.c.id == number).values(values))


def _say(connection: Connection, number: int, said: Said, *, now: datetime) -> str | None:
    """Write down what is said, and return the promise's day as it was until now."""
    columns = proposals.c.kind, proposals.c.state, proposals.c.due_on
    row = connection.execute(select(*columns).where(proposals.c.id == number)).first()
    if row is None or row.kind != "promise":
        raise NeedsAttention(f"there is no promise {number}; `earshot promise list` names those there are")
    if row.state != "accepted":
        raise NeedsAttention(
            f"promise {number} is {row.state}: it counts once it is accepted; first `earshot promise accept {number}`"
        )
    before: str | None = row.due_on
    values = {"proposal_id": number, "said": said, "said_at": now}
    connection.execute(
        insert(outcomes).values(**values, due_before=before if said == "renegotiated" else None)
    )
    return before


def outcomes_of(connection: Connection, numbers: Collection[int]) -> dict[int, tuple[Word, ...]]:
    """Return what was said of these promises, in the order in which it was said; none of those without a word."""
    asked = select(outcomes).where(outcomes.c.proposal_id.in_(numbers))
    rows = connection.execute(asked.order_by(outcomes.c.proposal_id, outcomes.c.id))
    return {
        number: tuple(Word(row.said, row.said_at, _day(row.due_before)) for row in said)
        for number, said in groupby(rows, key=lambda row: int(row.proposal_id))
    }


def outcome_after(words: Sequence[Word]) -> Outcome:
    """Return how a promise stands after these words; both a new day and a word taken back leave it open."""
    last = words[-1].said if words else "reopened"
    return last if last in ("kept", "broken") else "open"


def promises_told(
    connection: Connection, first: date, last: date, period: Period, *, limit: int
) -> list[Standing]:
    """Return how the accepted promises stood at a period's end, the latest ones, in the order of their days.

    These are the open ones of the days ``first`` to ``last``, and those of which somebody said something in the
    period. Only from replies that were collected before its end.
    """
    near = and_(  # BETWEEN takes no collation on PostgreSQL
        proposals.c.due_on >= first.isoformat(), proposals.c.due_on <= last.isoformat()
    )
    said_of = proposals.c.id.in_(select(outcomes.c.proposal_id).where(outcomes.c.said_at >= period.start))
    promised = and_(
        proposals.c.state == "accepted",
        proposals.c.kind == "promise",
        mentions.c.collected_at < period.end,
        or_(near, said_of),
    )
    candidates = load_proposals(connection, promised)
    words = outcomes_of(connection, [kept.id for kept in candidates])
    found = [stood(kept, words.get(kept.id, ()), period) for kept in candidates]
    told = [
        each
        for each in found
        if each is not None
        and (
            each.outcome != "open"
            or each.moved_from is not None
            or (each.due_on is not None and first <= each.due_on <= last)
        )
    ]
    told.sort(key=lambda each: (each.due_on or last, each.kept.id))
    return told[-limit:]


def stood(kept: Kept, words: Sequence[Word], period: Period) -> Standing | None:
    """Return how a promise stood at a period's end; None for one that was closed before the period began."""
    due_on = kept.proposal.due_on
    for word in reversed(words):
        if word.at >= period.end and word.said == "renegotiated":
            due_on = word.due_before
    known = [word for word in words if word.at < period.end]
    outcome = outcome_after(known)
    if outcome != "open" and known[-1].at < period.start:
        return None
    moved = [word for word in known if word.at >= period.start and word.said == "renegotiated"]
    moved_from = moved[0].due_before if moved else None
    return Standing(kept, outcome, due_on, None if moved_from == due_on else moved_from)


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
