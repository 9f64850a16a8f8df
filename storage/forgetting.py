"""Forgetting for good: every word of a mention, an author or a partner leaves the store, and may not come back.

It goes a step beyond a deletion at the source (tombstones.py): the id goes as well, and stands in the threads of
others as its hash only. Each batch is one transaction, and what was killed in the middle is done by asking again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, and_, delete, null, or_, select, update

from storage.analyzed_names import analyzed_names
from storage.asked_to_forget import Request, letters_naming, searches_naming
from storage.attempts import attempts
from storage.authors import forget_the_unheard
from storage.daily import mark_mentions
from storage.kept_out import MARK, keep_out, mention_name
from storage.proposals import proposals
from storage.purges import note_purge
from storage.schema import (
    alerts,
    corrections,
    mention_annotations,
    mentions,
    outbox,
    partners,
    saved_searches,
    sources,
)
from storage.store import Store
from storage.tombstones import note_in_audit, purge, withdraw
from storage.waiting import refresh_waiting

AT_ONCE = 100
"""Mentions that one transaction forgets: a tenth of a second in which nobody else writes."""
FORGOTTEN = "(what was quoted here was forgotten)"
EXPIRED = "(what was quoted here is older than what is kept)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What the audit says: who asked, and the reason in words; never what was said."""

    who: str
    reason: str


def forget(
    store: Store,
    request: Request,
    why: Why,
    *,
    now: datetime,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Forget what a request is about; ``tell`` hears how many mentions of how many are done.

    Traces stay in the files until storage/traces.py is done with them.
    """
    store.write(partial(_shut_out, request=request, why=why, now=now))
    ids = request.mentions
    for start in range(0, len(ids), AT_ONCE):
        store.write(partial(_forget_some, ids=ids[start : start + AT_ONCE], why=why, now=now))
        tell(min(start + AT_ONCE, len(ids)), len(ids))
    store.write(partial(_forget_names, request=request))


def expire(connection: Connection, ids: Sequence[int], reason: str, *, now: datetime) -> None:
    """Take mentions out that were kept long enough; they may not come back either."""
    for row in take_out(connection, ids, "expired", EXPIRED, now=now):
        note_in_audit(connection, "expired", f"mention {row}", reason, now=now)


def take_out(
    connection: Connection, ids: Sequence[int], kind: Any, instead: str, *, now: datetime
) -> list[int]:
    """Purge mentions with their ids, and keep them out; return those that were there."""
    columns = (
        mentions.c.id,
        mentions.c.channel,
        mentions.c.scope,
        mentions.c.external_id,
        mentions.c.thread_external_id,
        mentions.c.author_id,
    )
    asked = select(*columns).where(mentions.c.id.in_(ids), ~mentions.c.external_id.startswith(MARK))
    rows = connection.execute(asked.order_by(mentions.c.id)).all()
    names = [mention_name(row.channel, row.scope, row.external_id) for row in rows]
    threads = set()
    for row, digest in zip(rows, keep_out(connection, names, kind, now=now), strict=True):
        purge(connection, row.id, instead, now=now)
        threads.add((row.channel, row.scope, _unlink(connection, row, MARK + digest)))
    forget_the_unheard(connection, {row.author_id for row in rows} - {None})
    refresh_waiting(connection, threads)  # where our answer is gone, who asked waits again
    return [row.id for row in rows]


def _unlink(connection: Connection, row: Any, stands_for: str) -> str:
    """Let a hash stand for a mention's id, in its thread too; return what the thread is called now."""
    own = mentions.c.id == row.id
    thread = stands_for if row.thread_external_id == row.external_id else row.thread_external_id
    here = and_(
        mentions.c.channel == row.channel,
        mentions.c.scope == row.scope,
        mentions.c.thread_external_id.in_({row.thread_external_id, row.external_id}),
    )
    answers = update(mentions).where(here, mentions.c.parent_external_id == row.external_id)
    connection.execute(answers.values(parent_external_id=stands_for))
    begun = and_(here, mentions.c.thread_external_id == row.external_id)
    connection.execute(update(mentions).where(begun).values(thread_external_id=stands_for))
    nothing = {"parent_external_id": None, "lang_hint": None, "recheck_at": None}
    free = {"claimed_by": None, "claimed_until": None}
    connection.execute(update(mentions).where(own).values(external_id=stands_for, **nothing, **free))
    _drop_raw(connection, row, thread)
    return thread


def _drop_raw(connection: Connection, row: Any, thread: str) -> None:
    """Drop what the channel sent of others in the thread: a comment may hold the title and author of its post."""
    mates = and_(
        mentions.c.channel == row.channel,
        mentions.c.scope == row.scope,
        mentions.c.thread_external_id == thread,
    )
    connection.execute(update(mentions).where(mates).values(raw=null()))


def _shut_out(connection: Connection, *, request: Request, why: Why, now: datetime) -> None:
    """Keep the author out before the first mention goes, so that nothing comes in meanwhile."""
    keep_out(connection, request.kept_out, "author", now=now)
    n_mentions = len(request.mentions)
    which = f"{request.kind}, {n_mentions} mentions" if request.kind != "mention" else "one mention"
    note_in_audit(connection, "asked to forget", which, why.reason, now=now, who=why.who)


def _forget_some(connection: Connection, *, ids: Sequence[int], why: Why, now: datetime) -> None:
    gone = take_out(connection, ids, "mention", FORGOTTEN, now=now)
    for row in gone:
        note_in_audit(connection, "forgotten", f"mention {row}", why.reason, now=now, who=why.who)


def _forget_names(connection: Connection, *, request: Request) -> None:
    note_purge(connection)
    _withdraw(connection, letters_naming(connection, request))
    searches = searches_naming(connection, request)
    connection.execute(delete(saved_searches).where(saved_searches.c.name.in_(searches)))
    if request.partner is not None:
        _forget_partner(connection, request.partner, request.names[0])


def _withdraw(connection: Connection, letters: Iterable[int]) -> None:
    for letter in letters:
        row = connection.execute(select(outbox.c.key, outbox.c.state).where(outbox.c.id == letter)).one()
        withdraw(connection, letter, row.key, row.state, FORGOTTEN)


def _forget_partner(connection: Connection, partner: int, name: str) -> None:
    """Take a partner's name out of what was made of the words of others; those words stay theirs."""
    tag = mention_annotations
    felt = and_(tag.c.kind == "aspect", tag.c.label.endswith(f": {name}", autoescape=True))
    named = or_(and_(tag.c.kind == "partner", tag.c.label == name), felt)
    tagged = connection.execute(select(tag.c.mention_id).where(named).distinct()).scalars().all()
    connection.execute(delete(tag).where(named))
    mark_mentions(connection, tagged)  # an export may hold the name
    connection.execute(
        delete(corrections).where(corrections.c.kind == "partner", corrections.c.label == name)
    )
    connection.execute(update(proposals).where(proposals.c.to_whom == name).values(to_whom=""))
    connection.execute(delete(analyzed_names).where(analyzed_names.c.who == name))
    connection.execute(update(alerts).where(alerts.c.partner_id == partner).values(text=FORGOTTEN))
    # Not deleted: on SQLite its number would be the next source's, and its mentions that source's.
    for row in (
        connection.execute(select(sources.c.id).where(sources.c.partner_id == partner)).scalars().all()
    ):
        unknown = {"name": f"forgotten source {row}", "settings": {}, "settings_hash": "", "cursor": {}}
        connection.execute(update(attempts).where(attempts.c.source_id == row).values(reason=""))
        also = {"reason": "", "moved_to": None, "next_attempt_at": None, "provisioned": False}
        connection.execute(update(sources).where(sources.c.id == row).values(**unknown, **also))
    connection.execute(delete(partners).where(partners.c.id == partner))
