"""Which stretch of time a digest tells of, around every oddity of local clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from delivery.periods import due_period, last_period, period_of
from model import Digest, Period

Every = Literal["day", "weekday", "week"]
ODD_ZONES = (
    "Europe/Berlin",
    "America/Sao_Paulo",  # skipped midnight until 2018
    "Africa/Cairo",  # skips midnight
    "Asia/Beirut",
    "America/Scoresbysund",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # had no 30 December 2011
    "Pacific/Kwajalein",  # had no 21 August 1993
    "America/Nuuk",
    "Asia/Kathmandu",
    "UTC",
)
ZONES = st.one_of(st.sampled_from(ODD_ZONES), st.sampled_from(sorted(available_timezones())))
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MINUTES = st.one_of(st.sampled_from((0, 30, 150, 450, 1439)), st.integers(0, 1439))


def a_digest(zone: str, at: int, every: Every = "day") -> Digest:
    return Digest(name="d", timezone=zone, at=at, every=every)


def local(
    year: int, month: int, day: int, hour: int, minute: int, zone: str = "Europe/Berlin", fold: int = 0
) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def test_ends_at_the_last_letter_and_begins_at_the_one_before() -> None:
    digest = a_digest("Europe/Berlin", 450)

    period = last_period(digest, local(2026, 3, 10, 9, 0))

    assert period == Period(local(2026, 3, 9, 7, 30), local(2026, 3, 10, 7, 30))


def test_a_letter_is_due_at_its_very_minute_and_not_before() -> None:
    digest = a_digest("Europe/Berlin", 450)

    early = last_period(digest, local(2026, 3, 10, 7, 30) - timedelta(microseconds=1))
    due = last_period(digest, local(2026, 3, 10, 7, 30))

    assert early.end == local(2026, 3, 9, 7, 30)
    assert due.end == local(2026, 3, 10, 7, 30)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 3, 30), 24), (date(2026, 10, 25), 25)],
)
def test_days_of_23_and_25_hours_are_exact(day: date, hours: int) -> None:
    """faults.md 54."""
    period = period_of(a_digest("Europe/Berlin", 450), day)

    assert period.end - period.start == timedelta(hours=hours)


def test_an_absent_hour_is_told_after_the_gap_and_an_ambiguous_one_once() -> None:
    """faults.md 54: 02:30 on 29 March and on 25 October in Berlin."""
    digest = a_digest("Europe/Berlin", 150)

    spring = period_of(digest, date(2026, 3, 29))
    autumn = period_of(digest, date(2026, 10, 25))

    assert spring.end == local(2026, 3, 29, 3, 30)
    assert autumn.end == local(2026, 10, 25, 2, 30, fold=0)
    assert last_period(digest, local(2026, 10, 25, 2, 30, fold=1)) == autumn


def test_a_skipped_midnight_moves_the_letter_to_the_days_first_hour() -> None:
    """faults.md 54: Sao Paulo had no 00:30 on 4 November 2018."""
    period = period_of(a_digest("America/Sao_Paulo", 30), date(2018, 11, 4))

    assert period.end == local(2018, 11, 4, 1, 30, "America/Sao_Paulo")
    assert period.end - period.start == timedelta(hours=24)


def test_a_day_that_never_was_has_no_letter() -> None:
    """faults.md 54: Apia went from 29 to 31 December 2011."""
    digest = a_digest("Pacific/Apia", 450)

    period = period_of(digest, date(2011, 12, 31))

    assert period == period_of(digest, date(2011, 12, 30))
    assert period.start == local(2011, 12, 29, 7, 30, "Pacific/Apia")


def test_mondays_letter_covers_the_weekend_and_no_letter_goes_out_on_it() -> None:
    digest = a_digest("Europe/Berlin", 450, "weekday")

    monday = period_of(digest, date(2026, 3, 9))

    assert monday == Period(local(2026, 3, 6, 7, 30), local(2026, 3, 9, 7, 30))
    assert period_of(digest, date(2026, 3, 7)) == monday
    assert last_period(digest, local(2026, 3, 8, 20, 0)).end == local(2026, 3, 6, 7, 30)


def test_a_week_goes_from_monday_to_monday() -> None:
    digest = a_digest("Europe/Berlin", 450, "week")

    period = last_period(digest, local(2026, 4, 2, 12, 0))

    assert period == Period(local(2026, 3, 23, 7, 30), local(2026, 3, 30, 7, 30))
    assert period_of(digest, date(2026, 3, 26)) == period


@given(zone=ZONES, at=MINUTES, now=MOMENTS, every=st.sampled_from(("day", "weekday", "week")))
@example(zone="Pacific/Apia", at=0, now=datetime(2012, 1, 3, tzinfo=UTC), every="day")
@settings(max_examples=300, deadline=None)
def test_consecutive_periods_abut(zone: str, at: int, now: datetime, every: Every) -> None:
    """faults.md 54: no mention is told twice or never."""
    digest = a_digest(zone, at, every)

    last = last_period(digest, now)
    before = last_period(digest, last.end - timedelta(microseconds=1))

    assert before.end == last.start < last.end <= now
    assert last_period(digest, last.end) == last
    assert period_of(digest, last.end.astimezone(ZoneInfo(zone)).date()) == last


@given(zone=ZONES, at=MINUTES, start=MOMENTS)
@example(zone="Pacific/Apia", at=450, start=datetime(2011, 12, 20, tzinfo=UTC))
@example(zone="Pacific/Kwajalein", at=1439, start=datetime(1993, 8, 10, tzinfo=UTC))
@example(zone="Europe/Berlin", at=150, start=datetime(2026, 3, 20, tzinfo=UTC))
@settings(max_examples=100, deadline=None)
def test_exactly_one_letter_goes_out_each_local_day(zone: str, at: int, start: datetime) -> None:
    """faults.md 54. The days that exist are found by walking the clock, not by the code under test."""
    here = ZoneInfo(zone)
    days = list(
        dict.fromkeys((start + timedelta(minutes=15 * i)).astimezone(here).date() for i in range(96 * 20))
    )

    ends = [period_of(a_digest(zone, at), day).end for day in days]

    assert [end.astimezone(here).date() for end in ends] == days


def test_three_days_asleep_make_one_letter_of_three_days() -> None:
    """faults.md 53."""
    digest = a_digest("Europe/Berlin", 450)
    told = local(2026, 3, 6, 7, 30)

    period = due_period(digest, local(2026, 3, 9, 9, 0), last_end=told)

    assert period == Period(told, local(2026, 3, 9, 7, 30))
    assert due_period(digest, local(2026, 3, 9, 9, 1), last_end=local(2026, 3, 9, 7, 30)) is None


def test_a_digest_that_moves_to_another_zone_still_tells_each_thing_once_and_once_a_day() -> None:
    """faults.md 54: a zone changed by the user."""
    told = local(2026, 3, 9, 7, 30)  # the last letter by Berlin's clock
    moved = a_digest("America/New_York", 450)

    same_day = due_period(moved, local(2026, 3, 9, 8, 0, "America/New_York"), last_end=told)
    next_day = due_period(moved, local(2026, 3, 10, 8, 0, "America/New_York"), last_end=told)

    assert same_day is None
    assert next_day == Period(told, local(2026, 3, 10, 7, 30, "America/New_York"))
