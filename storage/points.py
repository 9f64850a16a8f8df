"""What the rules that watch counts look at: each mention of some stretches of time as a point."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, FromClause, and_, literal, or_, select

from model import Period, Point
from storage.query.conditions import Asking, condition
from storage.query.moments import Clock
from storage.query.parse import parse
from storage.query.resolve import resolved
from storage.schema import mention_annotations, mention_sources, mentions, partners, sources

Each = Literal["partner", "source"] | None

TOGETHER = 0
"""Stands for a subject where all that matches is watched together."""
WELL = ("ok", "quiet")


def load_points(
    connection: Connection,
    words: str,
    *,
    each: Each,
    partners_only: bool,
    stretches: Sequence[Period],
    clock: Clock,
) -> list[Point]:
    """Return what others said and matches a query, by its time of collection, in that order.

    ``each``: a point for the partner who speaks, or for each source that brought it; what is nobody's is left out.
    A stretch is without its beginning and with its end: what is collected at this moment counts.
    Raise NeedsAttention where the query names a saved search that is gone.
    """
    place, subject = _subjects(each)
    at = mentions.c.collected_at
    asked: list[ColumnElement[bool]] = [
        or_(*(and_(at > stretch.start, at <= stretch.end) for stretch in stretches)),
        mentions.c.deleted_at.is_(None),
        ~mentions.c.by_us,
    ]
    if each == "partner" or partners_only:
        asked.append(mentions.c.author_partner_id.is_not(None))
    tree = parse(words)
    if tree is not None:
        asked.append(condition(Asking(connection, clock), resolved(connection, tree)))
    tag = mention_annotations
    negative = (
        select(literal(1))
        .where(tag.c.mention_id == mentions.c.id, tag.c.kind == "sentiment", tag.c.label == "negative")
        .correlate(mentions)
        .exists()
    )
    found = (
        select(
            mentions.c.id,
            subject.label("subject"),
            at,
            mentions.c.published_at,
            mentions.c.story_id,
            negative.label("negative"),
        )
        .select_from(place)
        .where(*asked)
        .order_by(at, mentions.c.id)
    )
    return [
        Point(
            id=row.id,
            subject=row.subject,
            collected_at=row.collected_at,
            published_at=row.published_at,
            story=row.story_id,
            negative=bool(row.negative),
        )
        for row in connection.execute(found)
    ]


def subjects(connection: Connection, each: Each) -> dict[int, str]:
    """Return the names of those that are watched: partners that were not removed, or sources that we listen to."""
    if each is None:
        return {TOGETHER: ""}
    table = partners if each == "partner" else sources
    here = select(table.c.id, table.c.name).where(table.c.removed_at.is_(None))
    return {row: name for row, name in connection.execute(here)}


def unheard(connection: Connection, each: Each, *, since: datetime) -> set[int]:
    """Return the partners or sources that nobody can hear just now, so that their silence says nothing.

    A source that fails, is off or is paused; a partner whom such a source has brought since then.
    """
    if each is None:
        return set()
    deaf = or_(sources.c.status.not_in(WELL), sources.c.paused_at.is_not(None))
    if each == "source":
        return set(connection.execute(select(sources.c.id).where(deaf)).scalars())
    ids = connection.execute(select(sources.c.id).where(deaf)).scalars().all()
    if not ids:
        return set()
    brought = and_(mention_sources.c.source_id.in_(ids), mention_sources.c.first_seen_at > since)
    voices = (
        select(mentions.c.author_partner_id)
        .join(mention_sources, mention_sources.c.mention_id == mentions.c.id)
        .where(brought, mentions.c.author_partner_id.is_not(None))
        .distinct()
    )
    return set(connection.execute(voices).scalars())


def _subjects(each: Each) -> tuple[FromClause, ColumnElement[int]]:
    if each == "partner":
        return mentions, mentions.c.author_partner_id
    if each == "source":
        mine = mention_sources.c.mention_id == mentions.c.id
        return mentions.join(mention_sources, mine), mention_sources.c.source_id
    return mentions, literal(TOGETHER)
