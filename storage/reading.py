"""Mentions come out: whole, with their tags, their sources and what they answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from model import Annotation, Author, Mention, Period, Reason
from storage.among import among
from storage.schema import authors, mention_annotations, mention_sources, mentions, partners, sources
from storage.waiting import Thread

AT_ONCE = 500
OF_A_MENTION: Mapping[str, ColumnElement[Any]] = {
    "id": mentions.c.id,
    "channel": mentions.c.channel,
    "scope": mentions.c.scope,
    "external_id": mentions.c.external_id,
    "url": mentions.c.url,
    "by_us": mentions.c.by_us,
    "title": mentions.c.title,
    "text": mentions.c.text,
    "lang": func.coalesce(func.nullif(mentions.c.lang, ""), mentions.c.lang_hint),
    "published_at": mentions.c.published_at,
    "undated": mentions.c.undated,
    "collected_at": mentions.c.collected_at,
    "edited_at": mentions.c.edited_at,
    "deleted_at": mentions.c.deleted_at,
    "parent_id": mentions.c.parent_external_id,
    "thread_id": mentions.c.thread_external_id,
    "story_id": mentions.c.story_id,
    "raw": mentions.c.raw,
}
"""What a mention's own row says of it."""
OF_A_TAG = ("mention_id", "kind", "label", "score", "confidence", "because", "origin", "version")


def load_mentions(connection: Connection, ids: Sequence[int]) -> list[Mention]:
    """Return the mentions with these ids, in the order of the ids asked for; unknown ids are left out."""
    found: dict[int, Mention] = {}
    for start in range(0, len(ids), AT_ONCE):
        found |= _load(connection, list(ids[start : start + AT_ONCE]))
    return [found[row] for row in ids if row in found]


def thread_of(mention: Mention) -> Thread:
    """Return the thread of a mention that the store has handed out."""
    return mention.channel, mention.scope or "", mention.thread_id or mention.external_id


def collected_in(connection: Connection, period: Period) -> list[int]:
    """Return the ids of what was collected in a period and is not deleted, oldest first."""
    inside = and_(mentions.c.collected_at >= period.start, mentions.c.collected_at < period.end)
    kept = select(mentions.c.id).where(inside, mentions.c.deleted_at.is_(None)).order_by(mentions.c.id)
    return list(connection.execute(kept).scalars())


def waiting(
    connection: Connection, *, limit: int, until: datetime, since: datetime | None = None
) -> list[int]:
    """Return ids of unanswered concerns and questions collected before ``until``, oldest first.

    since: only what was collected then or later.
    """
    asked = select(mentions.c.id).where(_waits(until)).order_by(mentions.c.id).limit(limit)
    if since is not None:
        asked = asked.where(mentions.c.collected_at >= since)
    return list(connection.execute(asked).scalars())


def count_waiting(connection: Connection, *, until: datetime) -> int:
    """Return how many unanswered concerns and questions were collected before ``until``."""
    # Not the bare column: SQLite would begin with all that was collected: 193 ms at 100,000, not 9 (3,000 wait).
    collected = func.coalesce(mentions.c.collected_at, until) < until
    asked = select(func.count()).where(mentions.c.waits, mentions.c.deleted_at.is_(None), collected)
    return connection.execute(asked).scalar_one()


def _waits(until: datetime) -> ColumnElement[bool]:
    return and_(mentions.c.waits, mentions.c.deleted_at.is_(None), mentions.c.collected_at < until)


def _load(connection: Connection, ids: list[int]) -> dict[int, Mention]:
    tags, places = _tags(connection, ids), _sources(connection, ids)
    rows = connection.execute(_whole(), {"ids": ids}).all()
    return {row[0]: _mention(row, tags.get(row[0], ()), places.get(row[0], ())) for row in rows}


@cache  # made anew each time, these statements took more than half of a page of 50 (measured)
def _whole() -> Select[Any]:
    """Return the statement for mentions by their ``ids``, with what stands beside them."""
    parent, root = mentions.alias("parent"), mentions.alias("root")
    answers = and_(
        parent.c.channel == mentions.c.channel,
        parent.c.scope == mentions.c.scope,
        parent.c.external_id == mentions.c.parent_external_id,
    )
    begins = and_(
        root.c.channel == mentions.c.channel,
        root.c.scope == mentions.c.scope,
        root.c.external_id == mentions.c.thread_external_id,
        root.c.id != mentions.c.id,
    )
    return (
        select(
            *OF_A_MENTION.values(),
            *(authors.c.handle, authors.c.name, authors.c.url, authors.c.external_id),
            *(partners.c.name, parent.c.text, parent.c.by_us, root.c.by_us),
        )
        .outerjoin(authors, authors.c.id == mentions.c.author_id)
        .outerjoin(partners, partners.c.id == mentions.c.author_partner_id)
        .outerjoin(parent, answers)
        .outerjoin(root, begins)
        .where(among(mentions.c.id, "ids"))
    )


@cache
def _tagged() -> Select[Any]:
    table = mention_annotations
    given = (table.c[name] for name in OF_A_TAG)
    order = (table.c.mention_id, table.c.kind, table.c.n, table.c.label)
    return select(*given).where(among(table.c.mention_id, "ids")).order_by(*order)


@cache
def _brought() -> Select[Any]:
    return (
        select(mention_sources.c.mention_id, sources.c.name)
        .join(sources, sources.c.id == mention_sources.c.source_id)
        .where(among(mention_sources.c.mention_id, "ids"))
        .order_by(mention_sources.c.first_seen_at, sources.c.name)
    )


def _tags(connection: Connection, ids: list[int]) -> dict[int, list[Annotation]]:
    tags: dict[int, list[Annotation]] = defaultdict(list)
    for mention, kind, label, score, confidence, because, origin, version in connection.execute(
        _tagged(), {"ids": ids}
    ).all():
        tags[mention].append(
            Annotation(
                kind=kind,
                label=label,
                score=score,
                confidence=confidence,
                because=_reasons(because),
                origin=origin,
                version=version,
            )
        )
    return tags


def _reasons(because: object) -> tuple[Reason, ...]:
    """Return why a tag was given; nothing where the row is damaged: the words that it is about are whole."""
    try:
        return tuple(map(_reason, because))  # type: ignore[call-overload]
    except (TypeError, KeyError):
        return ()


def _reason(said: Mapping[str, Any]) -> Reason:
    return Reason(
        place=said["in"], start=said["start"], end=said["end"], text=said["text"], weight=said["weight"]
    )


def _sources(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    places: dict[int, list[str]] = defaultdict(list)
    for mention, name in connection.execute(_brought(), {"ids": ids}).all():
        places[mention].append(name)
    return places


def _mention(row: Row[Any], tags: Sequence[Annotation], places: Sequence[str]) -> Mention:
    # By place: to look 27 columns up by their names took a fifth of a page of 50.
    own, beside = dict(zip(OF_A_MENTION, row, strict=False)), row[len(OF_A_MENTION) :]
    handle, name, url, external_id, partner, parent_text, parent_by_us, root_by_us = beside
    return Mention(
        **own,
        author=None if handle is None else Author(handle, name, url, external_id),
        author_partner=partner,
        sources=tuple(places),
        parent_text=parent_text or "",
        in_our_thread=bool(parent_by_us or root_by_us),
        annotations=tuple(tags),
    )
