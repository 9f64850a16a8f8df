"""Mentions go in: new ones, edits as revisions, and what was known already.

A mention is unique by (channel, scope, external id), however many sources meet it and however often. Everything
here is idempotent: the same batch twice leaves what it left once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from model import Mention
from storage import kept_out
from storage.among import among
from storage.authors import AuthorKey, add_authors, author_key, forget_the_unheard
from storage.bulk import insert_rows
from storage.engines import one_at_a_time
from storage.ids import EPOCH, instant, next_ids
from storage.schema import mention_sources, mentions, revisions, search_texts, sources
from storage.stored_words import as_stored, content_hash
from storage.waiting import refresh_waiting
from storage.words import length_of_title, search_text
from text import token_list

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
_VOICE = select(sources.c.partner_id).where(sources.c.id == bindparam("source"))


@dataclass(slots=True)
class Added:
    """What one batch brought: ids of mentions, but for ``unchanged``, which is a count."""

    new: list[int] = field(default_factory=list)
    edited: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)  # were deleted at the source, and are there again
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the store has of a mention that a source yields again."""

    id: int
    content_hash: str
    deleted: bool
    undated: bool
    parent_id: str | None
    thread_id: str
    said_here: str | None
    """The hash of what this source said of it last; null: it has not brought it yet."""


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
            _rewrite(connection, before.id, mention, {"deleted_at": None}, source_id=source_id)
            added.returned.append(before.id)
        elif content_hash(mention) in (before.content_hash, before.said_here):
            added.unchanged += 1
            _correct(connection, before, mention, now=now)
        else:
            _revise(connection, before.id, mention, source_id=source_id, now=now)
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
    voice = connection.execute(_VOICE, {"source": source_id}).scalar()
    ids = next_ids(connection, [instant(mention.published_at, now) for mention in fresh.values()])
    rows, texts = [], []
    for row_id, (key, mention) in zip(ids, fresh.items(), strict=True):
        said, found_by = _said(mention)
        texts.append({"mention_id": row_id, **found_by})
        rows.append(
            {
                "id": row_id,
                "channel": key[0],
                "scope": key[1],
                "external_id": key[2],
                "collected_at": now,
                "story_id": row_id,
                **_when(mention, now=now),
                **said,
                **_by(mention, people, voice),
            }
        )
    insert_rows(connection, mentions, rows)
    insert_rows(connection, search_texts, texts)
    return dict(zip(ids, (str(row["content_hash"]) for row in rows), strict=True))


def _when(mention: Mention, *, now: datetime) -> dict[str, object]:
    """Return the clock of publication, and whether it is only the time of collection for want of a better."""
    published = mention.published_at
    undated = published is None or not EPOCH <= published <= now + timedelta(days=1)
    return {"published_at": now if undated else published, "undated": undated}


def _said(mention: Mention) -> tuple[dict[str, object], dict[str, object]]:
    """Return what a mention says, and the search text by which it is found."""
    # 5 times the work when asked for each use
    title_words, words = token_list(mention.title), token_list(mention.text)
    said: dict[str, object] = {
        "url": mention.url,
        "title": mention.title,
        "text": mention.text,
        "content_hash": content_hash(mention),
        "lang_hint": mention.lang,
        "edited_at": mention.edited_at,
        "parent_external_id": mention.parent_id,
        "thread_external_id": mention.thread_id or mention.external_id,
        "raw": mention.raw,
    }
    found_by = search_text(title_words, words, mention.lang)
    return said, {"said": found_by, "title_length": length_of_title(title_words, found_by)}


def _by(
    mention: Mention, people: Mapping[AuthorKey, tuple[int, int | None, bool]], voice: int | None
) -> dict[str, object]:
    """Return who speaks: a known handle comes before the partner whose voice the source is."""
    key = author_key(mention)
    row, partner, ours = people[key] if key is not None else (None, None, False)
    return {"author_id": row, "author_partner_id": voice if partner is None else partner, "by_us": ours}


def _revise(connection: Connection, row_id: int, mention: Mention, *, source_id: int, now: datetime) -> None:
    before = connection.execute(
        select(mentions.c.title, mentions.c.text).where(mentions.c.id == row_id)
    ).one()
    earlier = {"mention_id": row_id, "title": before.title, "text": before.text, "replaced_at": now}
    connection.execute(insert(revisions).values(earlier))
    edited_at = mention.edited_at or now
    _rewrite(connection, row_id, replace(mention, edited_at=edited_at), {}, source_id=source_id)


def _correct(connection: Connection, before: Known, mention: Mention, *, now: datetime) -> None:
    """Write down what is known better of a mention whose words are as they were: its date, and what it answers.

    Only what was missing is taken of dates, for some feeds date everything anew at each reading.
    """
    better: dict[str, object] = {}
    if before.undated and not (when := _when(mention, now=now))["undated"]:
        better |= when
    if mention.parent_id is not None and mention.parent_id != before.parent_id:
        better["parent_external_id"] = mention.parent_id
    if mention.thread_id is not None and mention.thread_id != before.thread_id:
        better["thread_external_id"] = mention.thread_id
    if better:
        connection.execute(update(mentions).where(mentions.c.id == before.id).values(better))
        if "thread_external_id" in better:
            scope = select(mentions.c.scope).where(mentions.c.id == before.id)
            place = mention.channel, connection.execute(scope).scalar_one()
            refresh_waiting(connection, [(*place, before.thread_id), (*place, str(mention.thread_id))])


def _rewrite(
    connection: Connection, row_id: int, mention: Mention, also: Mapping[str, object], *, source_id: int
) -> None:
    """Write what a mention says now; it is analysed and matched anew. Its id and its times stay."""
    people = add_authors(connection, [mention])
    voice = connection.execute(_VOICE, {"source": source_id}).scalar()
    # Whoever is at work on it has the earlier words: the claim is given back.
    anew = {"analyzed_as": None, "unmatched": False, "claimed_by": None, "claimed_until": None}
    words, found_by = _said(mention)
    said = {**words, **_by(mention, people, voice), **anew, **also}
    before = connection.execute(select(mentions.c.author_id).where(mentions.c.id == row_id)).scalar()
    connection.execute(update(mentions).where(mentions.c.id == row_id).values(said))
    connection.execute(delete(search_texts).where(search_texts.c.mention_id == row_id))
    connection.execute(insert(search_texts).values(mention_id=row_id, **found_by))
    if before is not None and before != said["author_id"]:  # the name is another one by now
        forget_the_unheard(connection, [before])


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


def earlier_texts(connection: Connection, mention_id: int) -> list[tuple[str, str, datetime]]:
    """Return a mention's revisions as (title, text, replaced_at), oldest first."""
    columns = (revisions.c.title, revisions.c.text, revisions.c.replaced_at)
    mine = select(*columns).where(revisions.c.mention_id == mention_id).order_by(revisions.c.id)
    return [(row.title, row.text, row.replaced_at) for row in connection.execute(mine)]
