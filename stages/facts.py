"""What a digest is written from, gathered from the store in one look: the same store gives the same facts."""

from __future__ import annotations

from delivery.facts import DigestFacts
from model import Digest, Period
from stages.line import Line
from storage import digests, reading, sources

WAITING_IN_A_DIGEST = 200
USUAL_PERIODS = 7


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
