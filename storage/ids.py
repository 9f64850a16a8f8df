"""Ids of mentions: time-ordered 63-bit integers, so that the order of ids is the order of publication.

41 bits of milliseconds since 2000-01-01 of ``published_at``, then 22 bits that tell apart the mentions of one
instant. Those are handed out in sequence: feeds have whole seconds, so random bits would collide. Full text
then comes newest first by itself (design.md, section 6). Ids follow publication: "greater than the last" never
means "newer to us".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, select

from storage.schema import mentions

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SEQUENCE_BITS = 22
PER_INSTANT = 1 << SEQUENCE_BITS


def instant(published_at: datetime | None, collected_at: datetime) -> int:
    """Return the milliseconds since 2000 that an id begins with.

    A moment before 2000 or more than a day ahead is nonsense, and the moment of collection stands for it.
    """
    moment = published_at
    if moment is None or not EPOCH <= moment <= collected_at + timedelta(days=1):
        moment = max(collected_at, EPOCH)
    return (moment - EPOCH) // timedelta(milliseconds=1)


def first_id(moment: datetime) -> int:
    """Return the smallest id that a mention of this moment or later can have: a bound for a range of ids."""
    return ((max(moment, EPOCH) - EPOCH) // timedelta(milliseconds=1)) << SEQUENCE_BITS


def next_ids(connection: Connection, instants: Sequence[int]) -> list[int]:
    """Return an id for each instant, in order, that no mention has; the caller writes them in this transaction."""
    counted: dict[int, int] = {}
    ids = _in_sequence(instants, counted)
    crowded = {row >> SEQUENCE_BITS for row in _taken(connection, ids)}
    if not crowded:  # by far the most: one query for the whole batch
        return ids
    return _in_sequence(instants, {moment: _used(connection, moment) for moment in crowded})


def _in_sequence(instants: Sequence[int], used: dict[int, int]) -> list[int]:
    ids = []
    for moment in instants:
        number = used.get(moment, 0)
        used[moment] = number + 1
        ids.append((moment << SEQUENCE_BITS) + number)
    return ids


def _taken(connection: Connection, ids: Sequence[int]) -> list[int]:
    asked = select(mentions.c.id).where(mentions.c.id.in_(bindparam("ids", expanding=True)))
    return [
        row
        for start in range(0, len(ids), 500)
        for row in connection.execute(asked, {"ids": ids[start : start + 500]}).scalars()
    ]


def _used(connection: Connection, moment: int) -> int:
    first = moment << SEQUENCE_BITS
    inside = and_(mentions.c.id >= first, mentions.c.id < first + PER_INSTANT)
    highest = connection.execute(select(func.max(mentions.c.id)).where(inside)).scalar_one()
    return int(highest) - first + 1
