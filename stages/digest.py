"""The fourth stage: write the digests whose period is over, each recipient's by itself."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from delivery.digest import digest_letter, is_empty
from delivery.message import digest_message
from delivery.periods import due_period, last_period
from model import Digest, Period
from stages.facts import digest_facts
from stages.line import Line
from storage import digests, outbox, sources

log = logging.getLogger(__name__)


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


def send_digest(line: Line, digest: Digest, recipient: str, period: Period) -> str | None:
    """Put one digest into the outbox and return its key.

    None: this recipient has that period's already, or nothing was heard and ``when_empty`` says skip.
    """
    facts = digest_facts(line, digest, recipient, period)
    skip = digest.when_empty == "skip" and is_empty(facts)
    message = None if skip else digest_message(digest_letter(facts), facts, from_address=line.sender)
    key, now = None if message is None else message.key, line.now()
    quoted = [mention.id for mention in (*facts.mentions, *facts.waiting) if mention.id is not None]
    quoted += [promise.reply for promise in facts.promises]

    def put(connection: Connection) -> bool:
        if not digests.record_digest(connection, digest.name, recipient, period, message_key=key, now=now):
            return False
        if message is not None:
            outbox.put(connection, message, quoted, now=now)
        return True

    return key if line.store.write(put) else None


def _build_due(line: Line, digest: Digest, recipient: str) -> bool:
    period = due(line, digest, recipient)
    return period is not None and send_digest(line, digest, recipient, period) is not None


def due(line: Line, digest: Digest, recipient: str) -> Period | None:
    """Return the period whose digest a recipient is to get now; None before it is over, or after it was told."""
    now = line.now()
    with line.store.reading() as connection:
        told_until = digests.last_end(connection, digest.name, recipient)
        since = sources.listening_since(connection)
    if told_until is not None:
        return due_period(digest, now, last_end=told_until)
    period = last_period(digest, now)
    # Before anything was listened to, nothing can have been heard in it.
    return None if since is None or period.end <= since else period
