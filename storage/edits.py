"""What a source says anew of a mention that is known: an edit, its return, a better date; and its earlier texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from model import Mention
from storage.authors import add_authors, forget_the_unheard
from storage.mention_rows import VOICE, speaker_of, when_said, words_of
from storage.schema import mentions, revisions, search_texts
from storage.waiting import refresh_waiting


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


def revise(connection: Connection, row_id: int, mention: Mention, *, source_id: int, now: datetime) -> None:
    """Keep the text that stood there as a revision, and write the new one."""
    before = connection.execute(
        select(mentions.c.title, mentions.c.text).where(mentions.c.id == row_id)
    ).one()
    earlier = {"mention_id": row_id, "title": before.title, "text": before.text, "replaced_at": now}
    connection.execute(insert(revisions).values(earlier))
    edited_at = mention.edited_at or now
    rewrite(connection, row_id, replace(mention, edited_at=edited_at), {}, source_id=source_id)


def correct(connection: Connection, before: Known, mention: Mention, *, now: datetime) -> None:
    """Write down what is known better of a mention whose words are as they were: its date, and what it answers.

    Only what was missing is taken of dates, for some feeds date everything anew at each reading.
    """
    better: dict[str, object] = {}
    if before.undated and not (when := when_said(mention, now=now))["undated"]:
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


def rewrite(
    connection: Connection, row_id: int, mention: Mention, also: Mapping[str, object], *, source_id: int
) -> None:
    """Write what a mention says now; it is analysed and matched anew. Its id and its times stay."""
    people = add_authors(connection, [mention])
    voice = connection.execute(VOICE, {"source": source_id}).scalar()
    # Whoever is at work on it has the earlier words: the claim is given back.
    anew = {"analyzed_as": None, "unmatched": False, "claimed_by": None, "claimed_until": None}
    words, found_by = words_of(mention)
    said = {**words, **speaker_of(mention, people, voice), **anew, **also}
    before = connection.execute(select(mentions.c.author_id).where(mentions.c.id == row_id)).scalar()
    connection.execute(update(mentions).where(mentions.c.id == row_id).values(said))
    connection.execute(delete(search_texts).where(search_texts.c.mention_id == row_id))
    connection.execute(insert(search_texts).values(mention_id=row_id, **found_by))
    if before is not None and before != said["author_id"]:  # the name is another one by now
        forget_the_unheard(connection, [before])


def earlier_texts(connection: Connection, mention_id: int) -> list[tuple[str, str, datetime]]:
    """Return a mention's revisions as (title, text, replaced_at), oldest first."""
    columns = (revisions.c.title, revisions.c.text, revisions.c.replaced_at)
    mine = select(*columns).where(revisions.c.mention_id == mention_id).order_by(revisions.c.id)
    return [(row.title, row.text, row.replaced_at) for row in connection.execute(mine)]
