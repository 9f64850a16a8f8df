"""What people say of tags. It holds at once, no analysis writes over it, and it can be taken back.

A correction is a row of its own beside the tags, so that who said it, and when, is kept. The tags that everything
else reads are the machine's with the corrections laid over them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from errors import NeedsAttention
from model import Annotation, Correction, Mention, Reason
from storage.corrected_alerts import close_the_groundless, open_again
from storage.daily import mark_mentions
from storage.reading import load_mentions, thread_of
from storage.schema import corrections, mention_annotations, mentions
from storage.stored_words import content_hash
from storage.tag_rows import tag_rows
from storage.waiting import refresh_waiting

ALONE = ("sentiment", "concern")
"""Kinds of which a mention has one tag: another label takes the place of the first."""
SCORES = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}

Spans = Mapping[tuple[str, str], tuple[Reason, ...]]
"""By kind and label, where a person saw it."""


def correct(connection: Connection, mention_id: int, said: Sequence[Correction], *, now: datetime) -> None:
    """Keep what a person says of a mention's tags, and let it hold at once.

    Raises NeedsAttention where there is no such mention, or nothing is left of it.
    """
    mention = correctable(connection, mention_id)
    before = corrections_of(connection, [mention_id]).get(mention_id, [])
    if not said:
        return
    connection.execute(insert(corrections), [_row(mention, one) for one in said])
    _write_tags(connection, mention, overlaid(mention.annotations, said, _known(mention)))
    _follow(connection, mention)
    close_the_groundless(connection, mention_id, now=now)
    if any((one.kind, one.label) == ("concern", "yes") for one in said):
        closed_at = [one.at for one in before if (one.kind, one.label) == ("concern", "no")]
        open_again(connection, mention_id, closed_at=closed_at, now=now)


def undo_corrections(connection: Connection, mention_id: int, *, now: datetime) -> list[Correction]:
    """Take back what was said last of a mention, all of it that was said at once; return it.

    What the machine says of these tags is known again when the mention has been analysed, which is due from now on.
    """
    mention = correctable(connection, mention_id)
    standing = corrections_of(connection, [mention_id]).get(mention_id, [])
    if not standing:
        return []
    last = standing[-1]
    undone = [one for one in standing if (one.by, one.at) == (last.by, last.at)]
    ids = [one.id for one in undone]
    connection.execute(update(corrections).where(corrections.c.id.in_(ids)).values(undone_at=now))
    left = [one for one in standing if one not in undone]
    of_the_machine = [tag for tag in mention.annotations if tag.origin != "person"]
    _write_tags(connection, mention, overlaid(of_the_machine, left, _known(mention)))
    anew = {"analyzed_as": None, "claimed_by": None, "claimed_until": None}
    connection.execute(update(mentions).where(mentions.c.id == mention_id).values(anew))
    _follow(connection, mention)
    open_again(connection, mention_id, closed_at=[last.at], now=now)
    return undone


def correctable(connection: Connection, mention_id: int) -> Mention:
    """Return a mention with its tags; raise NeedsAttention where there is none, or nothing is left of it."""
    found = load_mentions(connection, [mention_id])
    if not found:
        raise NeedsAttention(f"there is no mention {mention_id}; `earshot search --json` shows each one's id")
    if found[0].deleted_at is not None:
        raise NeedsAttention(f"mention {mention_id} was taken back at its source: nothing is left to correct")
    return found[0]


def corrections_of(connection: Connection, ids: Iterable[int]) -> dict[int, list[Correction]]:
    """Return what people said of mentions and did not take back, by mention, in the order in which it was said."""
    wanted, found = list(ids), defaultdict(list)
    for start in range(0, len(wanted), 500):
        mine = and_(corrections.c.mention_id.in_(wanted[start : start + 500]), _stands())
        for row in connection.execute(select(corrections).where(mine).order_by(corrections.c.id)):
            found[row.mention_id].append(_correction(row))
    return dict(found)


def corrected_mentions(connection: Connection) -> list[tuple[Mention, list[Correction]]]:
    """Return each mention of which people said something that is about its words of today, oldest first."""
    words = corrections.c.content_hash == mentions.c.content_hash
    asked = (
        select(corrections)
        .join(mentions, and_(mentions.c.id == corrections.c.mention_id, words))
        .where(_stands(), mentions.c.deleted_at.is_(None))
        .order_by(corrections.c.id)
    )
    said: dict[int, list[Correction]] = defaultdict(list)
    for row in connection.execute(asked):
        said[row.mention_id].append(_correction(row))
    return [(mention, said[mention.id or 0]) for mention in load_mentions(connection, sorted(said))]


def lay_over(
    connection: Connection, found: Sequence[tuple[Mention, Sequence[Annotation]]]
) -> list[Sequence[Annotation]]:
    """Return a machine's tags of mentions, in order, with what people said of each laid over them."""
    said = corrections_of(connection, [mention.id or 0 for mention, _ in found])
    return [
        overlaid(tags, said[mention.id or 0], _known(mention)) if mention.id in said else tags
        for mention, tags in found
    ]


def overlaid(tags: Iterable[Annotation], said: Iterable[Correction], seen: Spans) -> list[Annotation]:
    """Return the tags with what people said laid over them, in the order in which they said it.

    A label that a person takes away is gone; one that a person gives keeps the reasons that it had, or where they
    saw it. "Other" is an intent that stands alone.
    """
    kept = list(tags)
    for one in said:
        same = [tag for tag in kept if (tag.kind, tag.label) == (one.kind, one.label)]
        kept = [tag for tag in kept if tag not in same and not _takes_away(one, tag)]
        if one.holds:
            found = one.because or seen.get((one.kind, one.label), ()) or (same[0].because if same else ())
            kept.append(_tag(one, found))
    return kept


def _takes_away(one: Correction, tag: Annotation) -> bool:
    if one.kind != tag.kind or not one.holds:
        return False
    return one.kind in ALONE or (one.kind == "intent" and "other" in (one.label, tag.label))


def _tag(one: Correction, because: tuple[Reason, ...]) -> Annotation:
    score = SCORES.get(one.label) if one.kind == "sentiment" else None
    said: dict[str, Any] = {"because": because, "origin": "person", "version": "person"}
    return Annotation(kind=one.kind, label=one.label, confidence=1.0, score=score, **said)


def _known(mention: Mention) -> Spans:
    """Return where people saw what they said before, as far as those words still stand there."""
    return {
        (tag.kind, tag.label): tuple(why for why in tag.because if _stands_there(mention, why))
        for tag in mention.annotations
        if tag.origin == "person"
    }


def _stands_there(mention: Mention, why: Reason) -> bool:
    words = mention.title if why.place == "title" else mention.text
    return words[why.start : why.end] == why.text


def _write_tags(connection: Connection, mention: Mention, tags: Sequence[Annotation]) -> None:
    table = mention_annotations
    connection.execute(delete(table).where(table.c.mention_id == mention.id))
    rows = tag_rows(mention, tags)
    if rows:
        connection.execute(insert(table), rows)


def _follow(connection: Connection, mention: Mention) -> None:
    """Let what follows from tags follow: who waits, what the rules are asked, and what is counted."""
    mark_mentions(connection, [mention.id or 0])  # a machine's tag that is taken away is told by nothing else
    refresh_waiting(connection, [thread_of(mention)])
    connection.execute(update(mentions).where(mentions.c.id == mention.id).values(unmatched=True))


def _stands() -> ColumnElement[bool]:
    return corrections.c.undone_at.is_(None)


def _row(mention: Mention, one: Correction) -> dict[str, object]:
    return {
        "mention_id": mention.id,
        "kind": one.kind,
        "label": one.label,
        "holds": one.holds,
        "content_hash": content_hash(mention),
        "said_by": one.by,
        "said_at": one.at,
    }


def _correction(row: Row[Any]) -> Correction:
    return Correction(
        id=row.id, kind=row.kind, label=row.label, holds=row.holds, by=row.said_by, at=row.said_at
    )
