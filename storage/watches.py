"""What a rule that watches counts remembers of each partner or source: its last alert, and whether that still lasts.

When the alert goes (what it quoted was taken back before anybody was told), the memory goes with it, and what still
stands out is told anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Connection, Float, ForeignKey, Index, Table, delete, insert, select

from storage.schema import alerts, metadata, rules
from storage.types import RowNumber, UtcDateTime

watches = Table(
    "watches",
    metadata,
    Column("rule_id", RowNumber, ForeignKey("rules.id", ondelete="CASCADE"), primary_key=True),
    # A partner's or a source's row, 0 for all together; no key refers there, so that no name is kept and none held.
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("alert_id", RowNumber, ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    Column("usual", Float, nullable=False),
    Column("ended_at", UtcDateTime),  # null: it lasts
    sqlite_with_rowid=False,
)
Index("ix_watches_alert", watches.c.alert_id)  # an alert that goes


FLOOD = -1
"""Stands for what came too thick to be told one by one; ``usual`` holds for how many seconds it is gathered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is remembered of one partner or source, or of all together."""

    alert_id: int
    fired_at: datetime
    usual: float
    is_on: bool


def load_watches(connection: Connection, rule: str, kind: str) -> dict[int, Watched]:
    """Return what a rule remembers, by subject; nothing of a time when it was of another kind."""
    asked = (
        select(watches, alerts.c.fired_at)
        .join(rules, rules.c.id == watches.c.rule_id)
        .join(alerts, alerts.c.id == watches.c.alert_id)
        .where(rules.c.name == rule, alerts.c.kind == kind)
    )
    return {
        row.subject: Watched(
            alert_id=row.alert_id, fired_at=row.fired_at, usual=row.usual, is_on=row.ended_at is None
        )
        for row in connection.execute(asked)
    }


def begin_watch(connection: Connection, rule: str, subject: int, *, alert_id: int, usual: float) -> None:
    """Remember that a state has begun, and the alert that told of it."""
    rule_id = connection.execute(select(rules.c.id).where(rules.c.name == rule)).scalar_one()
    connection.execute(delete(watches).where(watches.c.rule_id == rule_id, watches.c.subject == subject))
    row = {"rule_id": rule_id, "subject": subject, "alert_id": alert_id, "usual": usual}
    connection.execute(insert(watches).values(row))


def end_watch(connection: Connection, rule: str, subject: int, *, now: datetime) -> None:
    """Remember that a state is over; the next one is news."""
    mine = watches.c.rule_id == select(rules.c.id).where(rules.c.name == rule).scalar_subquery()
    here = mine & (watches.c.subject == subject) & watches.c.ended_at.is_(None)
    connection.execute(watches.update().where(here).values(ended_at=now))
