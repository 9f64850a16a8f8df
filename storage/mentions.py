"""Mentions go in: new ones, edits as revisions, and what was known already.

A mention is unique by (channel, scope, external id), however many sources meet it and however often. Everything
here is idempotent: the same batch twice leaves what it left once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, select, update

from model import Mention
from storage import kept_out
from storage.among import among
from storage.authors import add_authors
from storage.bulk import insert_rows
from storage.edits import Known, correct, revise, rewrite
from storage.engines import one_at_a_time
from storage.ids import instant, next_ids
from storage.mention_rows import VOICE, speaker_of, when_said, words_of
from storage.schema import mention_sources, mentions, search_texts
from storage.stored_words import as_stored, content_hash

Key = tuple[str, str, str]
"""Channel, scope and external id."""

_KNOWN = (
    select(
        mentions.c.external_id,
        mentions.c.id,
        mentions.c.content_hash,
        mentions.c.deleted_at.is_not(None),
        mentions.c.undated,
        mentions.c.parent_external_id,
        mentions.c.thread_external_id,
        mention_sources.c.content_hash,
    )
    .outerjoin(
        mention_sources,
        and_(
            mention_sources.c.mention_id == mentions.c.id, mention_sources.c.source_id == bindparam("source")
        ),
    )
    .where(
        mentions.c.channel == bindparam("channel"),
        mentions.c.scope == bindparam("scope"),
        among(mentions.c.external_id, "external_ids"),
    )
)


@dataclass(slots=True)
class Added:
    """What one batch brought: ids of mentions, but for ``unchanged``, which is a count."""

    new: list[int] = field(default_factory=list)
    edited: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)  # were deleted at the source, and are there again
    unchanged: int = 0


def add_mentions(connection: Connection, source_id: int, heard: Sequence[Mention], *, now: datetime) -> Added:
    """Store what one batch of a source says; ``now`` is the time of collection."""
    one_at_a_time(connection, "mentions")  # ids in sequence, and each mention once, need one writer of them
    allowed = kept_out.let_in(connection, [as_stored(mention) for mention in heard], f"source:{source_id}")
    batch = {_key(mention, source_id): mention for mention in allowed}
    known = _known(connection, list(batch), source_id)
    added = Added()
    fresh: dict[Key, Mention] = {}
    for key, mention in batch.items():
        before = known.get(key)
        if before is None:
            fresh[key] = mention
        elif before.deleted:
            rewrite(connection, before.id, mention, {"deleted_at": None}, source_id=source_id)
            added.returned.append(before.id)
        elif content_hash(mention) in (before.content_hash, before.said_here):
            added.unchanged += 1
            correct(connection, before, mention, now=now)
        else:
            revise(connection, before.id, mention, source_id=source_id, now=now)
            added.edited.append(before.id)
    first_heard = _insert(connection, fresh, source_id, now=now)
    added.new = list(first_heard)
    _record_sources(connection, source_id, first_heard, [(known[key], batch[key]) for key in known], now=now)
    return added


def _key(mention: Mention, source_id: int) -> Key:
    scope = f"source:{source_id}" if mention.scope is None else mention.scope
    return mention.channel, scope, mention.external_id


def _known(connection: Connection, keys: Sequence[Key], source_id: int) -> dict[Key, Known]:
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    for channel, scope, external_id in keys:
        by_place[(channel, scope)].append(external_id)
    known = {}
    for (channel, scope), external_ids in by_place.items():
        place = {"source": source_id, "channel": channel, "scope": scope, "external_ids": external_ids}
        for external_id, *rest in connection.execute(_KNOWN, place):
            known[(channel, scope, external_id)] = Known(*rest)
    return known


def _insert(
    connection: Connection, fresh: Mapping[Key, Mention], source_id: int, *, now: datetime
) -> dict[int, str]:
    """Store what is new; return the hash of its words by its id, in order."""
    if not fresh:
        return {}
    people = add_authors(connection, list(fresh.values()))
    voice = connection.execute(VOICE, {"source": source_id}).scalar()
    ids = next_ids(connection, [instant(mention.published_at, now) for mention in fresh.values()])
    rows, texts = [], []
    for row_id, (key, mention) in zip(ids, fresh.items(), strict=True):
        said, found_by = words_of(mention)
        texts.append({"mention_id": row_id, **found_by})
        rows.append(
            {
                "id": row_id,
                "channel": key[0],
                "scope": key[1],
                "external_id": key[2],
                "collected_at": now,
                "story_id": row_id,
                **when_said(mention, now=now),
                **said,
                **speaker_of(mention, people, voice),
            }
        )
    insert_rows(connection, mentions, rows)
    insert_rows(connection, search_texts, texts)
    return dict(zip(ids, (str(row["content_hash"]) for row in rows), strict=True))


def _record_sources(
    connection: Connection,
    source_id: int,
    first_heard: Mapping[int, str],
    met: Iterable[tuple[Known, Mention]],
    *,
    now: datetime,
) -> None:
    """Record that this source brought these mentions, and what it said of each."""
    brought = dict(first_heard)
    changed = []
    for before, mention in met:
        said = content_hash(mention)
        if before.said_here is None:
            brought[before.id] = said
        elif before.said_here != said:
            changed.append({"row": before.id, "said": said})
    if brought:
        place = {"source_id": source_id, "first_seen_at": now}
        rows = [{**place, "mention_id": row, "content_hash": said} for row, said in brought.items()]
        insert_rows(connection, mention_sources, rows)
    if changed:
        here = update(mention_sources).where(
            mention_sources.c.source_id == source_id, mention_sources.c.mention_id == bindparam("row")
        )
        connection.execute(here.values(content_hash=bindparam("said")), changed)
