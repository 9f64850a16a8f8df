"""The fourth stage: write the digests whose period is over, each recipient's by itself."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from delivery.digest import digest_letter, is_empty
from delivery.facts import DigestFacts
from delivery.message import digest_message
from delivery.periods import due_period, last_period
from model import Digest, Period
from stages.line import Line
from storage import digests, outbox, reading, sources

log = logging.getLogger(__name__)

WAITING_IN_A_DIGEST = 200
USUAL_PERIODS = 7


def build_digests(line: Line) -> int:
    """Write every digest that is due, for each recipient; return how many. A recipient's trouble stops no other."""
    built = 0
    for digest in line.settings.digests:
        for recipient in digest.to:
            try:
                built += _build_due(line, digest, recipient)
            except Exception:
                log.exception(
                    "a digest could not be written", extra={"digest": digest.name, "recipient": recipient}
                )
    return built


def digest_facts(line: Line, digest: Digest, recipient: str, period: Period) -> DigestFacts:
    """Gather what one recipient's digest of a period tells; the same store gives the same facts."""
    before = Period(period.start - USUAL_PERIODS * (period.end - period.start), period.start)
    with line.store.reading() as connection:
        heard = reading.load_mentions(connection, reading.collected_in(connection, period))
        waits = reading.waiting(connection, limit=WAITING_IN_A_DIGEST, until=period.end)
        since = sources.listening_since(connection)
        known = since is not None and since <= before.start  # what is usual shows only after a while
        usual = digests.counts_by_channel(connection, before) if known else {}
        return DigestFacts(
            organisation=line.settings.organisation,
            digest=digest,
            recipient=recipient,
            period=period,
            mentions=heard,
            waiting=reading.load_mentions(connection, waits),
            usual={channel: count / USUAL_PERIODS for channel, count in usual.items()},
            heard_before=digests.partners_heard_before(connection, period.start),
            sources=sources.source_states(connection, period),
            purged=digests.purged_in(connection, period),
        )


def send_digest(line: Line, digest: Digest, recipient: str, period: Period) -> str | None:
    """Put one digest into the outbox and return its key.

    None: this recipient has that period's already, or nothing was heard and ``when_empty`` says skip.
    """
    facts = digest_facts(line, digest, recipient, period)
    skip = digest.when_empty == "skip" and is_empty(facts)
    message = None if skip else digest_message(digest_letter(facts), facts, from_address=line.sender)
    key, now = None if message is None else message.key, line.now()
    quoted = [mention.id for mention in (*facts.mentions, *facts.waiting) if mention.id is not None]

    def put(connection: Connection) -> bool:
        if not digests.record_digest(connection, digest.name, recipient, period, message_key=key, now=now):
            return False
        if message is not None:
            outbox.put(connection, message, quoted, now=now)
        return True

    return key if line.store.write(put) else None


def _build_due(line: Line, digest: Digest, recipient: str) -> bool:
    now = line.now()
    with line.store.reading() as connection:
        told_until = digests.last_end(connection, digest.name, recipient)
        since = sources.listening_since(connection)
    if told_until is not None:
        period = due_period(digest, now, last_end=told_until)
    else:
        period = last_period(digest, now)
        if since is None or period.end <= since:  # nothing can have been heard in it
            return False
    return period is not None and send_digest(line, digest, recipient, period) is not None
