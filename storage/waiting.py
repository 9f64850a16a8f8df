"""Who still waits for an answer of ours, thread by thread; said anew whenever what it follows from has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, update

from storage.schema import mention_annotations, mentions

Thread = tuple[str, str, str]
"""Channel, scope and the external id of the conversation's first mention."""


def refresh_waiting(connection: Connection, threads: Iterable[Thread]) -> None:
    """Say anew which mentions of these threads wait: a concern, or a question to us, that we have not answered.

    Answered means: a later mention by one of our own handles in the same thread.
    """
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    for channel, scope, thread in sorted(set(threads)):
        by_place[(channel, scope)].append(thread)
    waits = _waits()
    # By place and not by (channel, scope, thread) IN (…): that scans all mentions, 210 ms for 11 threads at 200,000.
    here = and_(
        mentions.c.channel == bindparam("of_channel"),
        mentions.c.scope == bindparam("of_scope"),
        mentions.c.thread_external_id.in_(bindparam("threads", expanding=True)),
    )
    anew = update(mentions).where(here, mentions.c.waits != waits).values(waits=waits)
    for (channel, scope), ids in by_place.items():
        for start in range(0, len(ids), 200):
            place = {"of_channel": channel, "of_scope": scope, "threads": ids[start : start + 200]}
            connection.execute(anew, place)


def _waits() -> ColumnElement[bool]:
    asked, answer, tag = mentions, mentions.alias("answer"), mention_annotations
    in_thread = and_(
        answer.c.channel == asked.c.channel,
        answer.c.scope == asked.c.scope,
        answer.c.thread_external_id == asked.c.thread_external_id,
    )
    answered = exists().where(
        in_thread, answer.c.by_us, answer.c.id > asked.c.id, answer.c.deleted_at.is_(None)
    )
    mine = tag.c.mention_id == asked.c.id
    concern = exists().where(mine, tag.c.kind == "concern", tag.c.label == "yes")
    question = exists().where(mine, tag.c.kind == "intent", tag.c.label == "question")
    to_us = exists().where(mine, tag.c.kind == "us")
    return and_(~asked.c.by_us, asked.c.deleted_at.is_(None), or_(concern, and_(question, to_us)), ~answered)
