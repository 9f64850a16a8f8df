"""Taken back means gone: a mention that was deleted at its source leaves only its id and its times.

Text, title, author, address, raw payload, search index, tags and revisions go, waiting letters that quote it, and
the words of alerts and of letters that are out; an audit line says when and why. The source may bring it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, insert, null, select, update

from storage import proposals, stories
from storage.authors import forget_the_unheard
from storage.purges import note_purge
from storage.schema import (
    alert_mentions,
    alerts,
    audit,
    corrections,
    digests,
    mention_annotations,
    mention_sources,
    mentions,
    outbox,
    outbox_mentions,
    revisions,
    search_texts,
)
from storage.stored_words import stored_id
from storage.waiting import refresh_waiting

TAKEN_BACK = "(what was quoted here was taken back at its source)"


def bury(connection: Connection, source_id: int, external_ids: Sequence[str], *, now: datetime) -> list[int]:
    """Purge what a source says is deleted, among what that source has brought; return the mentions' ids."""
    brought = and_(mention_sources.c.mention_id == mentions.c.id, mention_sources.c.source_id == source_id)
    said = (mentions.c.channel, mentions.c.scope, mentions.c.thread_external_id)
    asked = (
        select(mentions.c.id, mentions.c.author_id, mentions.c.by_us, *said)
        .join(mention_sources, brought)
        .where(
            mentions.c.external_id.in_(bindparam("external_ids", expanding=True)),
            mentions.c.deleted_at.is_(None),
        )
    )
    found: list[int] = []
    ids = [stored_id(external_id) for external_id in external_ids]
    for start in range(0, len(ids), 500):
        some = connection.execute(asked, {"external_ids": ids[start : start + 500]}).all()
        for row in some:
            purge(connection, row.id, TAKEN_BACK, now=now)
            note_in_audit(connection, "deleted", f"mention {row.id}", "deleted at the source", now=now)
        forget_the_unheard(connection, {row.author_id for row in some} - {None})
        # Where our answer is gone, who asked waits again.
        refresh_waiting(connection, [(row[3], row[4], row[5]) for row in some if row.by_us])
        found += [row.id for row in some]
    return found


def note_in_audit(
    connection: Connection, what: str, which: str, why: str, *, now: datetime, who: str = ""
) -> None:
    """Write down what was done, when, why and for whom; never what was said."""
    line = {"at": now, "what": what, "which": which, "why": why, "who": who}
    connection.execute(insert(audit).values(line))


def purge(connection: Connection, mention: int, instead: str, *, now: datetime) -> None:
    """Take every word of a mention out of the store; ``instead`` stands where alerts and letters quoted it."""
    nothing = {
        "text": "",
        "title": "",
        "url": "",
        "author_id": None,
        "author_partner_id": None,
        "raw": None,
        "content_hash": "",
        "waits": False,
        "unmatched": False,
        "deleted_at": now,
    }
    note_purge(connection)
    if _withdraw_letters(connection, mention, instead):
        _tell_the_rest_anew(connection, mention)
    here = select(alert_mentions.c.alert_id).where(alert_mentions.c.mention_id == mention)
    connection.execute(update(alerts).where(alerts.c.id.in_(here)).values(text=instead))
    connection.execute(update(mentions).where(mentions.c.id == mention).values(nothing))
    stories.forget(connection, mention)
    proposals.forget(connection, mention)
    connection.execute(delete(search_texts).where(search_texts.c.mention_id == mention))
    connection.execute(delete(mention_annotations).where(mention_annotations.c.mention_id == mention))
    connection.execute(delete(corrections).where(corrections.c.mention_id == mention))
    connection.execute(delete(revisions).where(revisions.c.mention_id == mention))
    said_of_it = update(mention_sources).where(mention_sources.c.mention_id == mention)
    connection.execute(said_of_it.values(content_hash=""))


def _withdraw_letters(connection: Connection, mention: int, instead: str) -> bool:
    """Take waiting letters back that quote it, and the words of those that are out.

    A digest among them is built anew without it. Return whether an alert was among those that waited.
    """
    quoting = (
        select(outbox.c.id, outbox.c.key, outbox.c.kind, outbox.c.state)
        .join(outbox_mentions, outbox_mentions.c.message_id == outbox.c.id)
        .where(outbox_mentions.c.mention_id == mention)
    )
    untold = False
    for row, key, kind, state in connection.execute(quoting).all():
        withdraw(connection, row, key, state, instead)
        untold = untold or (kind == "alert" and state == "waiting")
    return untold


def withdraw(connection: Connection, row: int, key: str, state: str, instead: str) -> None:
    """Take a letter back that still waits, so that a digest is built anew; of one that is out, its words."""
    if state == "waiting":
        connection.execute(update(digests).where(digests.c.message_key == key).values(withdrawn=True))
        connection.execute(delete(outbox).where(outbox.c.id == row))
    else:
        wordless = {"subject": instead, "text": "", "html": "", "data": null()}
        connection.execute(update(outbox).where(outbox.c.id == row).values(wordless))


def _tell_the_rest_anew(connection: Connection, mention: int) -> None:
    """Let open alerts that told of other mentions too fire once more, on those alone: their letter is gone."""
    mine = select(alert_mentions.c.alert_id).where(alert_mentions.c.mention_id == mention)
    open_ones = select(alerts.c.id).where(alerts.c.id.in_(mine), alerts.c.state == "open")
    for alert in connection.execute(open_ones).scalars().all():
        others = select(alert_mentions.c.mention_id).where(
            alert_mentions.c.alert_id == alert, alert_mentions.c.mention_id != mention
        )
        standing = and_(mentions.c.id.in_(others), mentions.c.deleted_at.is_(None))
        if connection.execute(update(mentions).where(standing).values(unmatched=True)).rowcount:
            connection.execute(delete(alerts).where(alerts.c.id == alert))
