"""What a digest is written from, gathered from the store in one look: the same store gives the same facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from delivery.facts import DigestFacts, Promised, Unsent, Usual
from delivery.readers import reader_of
from model import Digest, Period
from stages.line import Line
from storage import attempts, counts_before, daily, digests, outbox, promises, reading
from storage.query.moments import Clock
from storage.search import found_among

WAITING_IN_A_DIGEST = 200
LOOKED_THROUGH = 5_000
"""Of so many who wait a digest with a query looks which ones it means."""
A_WEEK, FOUR_WEEKS = 7, 28
RHYTHM = timedelta(days=90)
"""So far back is looked for how often a partner speaks."""
SOON = timedelta(days=7)
"""A promise shows so long before its day."""
PAST = timedelta(days=30)
"""And so long after it: what became of it, nobody may ever say."""
PROMISES = 50
ONE_DAY = timedelta(days=1)


def digest_facts(line: Line, digest: Digest, recipient: str, period: Period) -> DigestFacts:
    """Gather what one recipient's digest of a period tells; the same store gives the same facts."""
    zone = line.settings.organisation.timezone
    began, ended = (moment.astimezone(ZoneInfo(zone)).date() for moment in (period.start, period.end))
    with line.store.reading() as connection:
        states = attempts.states_in(connection, period)
        told = digests.to_tell(connection, digest.name, reader_of(recipient), period)
        if digest.query:
            told = _asked_for(connection, digest, period, told)
            waits, beyond = _waiting_among_asked_for(connection, digest, period)
        else:
            waits = _waiting(connection, period)
            beyond = max(reading.count_waiting(connection, until=period.end) - len(waits), 0)
        facts = DigestFacts(
            organisation=line.settings.organisation,
            digest=digest,
            recipient=recipient,
            period=period,
            mentions=reading.load_mentions(connection, told),
            waiting=reading.load_mentions(connection, waits),
            waiting_beyond=beyond,
            promises=_promises(connection, ended, period),
            sources=states or (),
            sources_known=states is not None,
            purged=digests.purged_in(connection, period),
            unsent=[
                Unsent(recipient=kept.message.recipient, reason=kept.last_error)
                for kept in outbox.failed_between(connection, period.start, period.end)
            ],
        )
        if digest.query:  # the counts of other days are of all mentions, and would compare what is not alike
            return facts
        return replace(
            facts,
            week=_usual(connection, period, began, A_WEEK, zone),
            month=_usual(connection, period, began, FOUR_WEEKS, zone),
            heard_before=digests.partners_heard_before(connection, period.start),
            spoke_on=counts_before.days_spoken(connection, ended - RHYTHM, ended + ONE_DAY),
        )


def _asked_for(connection: Connection, digest: Digest, period: Period, ids: Sequence[int]) -> list[int]:
    """Return which of these the digest's query finds; in it, ``since:7d`` is meant as of the period's end."""
    clock = Clock(period.end, ZoneInfo(digest.timezone))
    found = found_among(connection, digest.query, ids, clock=clock)
    return [one for one in ids if one in found]


def _waiting_among_asked_for(connection: Connection, digest: Digest, period: Period) -> tuple[list[int], int]:
    """Return who waits of those that the query finds, and how many more do."""
    all_of_them = reading.waiting(connection, limit=LOOKED_THROUGH, until=period.end)
    found = _asked_for(connection, digest, period, all_of_them)
    return found[:WAITING_IN_A_DIGEST], max(len(found) - WAITING_IN_A_DIGEST, 0)


def _waiting(connection: Connection, period: Period) -> list[int]:
    """Who waits longest, and who began to wait in this period, however many wait in all."""
    most = WAITING_IN_A_DIGEST
    longest = reading.waiting(connection, limit=most, until=period.end)
    if len(longest) < most:
        return longest
    return sorted({*longest, *reading.waiting(connection, limit=most, until=period.end, since=period.start)})


def _usual(connection: Connection, period: Period, began: date, days: int, zone: str) -> Usual | None:
    """What so long a time brought on average in the days before; None where no channel was heard all along."""
    first = began - timedelta(days=days)
    since, _ = daily.bounds(first, zone)
    known = {at for at, heard in counts_before.channels_since(connection).items() if heard <= since}
    if not known:
        return None
    share = max(round((period.end - period.start) / ONE_DAY), 1) / days
    by_channel, by_tag = Counter(dict.fromkeys(known, 0)), Counter[tuple[str, str]]()
    for (channel, kind, label), n in counts_before.counts_between(connection, first, began).items():
        if channel in known and kind == daily.MENTION:
            by_channel[channel] += n
        elif channel in known:
            by_tag[kind, label] += n
    return Usual(
        days=days,
        by_channel={channel: n * share for channel, n in sorted(by_channel.items())},
        by_tag={tag: n * share for tag, n in sorted(by_tag.items())},
    )


def _promises(connection: Connection, today: date, period: Period) -> list[Promised]:
    told = promises.promises_told(connection, today - PAST, today + SOON, period, limit=PROMISES)
    return [
        Promised(
            what=one.kept.proposal.what,
            due_on=one.due_on,
            outcome=one.outcome,
            moved_from=one.moved_from,
            to_whom=one.kept.proposal.to_whom,
            reply=one.kept.mention_id,
            url=one.kept.url,
        )
        for one in told
    ]
