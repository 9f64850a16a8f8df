"""What a digest is written from: the usual by the roll-up, who waits beyond all limits, promises and rhythms."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from model import Author, Digest, Mention, Period, Proposal
from stages.analyze import analyze
from stages.count import count_days
from stages.digest import send_digest
from stages.facts import WAITING_IN_A_DIGEST, digest_facts
from stages.line import Line
from storage import proposals, schema, tombstones
from storage.outbox import load_messages
from tests.lines import FORUM_ID, TEAM, Clock, a_line, hear, stored
from tests.stores import NOW, said

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAILY = Digest(name="daily", timezone="UTC", to=(TEAM,))
PERIOD = Period(NOW - DAY, NOW)


def since(line: Line, at: datetime) -> None:
    """Let all sources have been added then."""
    with line.store.writing() as connection:
        connection.execute(schema.sources.update().values(created_at=at))


def heard_daily(line: Line, days: int, **more: object) -> None:
    """Hear one mention on each of the days before the period."""
    for n in range(1, days + 1):
        hear(line, said(f"t3_{n}", f"Day {n} was late", published_at=NOW - DAY - n * DAY, **more))
    analyze(line)
    count_days(line)


def test_the_usual_is_the_mean_of_the_days_before(store_url: str) -> None:
    with a_line(store_url) as line:
        since(line, NOW - 60 * DAY)
        heard_daily(line, 14)

        told = digest_facts(line, DAILY, TEAM, PERIOD)

        assert told.week is not None
        assert told.month is not None
        assert dict(told.week.by_channel) == {"reddit": 1.0, "rss": 0.0}
        assert dict(told.month.by_channel) == {"reddit": 0.5, "rss": 0.0}
        assert told.week.by_tag["concern", "yes"] == 1.0


def test_a_longer_period_is_compared_with_as_long_a_time(store_url: str) -> None:
    with a_line(store_url) as line:
        since(line, NOW - 60 * DAY)
        heard_daily(line, 14)

        told = digest_facts(line, DAILY, TEAM, Period(NOW - DAY, NOW + 2 * DAY))

        assert told.week is not None
        assert told.week.by_channel["reddit"] == 3.0


@pytest.mark.parametrize(
    ("added", "known"),
    [(3, (False, False)), (10, (True, False)), (40, (True, True))],
    ids=["3 days", "10 days", "40 days"],
)
def test_nothing_is_usual_before_it_was_listened_to_for_so_long(
    store_url: str, added: int, known: tuple[bool, bool]
) -> None:
    with a_line(store_url) as line:
        since(line, NOW - added * DAY)
        heard_daily(line, 2)

        told = digest_facts(line, DAILY, TEAM, PERIOD)

        assert (told.week is not None, told.month is not None) == known


def test_nothing_is_usual_before_days_were_counted(store_url: str) -> None:
    with a_line(store_url) as line:
        since(line, NOW - 60 * DAY)

        assert digest_facts(line, DAILY, TEAM, PERIOD).week is None


def test_a_partner_s_days_are_known_and_its_last(store_url: str) -> None:
    with a_line(store_url, clock=Clock(NOW - DAY - HOUR)) as line:
        heard_daily(line, 3, author=Author("NorthsideShelter"))

        told = digest_facts(line, DAILY, TEAM, PERIOD)

        assert told.spoke_on == {"Northside Shelter": [date(2026, 11, day) for day in (16, 17, 18)]}
        assert told.heard_before == {"Northside Shelter": NOW - 2 * DAY}


def test_of_very_many_who_wait_the_oldest_and_the_new_ones_are_looked_at(store_url: str) -> None:
    clock = Clock(NOW - 3 * DAY)
    most = WAITING_IN_A_DIGEST
    with a_line(store_url, clock=clock) as line:
        long_ago = [said(f"t3_{n}", "late", published_at=clock() - n * HOUR) for n in range(most + 2)]
        hear(line, *long_ago)
        clock.at = NOW - HOUR
        hear(line, said("t3_new", "late", published_at=clock()))
        analyze(line)

        told = digest_facts(line, DAILY, TEAM, PERIOD)

        names = [mention.external_id for mention in told.waiting]
        assert names == [f"t3_{n}" for n in range(most + 1, 1, -1)] + ["t3_new"]
        assert told.waiting_beyond == 2


def promised(connection: Connection, reply: Mention, *days_away: int) -> None:
    day = NOW.date()
    found = [
        Proposal(
            kind="promise",
            what=f"within {n}",
            place="text",
            start=0,
            end=3,
            confidence=0.9,
            due_on=day + n * DAY,
            to_whom="Northside Shelter",
        )
        for n in days_away
    ]
    proposals.propose(connection, reply, found)


def test_accepted_promises_are_told_from_a_week_before_their_day_to_a_month_after(store_url: str) -> None:
    with a_line(store_url, clock=Clock(NOW - HOUR)) as line:
        hear(line, said("t1_r", "We will.", author=Author("riversidefood")))
        (reply,) = stored(line)
        with line.store.writing() as connection:
            promised(connection, reply, -31, -30, -1, 7, 8)
            for kept in proposals.list_proposals(connection):
                proposals.accept(connection, kept.id, due_on=None, now=NOW)
            promised(connection, reply, 3)  # nobody has said yes to this one

        told = digest_facts(line, DAILY, TEAM, PERIOD).promises

        assert [(one.what, one.to_whom) for one in told] == [
            ("within -30", "Northside Shelter"),
            ("within -1", "Northside Shelter"),
            ("within 7", "Northside Shelter"),
        ]
        assert digest_facts(line, DAILY, TEAM, Period(NOW - 3 * DAY, NOW - 2 * DAY)).promises == []


def test_a_digest_that_waits_lets_go_of_a_promise_whose_reply_was_taken_back(store_url: str) -> None:
    """faults.md 26."""
    clock = Clock(NOW - HOUR)
    with a_line(store_url, clock=clock) as line:
        hear(line, said("t1_r", "We will.", author=Author("riversidefood"), published_at=NOW - 3 * DAY))
        (reply,) = stored(line)
        with line.store.writing() as connection:
            promised(connection, reply, 2)
            proposals.accept(connection, proposals.list_proposals(connection)[0].id, due_on=None, now=NOW)
        clock.forward(3 * HOUR)
        send_digest(line, DAILY, TEAM)
        with line.store.reading() as connection:
            (before,) = load_messages(connection)

        with line.store.writing() as connection:
            tombstones.bury(connection, FORUM_ID, ["t1_r"], now=NOW)
        send_digest(line, DAILY, TEAM)
        with line.store.reading() as connection:
            (after,) = load_messages(connection)

        assert "within 2" in before.message.text
        assert "within 2" not in after.message.text
