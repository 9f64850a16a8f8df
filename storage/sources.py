"""Sources as the store keeps them: where each goes on, how it is doing, and when it is asked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

from model import Attempt, Cursor, SourceState
from storage.among import among
from storage.attempts import keep_attempts
from storage.schema import KEPT_BY_HAND, mention_sources, mentions, partners, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSource:
    """What a reading starts from."""

    id: int
    name: str
    channel: str
    cursor: Cursor
    every: timedelta
    failures: int
    missing_since: datetime | None
    asked_to_wait_until: datetime | None
    last_new_at: datetime | None
    moved_to: str | None
    silence: timedelta | None
    created_at: datetime
    is_off: bool
    unread: str = ""
    """What of its last reading could not be read, where that went well."""


_ONE = update(sources).where(sources.c.id == bindparam("row"))
_ONE_HELD = _ONE.where(sources.c.claimed_by == bindparam("holder"))
# Not all columns: each time and each JSON is turned into an object, and twice as many stand there.
_NEEDED = (
    "id name channel cursor every_seconds failures missing_since asked_to_wait_until last_new_at moved_to "
    "silence_seconds created_at status reason"
)
_KEPT = (
    select(*(sources.c[name] for name in _NEEDED.split()))
    .where(among(sources.c.id, "ids"))
    .order_by(sources.c.name)
)
_LATEST = (
    select(mentions.c.published_at)
    .join(
        mention_sources,
        and_(
            mention_sources.c.mention_id == mentions.c.id, mention_sources.c.source_id == bindparam("source")
        ),
    )
    .order_by(mention_sources.c.mention_id.desc())
    .limit(bindparam("most"))
)


def load_sources(connection: Connection, ids: Sequence[int]) -> list[KeptSource]:
    """Return the sources with these ids, by name."""
    return [
        KeptSource(
            id=row.id,
            name=row.name,
            channel=row.channel,
            cursor=row.cursor or {},  # a damaged one is read anew
            every=timedelta(seconds=row.every_seconds),
            failures=row.failures,
            missing_since=row.missing_since,
            asked_to_wait_until=row.asked_to_wait_until,
            last_new_at=row.last_new_at,
            moved_to=row.moved_to,
            silence=None if row.silence_seconds is None else timedelta(seconds=row.silence_seconds),
            created_at=row.created_at,
            is_off=row.status == "off",
            unread=row.reason if row.status == "ok" else "",
        )
        for row in connection.execute(_KEPT, {"ids": list(ids)})
    ]


def save_cursor(
    connection: Connection,
    source_id: int,
    cursor: Cursor,
    *,
    new_at: datetime | None,
    moved_to: str | None,
    silence: timedelta | None = None,
) -> None:
    """Save where a source goes on, in the transaction that stores what it said up to there.

    ``silence`` is longer than its usual pauses; None: as it was.
    """
    values: dict[str, object] = {"cursor": cursor}
    if new_at is not None:
        values["last_new_at"] = new_at
    if silence is not None:
        values["silence_seconds"] = int(silence / timedelta(seconds=1))
    if moved_to is not None:
        values["moved_to"] = moved_to
    connection.execute(_ONE, {"row": source_id, **values})


def exchange_cursor(connection: Connection, source_id: int, before: Cursor, after: Cursor) -> None:
    """Save a cursor in the place of another, if that still stands there: a reading goes before."""
    mine = and_(sources.c.id == source_id, sources.c.cursor == before)
    connection.execute(update(sources).where(mine).values(cursor=after))


def latest_published(connection: Connection, source_id: int, *, limit: int) -> list[datetime]:
    """Return when a source's latest mentions were published: its rhythm."""
    return list(connection.execute(_LATEST, {"source": source_id, "most": limit}).scalars())


def save_quota(connection: Connection, source_id: int, left: int, until: datetime | None) -> None:
    """Save what the service said it still allows."""
    row = update(sources).where(sources.c.id == source_id)
    connection.execute(row.values(quota_left=left, quota_until=until))


def ask_to_wait(connection: Connection, source_id: int, until: datetime) -> None:
    """Save that the service asked for a pause: neither it nor its mentions are asked about before."""
    mine = update(sources).where(sources.c.id == source_id)
    connection.execute(mine.values(asked_to_wait_until=until))
    connection.execute(mine.where(sources.c.next_attempt_at < until).values(next_attempt_at=until))


def answering(connection: Connection, *, now: datetime) -> list[int]:
    """Return the ids of the sources that may be asked something now: not off, paused or waiting."""
    free = or_(sources.c.asked_to_wait_until.is_(None), sources.c.asked_to_wait_until <= now)
    listened = and_(sources.c.removed_at.is_(None), sources.c.paused_at.is_(None), sources.c.status != "off")
    return list(
        connection.execute(select(sources.c.id).where(listened, free).order_by(sources.c.name)).scalars()
    )


def save_attempts(
    connection: Connection, attempts: Sequence[tuple[int, Attempt]], *, now: datetime, holder: str
) -> None:
    """Save how readings of sources ended, as ``save_attempt`` does.

    Nothing is saved of a source that somebody else than the holder has claimed by now: it is not its to say.
    """
    keep_attempts(connection, dict(attempts), now=now, holder=holder)
    rows = [_attempt_row(source_id, attempt, now=now) | {"holder": holder} for source_id, attempt in attempts]
    for answered in (True, False):  # all rows of one statement set the same columns
        alike = [row for row in rows if ("last_success_at" in row) is answered]
        if alike:
            connection.execute(_ONE_HELD, alike)


def save_attempt(connection: Connection, source_id: int, attempt: Attempt, *, now: datetime) -> None:
    """Save how a reading ended and when the next one is, and give the source back."""
    keep_attempts(connection, {source_id: attempt}, now=now)
    connection.execute(_ONE, _attempt_row(source_id, attempt, now=now))


def _attempt_row(source_id: int, attempt: Attempt, *, now: datetime) -> dict[str, object]:
    values: dict[str, object] = {
        "row": source_id,
        "status": attempt.status,
        "reason": attempt.reason,
        "next_attempt_at": attempt.next_attempt_at,
        "failures": attempt.failures,
        "missing_since": attempt.missing_since,
        "asked_to_wait_until": attempt.asked_to_wait_until,
        "last_attempt_at": now,
        "claimed_by": None,
        "claimed_until": None,
    }
    if attempt.status in ("ok", "quiet"):
        values["last_success_at"] = now
    return values


def source_states(connection: Connection) -> list[SourceState]:
    """Return how every listened-to source is doing now, by name; ``heard`` counts all that it was first to bring."""
    brought = mention_sources.c.source_id == sources.c.id
    heard = select(func.count()).select_from(mention_sources).where(brought).scalar_subquery()
    asked = (
        select(sources, partners.c.name.label("partner"), heard.label("heard"))
        .outerjoin(partners, partners.c.id == sources.c.partner_id)
        .where(sources.c.removed_at.is_(None), sources.c.channel != KEPT_BY_HAND)
        .order_by(sources.c.name)
    )
    return [_state(row) for row in connection.execute(asked)]


def _state(row: Row[Any]) -> SourceState:
    status, reason = row.status, row.reason
    if row.paused_at is not None:
        status, reason = "off", "paused"
    return SourceState(
        name=row.name,
        channel=row.channel,
        status=status,
        reason=reason,
        partner=row.partner,
        next_attempt_at=row.next_attempt_at,
        last_success_at=row.last_success_at,
        last_new_at=row.last_new_at,
        failures=row.failures,
        quota_left=row.quota_left,
        quota_until=row.quota_until,
        heard=row.heard,
    )


def listening_since(connection: Connection) -> datetime | None:
    """Return when the first source was added, or None while there is none: no digest reaches back before it."""
    return connection.execute(select(sources.c.created_at).order_by(sources.c.created_at).limit(1)).scalar()
