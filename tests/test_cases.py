"""Which mentions are one matter, and when its letter may go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.cases import after_quiet_hours, by_case, by_firing
from model import Mention, Rule

BERLIN = "Europe/Berlin"
NIGHT = (22 * 60, 7 * 60)
MINUTE = timedelta(minutes=1)


def mention(
    number: int, *, story: int, thread: str, partner: str | None = "Northside", scope: str = ""
) -> Mention:
    return Mention(
        id=number,
        channel="reddit",
        scope=scope,
        external_id=f"t1_{number}",
        text="Late again.",
        story_id=story,
        thread_id=thread,
        author_partner=partner,
    )


def grouped(*mentions: Mention) -> list[list[int | None]]:
    return [[each.id for each in case] for case in by_case(mentions)]


@pytest.mark.parametrize(
    ("hours", "cooldown", "firings"),
    [
        ([], 4, []),
        ([0], 4, [[0]]),
        ([0, 3], 4, [[0, 3]]),
        ([0, 4], 4, [[0], [4]]),
        ([0, 3, 5, 8], 4, [[0, 3], [5, 8]]),
        ([5, 0, 3], 4, [[0, 3], [5]]),
        ([0, 0, 1], 0, [[0, 0], [1]]),
    ],
)
def test_a_case_that_goes_on_fires_again_once_the_cooldown_is_over(
    hours: list[int], cooldown: int, firings: list[list[int]]
) -> None:
    begin = datetime(2026, 11, 20, tzinfo=UTC)
    case = [
        replace(mention(hour, story=9, thread="a"), collected_at=begin + timedelta(hours=hour))
        for hour in hours
    ]

    found = by_firing(case, timedelta(hours=cooldown))

    assert [[each.id for each in firing] for firing in found] == firings


def test_one_story_in_two_places_is_one_case() -> None:
    assert grouped(mention(1, story=9, thread="a"), mention(2, story=9, thread="b")) == [[1, 2]]


def test_one_thread_is_one_case() -> None:
    assert grouped(mention(1, story=1, thread="a"), mention(2, story=2, thread="a")) == [[1, 2]]


def test_another_matter_is_another_case_in_the_order_in_which_they_were_met() -> None:
    told = grouped(
        mention(1, story=1, thread="a"), mention(2, story=2, thread="b"), mention(3, story=3, thread="a")
    )

    assert told == [[1, 3], [2]]


def test_another_partner_in_a_thread_is_news_of_its_own() -> None:
    told = grouped(
        mention(1, story=1, thread="a", partner="Northside"),
        mention(2, story=2, thread="a", partner="Mile End"),
        mention(3, story=1, thread="a", partner=None),
    )

    assert told == [[1], [2], [3]]


def test_the_same_thread_number_elsewhere_is_another_thread() -> None:
    assert grouped(
        mention(1, story=1, thread="7", scope="one.example"),
        mention(2, story=2, thread="7", scope="two.example"),
    ) == [[1], [2]]


def test_what_joins_two_cases_makes_them_one() -> None:
    told = grouped(
        mention(1, story=1, thread="a"),
        mention(2, story=2, thread="b"),
        mention(3, story=1, thread="b"),
        mention(4, story=2, thread="c"),
    )

    assert told == [[1, 2, 3, 4]]


PLACES = st.tuples(
    st.integers(1, 4), st.sampled_from("abcd"), st.sampled_from(["Northside", "Mile End", None])
)


@given(st.lists(PLACES, max_size=12))
def test_each_mention_is_in_one_case_and_what_shares_a_story_or_thread_is_together(
    places: list[tuple[int, str, str | None]],
) -> None:
    said = [
        mention(n, story=story, thread=thread, partner=partner)
        for n, (story, thread, partner) in enumerate(places)
    ]

    cases = by_case(said)

    assert sorted(each.id or 0 for case in cases for each in case) == list(range(len(said)))
    assert all([each.id for each in case] == sorted(each.id or 0 for each in case) for case in cases)
    at = {each.id: n for n, case in enumerate(cases) for each in case}
    for one in said:
        for other in said:
            if one.author_partner == other.author_partner and (
                one.story_id == other.story_id or one.thread_id == other.thread_id
            ):
                assert at[one.id] == at[other.id]


def local(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def letter_at(now: datetime, quiet: tuple[int, int] | None = NIGHT, zone: str = BERLIN) -> datetime:
    return after_quiet_hours(Rule(name="r", when="concern", quiet_hours=quiet), now, zone)


def clock(hour: int, minute: int = 0) -> int:
    return hour * 60 + minute


@pytest.mark.parametrize(
    ("now", "quiet", "goes"),
    [
        ("2026-11-20 23:00", None, "2026-11-20 23:00"),
        ("2026-11-20 12:00", NIGHT, "2026-11-20 12:00"),
        ("2026-11-20 21:59", NIGHT, "2026-11-20 21:59"),
        ("2026-11-20 22:00", NIGHT, "2026-11-21 07:00"),
        ("2026-11-20 23:30", NIGHT, "2026-11-21 07:00"),
        ("2026-11-21 03:00", NIGHT, "2026-11-21 07:00"),
        ("2026-11-21 06:59", NIGHT, "2026-11-21 07:00"),
        ("2026-11-21 07:00", NIGHT, "2026-11-21 07:00"),
        ("2026-11-20 13:15", (clock(13), clock(14)), "2026-11-20 14:00"),
        ("2026-11-20 14:00", (clock(13), clock(14)), "2026-11-20 14:00"),
        ("2026-12-31 23:59", NIGHT, "2027-01-01 07:00"),
        ("2026-11-20 03:00", (clock(2), clock(2)), "2026-11-20 03:00"),
    ],
    ids=[
        "no quiet hours",
        "day",
        "just before",
        "at their beginning",
        "evening",
        "night",
        "just before their end",
        "at their end",
        "at noon",
        "end of noon",
        "over New Year",
        "no span at all",
    ],
)
def test_a_letter_waits_for_the_end_of_the_quiet_hours(
    now: str, quiet: tuple[int, int] | None, goes: str
) -> None:
    assert letter_at(local(now), quiet) == local(goes)


@pytest.mark.parametrize(
    ("now", "quiet", "goes"),
    [
        ("2026-03-28 23:00+01:00", NIGHT, "2026-03-29 07:00+02:00"),
        ("2026-10-24 23:00+02:00", NIGHT, "2026-10-25 07:00+01:00"),
        ("2026-03-29 01:30+01:00", (clock(22), clock(2, 30)), "2026-03-29 03:30+02:00"),
        ("2026-10-25 01:00+02:00", (clock(22), clock(2, 30)), "2026-10-25 02:30+02:00"),
        ("2026-10-25 02:10+01:00", (clock(22), clock(2, 30)), "2026-10-25 02:30+01:00"),
        ("2026-10-25 02:50+02:00", (clock(2), clock(4)), "2026-10-25 04:00+01:00"),
    ],
    ids=[
        "a night of eight hours",
        "a night of ten hours",
        "an end that does not exist",
        "an end that comes twice, before both",
        "an end that comes twice, between them",
        "an hour that comes twice",
    ],
)
def test_quiet_hours_are_those_of_the_clock_on_the_wall(now: str, quiet: tuple[int, int], goes: str) -> None:
    """faults.md 54."""
    assert letter_at(datetime.fromisoformat(now).astimezone(UTC), quiet) == datetime.fromisoformat(goes)


ZONES = st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
SPANS = st.tuples(st.integers(0, clock(23, 59)), st.integers(0, clock(14)))


@given(MOMENTS, SPANS, ZONES)
def test_no_letter_goes_in_quiet_hours_or_much_later_than_they_end(
    now: datetime, span: tuple[int, int], zone: str
) -> None:
    """faults.md 54."""
    begin, long = span
    quiet = (begin, (begin + long) % clock(24))

    goes = letter_at(now, quiet, zone)

    assert goes >= now
    assert goes == now or goes - now <= long * MINUTE + timedelta(hours=1)
    assert not is_quiet(goes, quiet, zone)
    if not is_quiet(now, quiet, zone):
        assert goes == now


def is_quiet(moment: datetime, quiet: tuple[int, int], zone: str) -> bool:
    """Say it the slow way: walk over the minutes of the quiet hours."""
    begin, end = quiet
    minutes = {(begin + n) % clock(24) for n in range((end - begin) % clock(24))}
    wall = moment.astimezone(ZoneInfo(zone))
    return clock(wall.hour, wall.minute) in minutes
