"""What analysis says of mentions, and which of them the rules were not asked about yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, delete, insert, select, true, update

from model import Annotation, Mention
from storage import claims
from storage.corrections import lay_over
from storage.engines import one_at_a_time
from storage.mentions import content_hash
from storage.schema import mention_annotations, mentions
from storage.tag_rows import tag_rows


def record_analysis(
    connection: Connection,
    mention: Mention,
    lang: str,
    tags: Sequence[Annotation],
    *,
    version: str,
    rules_since: datetime | None = None,
) -> bool:
    """Store a mention's tags in the place of earlier ones of a machine; what a person said is laid over them.

    The mention then waits for the rules; where ``rules_since`` is given, only if it was collected since. Return
    False, and leave it unanalysed, when it was edited or taken back since it was loaded: the words that these tags
    are about are gone.
    """
    unchanged = and_(
        mentions.c.id == mention.id,
        mentions.c.content_hash == content_hash(mention),
        mentions.c.deleted_at.is_(None),
    )
    done = {
        "lang": lang,
        "analyzed_as": version,
        "unmatched": _asks_the_rules(rules_since),
        "claimed_by": None,
        "claimed_until": None,
    }
    if connection.execute(update(mentions).where(unchanged).values(done)).rowcount == 0:
        return False
    table = mention_annotations
    connection.execute(delete(table).where(table.c.mention_id == mention.id))
    rows = tag_rows(mention, lay_over(connection, mention, tags))
    if rows:
        connection.execute(insert(table), rows)
    return True


def _asks_the_rules(since: datetime | None) -> ColumnElement[bool]:
    if since is None:
        return true()
    return case((mentions.c.collected_at >= since, true()), else_=mentions.c.unmatched)


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
