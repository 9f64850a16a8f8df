"""The fourth stage: one digest for each recipient and period, whatever sleeps, fails or runs twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from model import Attempt, Author, Digest, Period, Settings
from stages.analyze import analyze
from stages.digest import Told, build_digests, send_digest
from stages.facts import digest_facts
from stages.line import Line
from storage import schema, tombstones
from storage.attempts import keep_attempts
from storage.outbox import KeptMessage, load_messages
from storage.provision import provision
from tests.lines import BLOG_ID, FORUM_ID, LEAD, TEAM, Clock, a_line, hear
from tests.stores import NOW, said, settings

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAILY = Digest(name="daily", at=6 * 60, timezone="UTC", to=(TEAM,))
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def told(*digests: Digest) -> Settings:
    return settings(digests=digests, rules=())


def letters(line: Line) -> list[KeptMessage]:
    with line.store.reading() as connection:
        return load_messages(connection)


def words_of(kept: KeptMessage) -> str:
    """Return a letter's text without the stars around the words that earned a tag."""
    return kept.message.text.replace("*", "")


def recorded(line: Line) -> list[tuple[str, str, datetime, datetime]]:
    table = schema.digests
    columns = table.c.name, table.c.recipient, table.c.period_start, table.c.period_end
    with line.store.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(table.c.id))]


def heard_in_the_evening(line: Line, name: str = "t3_a", text: str = "late again") -> None:
    hear(line, said(name, text, published_at=line.now()))
    analyze(line)


def test_nothing_is_due_before_the_first_period_is_over(store_url: str) -> None:
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        at_once = build_digests(line)
        clock.at = MORNING - timedelta(seconds=1)
        early = build_digests(line)
        clock.at = MORNING
        on_time = build_digests(line)

        assert (at_once, early, on_time) == (0, 0, 1)
        assert recorded(line) == [("daily", TEAM, MORNING - DAY, MORNING)]


def test_it_is_built_once_however_often_it_is_asked_for(store_url: str) -> None:
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        heard_in_the_evening(line)
        clock.at = MORNING
        built = [build_digests(line)]
        clock.forward(HOUR)
        built.append(build_digests(line))
        clock.at = MORNING + DAY
        built.append(build_digests(line))

        assert built == [1, 0, 1]
        assert recorded(line) == [
            ("daily", TEAM, MORNING - DAY, MORNING),
            ("daily", TEAM, MORNING, MORNING + DAY),
        ]
        first, second = letters(line)
        assert "late again" in words_of(first)
        assert first.message.key != second.message.key


def test_two_schedulers_build_one_digest_for_each_recipient_and_period(store_url: str) -> None:
    """faults.md 50."""
    recipients = tuple(f"r{n}@rfn.example" for n in range(12))
    configured, clock = told(replace(DAILY, to=recipients)), Clock(EVENING)
    with (
        a_line(store_url, configured, clock=clock) as one,
        a_line(store_url, configured, clock=clock) as two,
    ):
        heard_in_the_evening(one)
        clock.at = MORNING
        built: list[int] = []
        both = [
            threading.Thread(target=lambda line=line: built.append(build_digests(line)))
            for line in (one, two, one, two)
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()

        assert sum(built) == 12
        assert sorted(recipient for _, recipient, *_ in recorded(one)) == sorted(recipients)
        assert sorted(kept.message.recipient for kept in letters(one)) == sorted(
            f"mailto:{recipient}" for recipient in recipients
        )


def test_one_recipient_s_digest_that_fails_stops_no_other_and_is_told_in_the_log(
    store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 52."""
    clock = Clock(EVENING)
    digests = (replace(DAILY, to=("nobody", TEAM)), replace(DAILY, name="lost", timezone="No/Where"), DAILY)
    with a_line(store_url, told(*digests, replace(DAILY, name="last", to=(LEAD,))), clock=clock) as line:
        clock.at = MORNING

        assert build_digests(line) == 2
        assert {(name, recipient) for name, recipient, *_ in recorded(line)} == {
            ("daily", TEAM),
            ("last", LEAD),
        }
    assert "'nobody' is not an e-mail address" in caplog.text
    assert "No/Where" in caplog.text


def test_three_days_asleep_make_one_digest_that_tells_it_all(store_url: str) -> None:
    """faults.md 53."""
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        heard_in_the_evening(line)
        clock.at = MORNING
        build_digests(line)
        clock.forward(HOUR)
        heard_in_the_evening(line, "t3_b", "The weekend was late")
        clock.at = MORNING + 3 * DAY + HOUR

        assert (build_digests(line), build_digests(line)) == (1, 0)
        assert recorded(line)[-1] == ("daily", TEAM, MORNING, MORNING + 3 * DAY)
        assert "The weekend was late" in words_of(letters(line)[-1])


def test_a_clock_that_jumps_back_sends_nothing_again(store_url: str) -> None:
    """faults.md 53."""
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        clock.at = MORNING + HOUR
        build_digests(line)
        clock.at = MORNING - 10 * DAY
        back = build_digests(line)
        clock.at = MORNING + 2 * HOUR

        assert (back, build_digests(line)) == (0, 0)
        assert len(letters(line)) == 1


def test_each_mention_is_in_exactly_one_digest_also_when_it_is_back_dated(store_url: str) -> None:
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        heard_in_the_evening(line, "t3_a", "Said in the evening")
        clock.at = MORNING
        build_digests(line)
        hear(line, said("t3_b", "Said at the very end", published_at=MORNING))
        hear(line, said("t3_c", "Said a week ago", published_at=MORNING - 7 * DAY))
        analyze(line)
        clock.at = MORNING + DAY
        build_digests(line)

        periods = [Period(start, end) for _, _, start, end in recorded(line)]
        told_in = [
            {mention.text for mention in digest_facts(line, DAILY, TEAM, period).mentions}
            for period in periods
        ]
        assert told_in == [{"Said in the evening"}, {"Said at the very end", "Said a week ago"}]


@pytest.mark.parametrize(
    ("when_empty", "sources_are", "letter"),
    [("skip", "healthy", 0), ("send", "healthy", 1), ("skip", "failing", 1)],
    ids=["skip", "send", "skip, but a source is in trouble"],
)
def test_an_empty_period_is_skipped_or_sent_as_told(
    store_url: str, when_empty: str, sources_are: str, letter: int
) -> None:
    """faults.md 57."""
    clock = Clock(EVENING)
    with a_line(store_url, told(replace(DAILY, when_empty=when_empty)), clock=clock) as line:  # type: ignore[arg-type]
        all_is_well(line, MORNING - HOUR)
        if sources_are == "failing":
            with line.store.writing() as connection:
                off = {"status": "off", "reason": "the key is wrong", "failures": 1}
                connection.execute(schema.sources.update().where(schema.sources.c.id == BLOG_ID).values(off))
                failed = Attempt(status="off", reason="the key is wrong", failures=1, next_attempt_at=None)
                keep_attempts(connection, {BLOG_ID: failed}, now=MORNING - HOUR / 2)
        clock.at = MORNING

        built = build_digests(line)
        again = build_digests(line)

        assert (built, again) == (letter, 0)
        assert len(letters(line)) == letter
        assert recorded(line) == [("daily", TEAM, MORNING - DAY, MORNING)]


def all_is_well(line: Line, at: datetime) -> None:
    with line.store.writing() as connection:
        healthy = {"last_attempt_at": at, "last_success_at": at, "last_new_at": at}
        connection.execute(schema.sources.update().values(healthy))
        read = Attempt(status="ok", next_attempt_at=at + HOUR)
        ids = connection.scalars(select(schema.sources.c.id))
        keep_attempts(connection, dict.fromkeys(ids, read), now=at)


def test_a_digest_that_waits_is_built_anew_without_what_was_taken_back(store_url: str) -> None:
    """faults.md 26."""
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        heard_in_the_evening(line, "t3_a", "The first came late")
        heard_in_the_evening(line, "t3_b", "The second came late")
        clock.at = MORNING
        build_digests(line)
        (before,) = letters(line)
        with line.store.writing() as connection:
            tombstones.bury(connection, FORUM_ID, ["t3_a"], now=clock())

        assert build_digests(line) == 1

        (after,) = letters(line)
        assert "The first came late" in words_of(before)
        assert "The first" not in after.message.text + after.message.html + after.message.subject
        assert "The second came late" in words_of(after)
        assert after.message.key == before.message.key


def test_a_digest_that_is_out_is_not_sent_again_when_something_is_taken_back(store_url: str) -> None:
    """faults.md 26."""
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        heard_in_the_evening(line, "t3_a", "The first came late")
        clock.at = MORNING
        build_digests(line)
        with line.store.writing() as connection:
            connection.execute(schema.outbox.update().values(state="sent", next_attempt_at=None))
            tombstones.bury(connection, FORUM_ID, ["t3_a"], now=clock())

        assert build_digests(line) == 0
        assert len(letters(line)) == 1


def test_sending_one_by_hand_and_by_the_clock_is_one_letter(store_url: str) -> None:
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        clock.at = MORNING
        period = Period(MORNING - DAY, MORNING)

        by_hand = send_digest(line, DAILY, TEAM)
        again = send_digest(line, DAILY, "Team <Team@RFN.example>")

        assert by_hand == Told(period=period, outcome="written", key=letters(line)[0].message.key)
        assert again == replace(by_hand, outcome="told before")
        assert build_digests(line) == 0


def test_a_new_recipient_gets_the_last_period_and_not_all_that_went_before(store_url: str) -> None:
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        clock.at = MORNING + 19 * DAY
        build_digests(line)
        joined = told(replace(DAILY, to=(TEAM, LEAD)))
        with line.store.writing() as connection:
            provision(connection, joined, now=clock())

        assert build_digests(replace(line, settings=joined)) == 1
        assert recorded(line)[-1] == ("daily", LEAD, MORNING + 18 * DAY, MORNING + 19 * DAY)


def test_a_digest_tells_of_answers_by_us_and_what_waits_still(store_url: str) -> None:
    clock = Clock(EVENING)
    with a_line(store_url, told(DAILY), clock=clock) as line:
        heard_in_the_evening(line, "t3_a", "The first came late")
        heard_in_the_evening(line, "t3_b", "The second came late")
        hear(
            line,
            said(
                "t1_c",
                "We are on our way.",
                author=Author("riversidefood"),
                parent_id="t3_a",
                thread_id="t3_a",
                published_at=EVENING + HOUR,
            ),
        )
        analyze(line)

        facts = digest_facts(line, DAILY, TEAM, Period(MORNING - DAY, MORNING))

        assert [mention.external_id for mention in facts.waiting] == ["t3_b"]
        assert {mention.external_id for mention in facts.mentions} == {"t3_a", "t3_b", "t1_c"}
        assert {source.name: source.heard for source in facts.sources} == {
            "northside-blog": 0,
            "r-foodbanks": 3,
        }
        assert NOW < EVENING
