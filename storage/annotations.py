"""What analysis says of mentions, and which of them the rules were not asked about yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, delete, select, true, update

from model import Annotation, Mention
from storage import claims
from storage.among import among
from storage.bulk import insert_rows
from storage.corrections import lay_over
from storage.engines import one_at_a_time
from storage.schema import mention_annotations, mentions
from storage.stored_words import content_hash
from storage.tag_rows import tag_rows


@dataclass(frozen=True, slots=True)
class Found:
    """What analysis found in a mention: its language and its tags, and by which version."""

    mention: Mention
    lang: str
    tags: Sequence[Annotation]
    version: str


def record_analyses(
    connection: Connection, found: Iterable[Found], *, rules_since: datetime | None = None
) -> list[Mention]:
    """Store mentions' tags in the place of earlier ones of a machine; what people said is laid over them.

    The mentions then wait for the rules; where ``rules_since`` is given, only those that were collected since. Return
    those that were stored, each once. One that was edited or taken back since it was loaded stays unanalysed: the
    words that its tags are about are gone.
    """
    by_id = {one.mention.id: one for one in found}
    stored = [by_id[row] for row in _as_they_were(connection, [one.mention for one in by_id.values()])]
    alike: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    for one in stored:
        alike[one.lang, one.version].append(one.mention.id)
    for (lang, version), rows in alike.items():
        done = {"lang": lang, "analyzed_as": version, "unmatched": _asks_the_rules(rules_since), **_NOBODYS}
        connection.execute(update(mentions).where(among(mentions.c.id, "rows")).values(done), {"rows": rows})
    heard = [one.mention for one in stored]
    connection.execute(_NO_TAGS, {"rows": [mention.id for mention in heard]})
    tags = lay_over(connection, [(one.mention, one.tags) for one in stored])
    rows_of_all = [row for mention, its in zip(heard, tags, strict=True) for row in tag_rows(mention, its)]
    insert_rows(connection, mention_annotations, rows_of_all)
    return heard


_NOBODYS = {"claimed_by": None, "claimed_until": None}
_NO_TAGS = delete(mention_annotations).where(among(mention_annotations.c.mention_id, "rows"))
_SAID = (
    select(mentions.c.id, mentions.c.content_hash)
    .where(among(mentions.c.id, "rows"), mentions.c.deleted_at.is_(None))
    .order_by(mentions.c.id)
    .with_for_update(key_share=True)  # no edit comes between this look and the tags
)


def _as_they_were(connection: Connection, heard: Sequence[Mention]) -> list[int]:
    """Return the ids of those whose words are as they were loaded, in order; they are held until all is written."""
    said = {mention.id: content_hash(mention) for mention in heard}
    standing = connection.execute(_SAID, {"rows": list(said)})
    return [row for row, words in standing if words == said[row]]


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
