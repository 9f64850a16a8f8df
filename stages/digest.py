"""The fourth stage: write the digests whose period is over, each reader's by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

from sqlalchemy import Connection

from delivery.digest import digest_letter, is_empty
from delivery.facts import DigestFacts
from delivery.message import digest_message
from delivery.periods import asked_period, due_period, first_period
from delivery.readers import as_written, reader_of
from delivery.unsubscribe import link_to_leave
from errors import EarshotError, TryLater
from model import Digest, Message, Period
from stages.facts import digest_facts
from stages.line import Line
from storage import digests, outbox, sources, unsubscribed
from storage.engines import is_trouble
from storage.purges import count_purges, hold_purges

log = logging.getLogger(__name__)

TRIES = 5
"""How often a letter is written when words are taken out meanwhile; the next beat tries again."""

Outcome = Literal["written", "told before", "nothing heard", "unsubscribed"]
Record = Callable[..., bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of one reader's digest of a period; ``key`` is its letter's in the outbox, if there is one."""

    period: Period
    outcome: Outcome
    key: str | None = None


def build_digests(line: Line) -> int:
    """Write every digest that is due, for each recipient; return how many. A recipient's trouble stops no other."""
    built = 0
    for digest in line.settings.digests:
        with line.store.reading() as connection:
            again = digests.withdrawn(connection, digest.name)
        works = [
            partial(_build_anew, line, digest, as_written(reader, digest.to), period)
            for reader, period in again
        ]
        works += [partial(_build_due, line, digest, recipient) for recipient in digest.to]
        for work in works:
            built += _alone(digest, work)
    return built


def send_digest(line: Line, digest: Digest, recipient: str, *, day: date | None = None) -> Told:
    """Put one reader's digest into the outbox, of now or of a local day, unless they have it already.

    Raises TryLater where its period is not over yet.
    """
    reader = reader_of(recipient)
    period = period_asked(line, digest, recipient, day=day)
    if period.end > line.now():
        raise TryLater(
            f"digest {digest.name!r}: its period ends at {period.end:%Y-%m-%d %H:%M} UTC; send it then"
        )
    with line.store.reading() as connection:
        if unsubscribed.is_unsubscribed(connection, digest.name, reader):
            return Told(period=period, outcome="unsubscribed")
        anew = (reader, period) in digests.withdrawn(connection, digest.name)
    record = digests.record_anew if anew else digests.record_digest
    return _write(line, digest, recipient, period, record)


def period_asked(line: Line, digest: Digest, recipient: str, *, day: date | None = None) -> Period:
    """Return which period a reader's digest tells of that is asked for by hand; it may not be over yet."""
    with line.store.reading() as connection:
        told = digests.told_periods(connection, digest.name, reader_of(recipient))
    return asked_period(digest, day=day, now=line.now(), told=told)


def _alone(digest: Digest, work: Callable[[], bool]) -> bool:
    try:
        return work()
    except EarshotError as error:
        log.error("digest %r could not be written: %s", digest.name, error)
    except Exception as error:
        if is_trouble(error):  # the store's own is no digest's fault
            raise
        log.exception("a digest could not be written", extra={"digest": digest.name})
    return False


def due(line: Line, digest: Digest, recipient: str) -> Period | None:
    """Return what a recipient is to be told of now; None before its period is over, or after it was told."""
    now, reader = line.now(), reader_of(recipient)
    with line.store.reading() as connection:
        if unsubscribed.is_unsubscribed(connection, digest.name, reader):
            return None
        ends = (
            digests.last_end(connection, digest.name, reader),
            unsubscribed.subscribed_again_at(connection, digest.name, reader),
        )
        since = sources.listening_since(connection)
    told_until = max((end for end in ends if end is not None), default=None)
    if told_until is not None:
        return due_period(digest, now, last_end=told_until)
    return None if since is None else first_period(digest, now, listening_since=since)


def _build_due(line: Line, digest: Digest, recipient: str) -> bool:
    period = due(line, digest, recipient)
    if period is None:
        return False
    return _write(line, digest, recipient, period, digests.record_digest).outcome == "written"


def _build_anew(line: Line, digest: Digest, recipient: str, period: Period) -> bool:
    """Write a letter once more that was taken back before it went, because of what it quoted."""
    with line.store.reading() as connection:
        if unsubscribed.is_unsubscribed(connection, digest.name, reader_of(recipient)):
            return False
    return _write(line, digest, recipient, period, digests.record_anew).outcome == "written"


def _write(line: Line, digest: Digest, recipient: str, period: Period, record: Record) -> Told:
    """Write a digest with no transaction open, and put it away in one, if no words were taken out meanwhile."""
    facts: DigestFacts | None = None
    for _ in range(TRIES):
        with line.store.reading() as connection:
            purges = count_purges(connection)
        before, facts = facts, digest_facts(line, digest, recipient, period)
        if facts != before:
            message = _message(line, facts)
        told = line.store.write(
            partial(_put, line=line, facts=facts, message=message, record=record, purges=purges)
        )
        if told is not None:
            return told
    raise TryLater(f"words are taken out of the store all the time; {recipient}'s digest is written later")


def _message(line: Line, facts: DigestFacts) -> Message | None:
    if facts.digest.when_empty == "skip" and is_empty(facts):
        return None
    ours, name = line.settings, facts.digest.name
    link = link_to_leave(facts.recipient, digest=name, public_url=ours.public_url, secret=ours.web_secret)
    return digest_message(digest_letter(facts), facts, from_address=line.sender, unsubscribe_url=link)


def _put(
    connection: Connection,
    *,
    line: Line,
    facts: DigestFacts,
    message: Message | None,
    record: Record,
    purges: int,
) -> Told | None:
    """Put a letter into the outbox and say so; None where words were taken out since it was begun."""
    if hold_purges(connection) != purges:
        return None
    key, now = None if message is None else message.key, line.now()
    name, reader = facts.digest.name, reader_of(facts.recipient)
    if not record(connection, name, reader, facts.period, message_key=key, now=now):
        before = digests.letter_of(connection, name, reader, facts.period)
        return Told(period=facts.period, outcome="told before", key=before)
    if message is None:
        return Told(period=facts.period, outcome="nothing heard")
    quoted = [mention.id for mention in (*facts.mentions, *facts.waiting) if mention.id is not None]
    quoted += [promise.reply for promise in facts.promises]
    outbox.put(connection, message, quoted, now=now)
    return Told(period=facts.period, outcome="written", key=key)
