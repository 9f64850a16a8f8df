"""What analysis says of mentions, and which of them the rules were not asked about yet."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from model import Annotation, Mention
from storage import claims
from storage.engines import one_at_a_time
from storage.mentions import content_hash
from storage.schema import mention_annotations, mentions

log = logging.getLogger(__name__)

LONGEST_LABEL = 250
"""Code points of a label: it stands in an index."""


def record_analysis(
    connection: Connection, mention: Mention, lang: str, tags: Sequence[Annotation], *, version: str
) -> bool:
    """Store a mention's tags in the place of earlier ones of a machine; what a person said stays.

    The mention then waits for the rules. Return False, and leave it unanalysed, when it was edited or taken
    back since it was loaded: the words that these tags are about are gone.
    """
    unchanged = and_(
        mentions.c.id == mention.id,
        mentions.c.content_hash == content_hash(mention),
        mentions.c.deleted_at.is_(None),
    )
    done = {
        "lang": lang,
        "analyzed_as": version,
        "unmatched": True,
        "claimed_by": None,
        "claimed_until": None,
    }
    if connection.execute(update(mentions).where(unchanged).values(done)).rowcount == 0:
        return False
    table = mention_annotations
    connection.execute(delete(table).where(table.c.mention_id == mention.id, table.c.origin != "person"))
    kept = _said_by_a_person(connection, mention)
    rows = [row for row in _rows(mention, tags) if row["kind"] not in kept]
    if rows:
        connection.execute(insert(table), rows)
    return True


def unmatched(connection: Connection, *, now: datetime, limit: int) -> list[int]:
    """Return ids of mentions that were analysed and that no rule was asked about yet, oldest first."""
    one_at_a_time(connection, "rules")  # two that ask the rules at once would tell of a case twice
    undone = and_(mentions.c.unmatched, mentions.c.deleted_at.is_(None), claims.is_free(mentions, now=now))
    return list(
        connection.execute(select(mentions.c.id).where(undone).order_by(mentions.c.id).limit(limit)).scalars()
    )


def mark_matched(connection: Connection, ids: Sequence[int]) -> None:
    """Say that every rule was asked about these mentions."""
    one = update(mentions).where(mentions.c.id == bindparam("row")).values(unmatched=False)
    if ids:
        connection.execute(one, [{"row": row} for row in ids])


def _said_by_a_person(connection: Connection, mention: Mention) -> set[str]:
    table = mention_annotations
    kinds = (
        select(table.c.kind).where(table.c.mention_id == mention.id, table.c.origin == "person").distinct()
    )
    return set(connection.execute(kinds).scalars())


def _is_whole(tag: Annotation) -> bool:
    """Tell whether a tag can be stored: a plug-in may say anything, and must not take its neighbours with it."""
    words: tuple[object, ...] = (tag.kind, tag.label)
    numbers: tuple[object, ...] = (tag.confidence, 0.0 if tag.score is None else tag.score)
    named = all(isinstance(word, str) and word != "" for word in words)
    return named and all(isinstance(number, int | float) and isfinite(number) for number in numbers)


def _rows(mention: Mention, tags: Sequence[Annotation]) -> list[dict[str, Any]]:
    seen: dict[tuple[str, str], int] = {}
    rows = []
    for tag in tags:
        if not _is_whole(tag):
            log.warning(
                "a tag without a kind, a label or a confidence is left out", extra={"mention": mention.id}
            )
            continue
        key = (tag.kind, tag.label[:LONGEST_LABEL])
        n = seen.get(key, 0)
        seen[key] = n + 1
        rows.append(
            {
                "mention_id": mention.id,
                "kind": tag.kind,
                "label": tag.label[:LONGEST_LABEL],
                "n": n,
                "score": tag.score,
                "confidence": tag.confidence,
                "because": [
                    {
                        "in": why.place,
                        "start": why.start,
                        "end": why.end,
                        "text": why.text,
                        "weight": why.weight,
                    }
                    for why in tag.because
                ],
                "origin": tag.origin,
                "version": tag.version,
            }
        )
    return rows
