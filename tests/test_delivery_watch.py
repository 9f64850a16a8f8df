"""Counts and what follows from them: a spike, a shift for the worse, a silence, and when one of them is news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.attempts import silence_of
from delivery.watch.level import NOTHING_KNOWN, Level, State, turn
from delivery.watch.sentiment import shift
from delivery.watch.silence import silence
from delivery.watch.spike import spike
from model import Point

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG_AGO = NOW - 90 * DAY
numbers = count(1)


def point(ago: timedelta, *, negative: bool = False, story: int = 0, late: timedelta = MINUTE) -> Point:
    """Return what was collected so long before now, and published ``late`` before that."""
    number = next(numbers)
    return Point(
        id=number,
        subject=0,
        collected_at=NOW - ago,
        published_at=NOW - ago - late,
        story=story or number,
        negative=negative,
    )


def each_hour(per_hour: int, hours: int = 13, since: timedelta = timedelta()) -> list[Point]:
    return [point(since + hour * HOUR + MINUTE) for hour in range(1, hours) for _ in range(per_hour)]


def burst(n: int, ago: timedelta = timedelta(), **more: timedelta) -> list[Point]:
    return [point(ago + 5 * MINUTE, **more) for _ in range(n)]  # type: ignore[arg-type]


def a_spike(points: Sequence[Point], state: State | None = None, since: datetime = LONG_AGO) -> Level:
    return spike(points, state, at_least=None, since=since, now=NOW)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        pytest.param([], False, id="nothing"),
        pytest.param(burst(7), False, id="a few, where nothing is usual"),
        pytest.param(burst(8), True, id="as many as tell something"),
        pytest.param([*burst(29), *each_hour(10)], False, id="less than three times the usual"),
        pytest.param([*burst(31), *each_hour(10)], True, id="three times the usual"),
        pytest.param([*burst(9), *each_hour(2)], False, id="more than three times, but within chance"),
        pytest.param([*burst(20), *burst(12, DAY)], False, id="the rise that every morning brings"),
        pytest.param([*burst(20), *burst(12, 7 * DAY)], False, id="the rise that each week's market brings"),
        pytest.param([*burst(30), *burst(12, DAY), *burst(12, 7 * DAY)], True, id="twice the market's"),
        pytest.param(burst(500, late=3 * HOUR), False, id="a backlog"),
    ],
)
def test_a_spike_is_more_than_chance_the_day_and_the_week_before_explain(
    points: list[Point], expected: bool
) -> None:
    assert a_spike(points).is_over is expected


def test_nothing_is_a_spike_in_the_first_day_of_listening() -> None:
    level = a_spike(burst(500), since=NOW - DAY)

    assert level == NOTHING_KNOWN


def test_a_spike_is_over_when_the_hour_is_usual_again_by_what_was_usual_before_it() -> None:
    state = State(fired_at=NOW - HOUR, usual=4, is_on=True)

    assert not a_spike([*burst(6), *each_hour(40)], state).is_back
    assert a_spike([*burst(5), *each_hour(40)], state).is_back


def test_a_floor_of_one_s_own_is_kept() -> None:
    level = spike(burst(3), None, at_least=3, since=LONG_AGO, now=NOW)

    assert (level.is_over, level.count, len(level.mentions)) == (True, 3, 3)


def days(n: int, bad: int, *, first: int, per_day: int = 1) -> list[Point]:
    """Return mentions of days that lie ``first`` days back and further, so many of them negative."""
    return [point((first + each // per_day) * DAY + HOUR, negative=each < bad) for each in range(n)]


def a_shift(points: Sequence[Point], state: State | None = None) -> Level:
    return shift(points, state, at_least=None, now=NOW)


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        pytest.param(
            days(8, 7, first=0, per_day=2), days(28, 3, first=8), True, id="most of it, after little"
        ),
        pytest.param(days(8, 3, first=0, per_day=2), days(28, 3, first=8), False, id="a little more"),
        pytest.param(days(7, 7, first=0, per_day=2), days(28, 3, first=8), False, id="too few to tell"),
        pytest.param(days(8, 8, first=0, per_day=2), days(15, 0, first=8), False, id="too little before"),
        pytest.param(days(8, 7, first=0, per_day=2), days(28, 20, first=8), False, id="it was so before"),
        pytest.param(days(8, 0, first=0, per_day=2), days(28, 28, first=8), False, id="for the better"),
    ],
)
def test_a_shift_is_a_larger_share_of_negative_words_than_chance_explains(
    new: list[Point], old: list[Point], expected: bool
) -> None:
    assert a_shift([*new, *old]).is_over is expected


def test_a_shift_is_told_with_its_counts() -> None:
    level = a_shift([*days(8, 7, first=0, per_day=2), *days(28, 3, first=8)])

    assert (level.count, level.among, level.before, len(level.mentions)) == (7, 8, (3, 27), 7)


def test_one_story_that_is_told_often_is_no_shift() -> None:
    copies = [point(HOUR, negative=True, story=9) for _ in range(50)]

    assert not a_shift([*copies, *days(28, 3, first=8)]).is_over


def test_a_day_with_much_is_looked_at_by_itself() -> None:
    day = [point(HOUR, negative=number < 20) for number in range(24)]
    week = [point((1 + number // 20) * DAY + HOUR) for number in range(100)]

    level = a_shift([*day, *week, *days(28, 3, first=8)])

    assert (level.is_over, level.among, level.since) == (True, 24, NOW - DAY)


def test_a_shift_is_over_once_the_share_comes_near_what_it_was() -> None:
    before = days(28, 3, first=8)
    state = State(fired_at=NOW - DAY, usual=0.1, is_on=True)

    assert not a_shift([*days(8, 3, first=0, per_day=2), *before], state).is_back
    assert a_shift([*days(8, 1, first=0, per_day=2), *before], state).is_back


def a_silence(points: Sequence[Point], state: State | None = None, since: datetime = LONG_AGO) -> Level:
    return silence(points, state, at_least=None, since=since, now=NOW, rhythm=silence_of)


def test_who_speaks_each_day_is_silent_after_two() -> None:
    daily = [point(each * DAY) for each in range(3, 15)]

    assert a_silence(daily).is_over
    assert not a_silence([*daily, point(DAY)]).is_over
    assert a_silence([*daily, point(DAY)]).is_back


def test_who_speaks_each_week_is_not_silent_after_ten_days() -> None:
    weekly = [point((10 + each * 7) * DAY) for each in range(8)]

    assert not a_silence(weekly).is_over


def test_whose_rhythm_nobody_knows_is_never_silent() -> None:
    assert a_silence([point(each * DAY) for each in range(80, 85)]) == NOTHING_KNOWN


def test_who_fell_silent_before_we_listened_is_no_news() -> None:
    assert not a_silence([point(each * DAY) for each in range(30, 45)], since=NOW - 20 * DAY).is_over


OVER, BACK, BETWEEN = (
    Level(is_over=True, is_back=False),
    Level(is_over=False, is_back=True),
    Level(is_over=False, is_back=False),
)


@pytest.mark.parametrize(
    ("level", "state", "expected"),
    [
        (OVER, None, "fire"),
        (BETWEEN, None, "stay"),
        (OVER, State(fired_at=NOW - DAY, usual=1, is_on=True), "stay"),
        (BETWEEN, State(fired_at=NOW - DAY, usual=1, is_on=True), "stay"),
        (BACK, State(fired_at=NOW - DAY, usual=1, is_on=True), "end"),
        (BACK, State(fired_at=NOW - DAY, usual=1, is_on=False), "stay"),
        (OVER, State(fired_at=NOW - 3 * HOUR, usual=1, is_on=False), "stay"),
        (OVER, State(fired_at=NOW - 4 * HOUR, usual=1, is_on=False), "fire"),
    ],
)
def test_a_state_that_begins_fires_once_and_again_only_after_its_end_and_the_cooldown(
    level: Level, state: State | None, expected: str
) -> None:
    """faults.md 55."""
    assert turn(level, state, cooldown=4 * HOUR, now=NOW) == expected


@given(st.lists(st.sampled_from([OVER, BACK, BETWEEN]), max_size=40))
def test_whatever_goes_up_and_down_two_alerts_are_never_nearer_than_the_cooldown(levels: list[Level]) -> None:
    """faults.md 55."""
    state, fired = None, []
    for hours, level in enumerate(levels):
        now = NOW + hours * HOUR
        told = turn(level, state, cooldown=4 * HOUR, now=now)
        if told == "fire":
            fired.append(now)
            state = State(fired_at=now, usual=1, is_on=True)
        elif told == "end" and state is not None:
            state = State(fired_at=state.fired_at, usual=1, is_on=False)

    assert all(later - earlier >= 4 * HOUR for earlier, later in pairwise(fired))
