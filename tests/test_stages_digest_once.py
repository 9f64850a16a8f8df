"""Each thing is told once: what comes late, what is taken back, who is asked by hand, and two processes at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from delivery.periods import days_without_letter
from errors import TryLater
from model import Digest, Period, Settings
from stages.analyze import analyze
from stages.digest import build_digests, period_asked, send_digest
from stages.facts import digest_facts
from stages.line import Line
from storage import asked_to_forget, digests, forgetting, schema, tombstones, unsubscribed
from storage.outbox import KeptMessage, load_messages
from storage.store import Store
from tests.lines import FORUM_ID, TEAM, Clock, a_line, hear, stored
from tests.processes import PATIENCE, ROOT, environment
from tests.stores import said, settings

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAILY = Digest(name="daily", at=6 * 60, timezone="UTC", to=(TEAM,))
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def told(*given: Digest) -> Settings:
    return settings(digests=given, rules=())


def letters(line: Line) -> list[KeptMessage]:
    with line.store.reading() as connection:
        return [kept for kept in load_messages(connection) if kept.message.kind == "digest"]


def texts(line: Line) -> list[str]:
    return [kept.message.text.replace("*", "") for kept in letters(line)]


def periods(line: Line, name: str = "daily", reader: str = TEAM) -> list[Period]:
    with line.store.reading() as connection:
        return digests.told_periods(connection, name, reader)


def spoken(line: Line, name: str, text: str) -> None:
    hear(line, said(name, text, published_at=line.now()))
    analyze(line)


@dataclass
class BeforeWriting:
    """A store in which something happens once, right before somebody writes."""

    store: Store
    happens: Callable[[], None] | None

    def reading(self) -> AbstractContextManager[Connection]:
        return self.store.reading()

    def write(self, work: Callable[[Connection], object]) -> object:
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return self.store.write(work)


def forget(line: Line, name: str) -> None:
    with line.store.reading() as connection:
        which = select(schema.mentions.c.id).where(schema.mentions.c.external_id == name)
        request = asked_to_forget.about_mention(connection, connection.execute(which).scalar_one())
    forgetting.forget(line.store, request, forgetting.Why(who="Ana", reason="asked for"), now=line.now())


def test_what_is_stored_only_after_the_digest_of_its_time_is_in_the_next_one(store_url: str) -> None:
    """A batch that waited for the store, or a clock that was set back: its time lies in what was told."""
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        spoken(line, "t3_a", "In time and late")
        clock.at = MORNING
        build_digests(line)
        spoken(line, "t3_c", "After it and late")
        clock.at = MORNING - HOUR
        spoken(line, "t3_b", "Stored too late")
        clock.at = MORNING + DAY
        build_digests(line)
        clock.at = MORNING + 2 * DAY
        build_digests(line)

        heard = [
            {mention.text for mention in digest_facts(line, DAILY, TEAM, period).mentions}
            for period in periods(line)[1:]
        ]
        first, second, _ = texts(line)
        assert heard == [{"Stored too late", "After it and late"}, set()]
        assert "Stored too late" not in first
        assert "Stored too late" in second


@pytest.mark.parametrize(
    ("zone", "at", "begin"),
    [
        ("Europe/Berlin", 150, datetime(2026, 3, 27, tzinfo=UTC)),
        ("Europe/Berlin", 150, datetime(2026, 10, 23, tzinfo=UTC)),
        ("Asia/Beirut", 0, datetime(2026, 3, 27, tzinfo=UTC)),
        ("America/Santiago", 30, datetime(2026, 9, 4, tzinfo=UTC)),
    ],
)
def test_around_a_change_of_clocks_each_day_has_one_digest_and_each_mention_one(
    store_url: str, zone: str, at: int, begin: datetime
) -> None:
    """faults.md 54."""
    clock, daily = Clock(begin), replace(DAILY, timezone=zone, at=at)
    with a_line(store_url, told(daily), clock=clock) as line:
        for n in range(4 * 8):
            hear(line, *(said(f"t3_{n}_{k}", f"Word {n} {k}", published_at=clock()) for k in range(2)))
            clock.forward(3 * HOUR)
            build_digests(line)

        days = [period.end.astimezone(ZoneInfo(zone)).date() for period in periods(line)]
        heard = [
            mention.external_id
            for period in periods(line)
            for mention in digest_facts(line, daily, TEAM, period).mentions
        ]
        end = periods(line)[-1].end
        in_time = {each.external_id for each in stored(line) if each.collected_at and each.collected_at < end}
        assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
        assert len(days) == len(letters(line)) in (4, 5)
        assert len(heard) == len(set(heard))
        assert set(heard) == in_time


def test_a_catch_up_says_that_it_is_one(store_url: str) -> None:
    """faults.md 53."""
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        clock.at = MORNING
        build_digests(line)
        clock.at = MORNING + 3 * DAY
        build_digests(line)

        ordinary, late = periods(line)
        assert [days_without_letter(DAILY, period) for period in (ordinary, late)] == [0, 2]
        assert ["No digest went out on 2 days" in text for text in texts(line)] == [False, True]


def test_a_digest_by_hand_tells_all_since_the_last_one_and_leaves_no_gap(store_url: str) -> None:
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        clock.at = MORNING
        build_digests(line)
        spoken(line, "t3_a", "Said on the first day")
        clock.at = MORNING + 3 * DAY + HOUR

        middle = send_digest(line, DAILY, TEAM, day=(MORNING + 2 * DAY).date())
        newest = send_digest(line, DAILY, TEAM)
        again = [
            send_digest(line, DAILY, TEAM).outcome,
            send_digest(line, DAILY, TEAM, day=(MORNING + DAY).date()).outcome,
        ]

        assert middle.period == Period(MORNING, MORNING + 2 * DAY)
        assert newest.period == Period(MORNING + 2 * DAY, MORNING + 3 * DAY)
        assert again == ["told before", "told before"]
        assert build_digests(line) == 0
        heard = [digest_facts(line, DAILY, TEAM, one).mentions for one in periods(line)]
        assert [[mention.text for mention in of_one] for of_one in heard] == [
            [],
            ["Said on the first day"],
            [],
        ]


def test_a_digest_whose_period_is_not_over_is_not_sent(store_url: str) -> None:
    clock = Clock(MORNING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        with pytest.raises(TryLater, match="its period ends at 2026-11-22 06:00 UTC"):
            send_digest(line, DAILY, TEAM, day=(MORNING + DAY).date())

        assert letters(line) == []


def test_an_old_digest_is_the_one_that_was_sent_also_when_its_hour_has_changed(store_url: str) -> None:
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        clock.at = MORNING
        build_digests(line)
        clock.at = MORNING + 5 * DAY
        moved = replace(DAILY, at=5 * 60)

        old = period_asked(line, moved, TEAM, day=MORNING.date())
        new = period_asked(line, moved, TEAM)

        assert old == Period(MORNING - DAY, MORNING)
        assert new == Period(MORNING, MORNING + 5 * DAY - HOUR)


def test_a_digest_that_was_withdrawn_is_written_anew_though_later_ones_are_out(store_url: str) -> None:
    """faults.md 26, 49: under the same key, which is the same Message-ID."""
    clock = Clock(EVENING)
    with a_line(store_url, told(replace(DAILY, to=("Team@RFN.example",))), clock=clock) as line:
        spoken(line, "t3_a", "The first came late")
        spoken(line, "t3_b", "The second came late")
        clock.at = MORNING
        build_digests(line)
        clock.at = MORNING + DAY
        build_digests(line)
        (early, _) = letters(line)
        with line.store.writing() as connection:
            tombstones.bury(connection, FORUM_ID, ["t3_a"], now=clock())

        built = [build_digests(line), build_digests(line)]

        anew = {kept.message.key: kept.message.text.replace("*", "") for kept in letters(line)}
        assert built == [2, 0]  # the later one told of it as well: it still waits for an answer
        assert periods(line) == [Period(MORNING - DAY, MORNING), Period(MORNING, MORNING + DAY)]
        assert "The second came late" in anew[early.message.key]
        assert "The first" not in "".join(anew.values())


def test_somebody_who_is_forgotten_while_a_digest_is_written_is_not_in_it(
    store_url: str,
) -> None:
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        spoken(line, "t3_a", "The first came late")
        spoken(line, "t3_b", "The second came late")
        clock.at = MORNING
        meanwhile = BeforeWriting(line.store, partial(forget, line, "t3_a"))

        assert build_digests(replace(line, store=meanwhile)) == 1  # type: ignore[arg-type]
        (kept,) = letters(line)
        whole = kept.message.subject + kept.message.text + kept.message.html
        assert "The first" not in whole.replace("*", "")
        assert "The second came late" in kept.message.text.replace("*", "")


def test_who_unsubscribed_gets_no_digest_until_they_want_it_again(store_url: str) -> None:
    """faults.md 59."""
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        clock.at = MORNING
        build_digests(line)
        with line.store.writing() as connection:
            gone = [
                unsubscribed.unsubscribe(connection, "daily", TEAM, now=clock()),
                unsubscribed.unsubscribe(connection, "daily", TEAM, now=clock()),
            ]
        spoken(line, "t3_a", "Said while nobody wanted it, late")
        clock.at = MORNING + 3 * DAY
        while_gone = build_digests(line), send_digest(line, DAILY, TEAM).outcome
        with line.store.writing() as connection:
            back = unsubscribed.subscribe_again(connection, "daily", TEAM, now=clock() + HOUR)
        clock.at = MORNING + 4 * DAY

        assert gone == [True, False]
        assert while_gone == (0, "unsubscribed")
        assert (back, build_digests(line)) == (True, 1)
        assert periods(line)[1:] == [Period(MORNING + 3 * DAY + HOUR, MORNING + 4 * DAY)]
        assert [kept.state for kept in letters(line)] == ["withdrawn", "waiting"]
        assert digest_facts(line, DAILY, TEAM, periods(line)[-1]).mentions == []


def test_two_processes_at_once_write_one_digest_for_each_reader_and_period(store_url: str) -> None:
    """faults.md 50."""
    clock = Clock(EVENING)
    readers = [f"r{n}@rfn.example" for n in range(8)]
    with a_line(store_url, told(DAILY), clock=clock) as line:
        spoken(line, "t3_a", "late again")
        command = [sys.executable, "-m", "tests.digest_writer", store_url, MORNING.isoformat(), *readers]
        both = [
            subprocess.Popen(
                command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            for _ in range(2)
        ]
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for process in both:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.flush()
        built = [int(process.communicate(timeout=PATIENCE)[0]) for process in both]

        assert sum(built) == len(readers)
        assert sorted(kept.message.recipient for kept in letters(line)) == [
            f"mailto:{one}" for one in readers
        ]
        assert all(len(periods(line, reader=reader)) == 1 for reader in readers)
