"""A digest over weeks: whatever the clocks, the polls and the settings do, each thing is told once, once a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from delivery.periods import FIRST_WEEKS, asked_period, due_period, first_period
from model import Digest, Period

ZONES = (
    "Europe/Berlin",
    "Asia/Beirut",  # skips midnight on 29 March 2026
    "Africa/Cairo",  # skips midnight on 24 April 2026
    "America/Santiago",  # skips midnight on 6 September 2026
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "UTC",
)
HOURS = st.sampled_from((0, 1, 30, 90, 120, 150, 179, 450, 1410, 1439))
DIGESTS = st.builds(
    Digest,
    name=st.just("d"),
    at=HOURS,
    timezone=st.sampled_from(ZONES),
    every=st.sampled_from(("day", "weekday", "week")),
)
BEGINS = st.sampled_from(
    [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 20), (4, 18), (9, 1), (10, 20))]
)


@dataclass(frozen=True)
class Step:
    """A look at the clock after a while, perhaps with other settings than before."""

    after: timedelta
    changed: Digest | None = None


PAUSES = st.one_of(
    st.sampled_from((30, 3600, 6 * 3600)), st.integers(30, 2 * 86_400), st.just(4 * 86_400)
).map(lambda seconds: timedelta(seconds=seconds))
STEPS = st.lists(st.builds(Step, after=PAUSES, changed=st.none() | DIGESTS), min_size=10, max_size=30)


def walked(digest: Digest, begin: datetime, steps: Sequence[Step]) -> list[tuple[Digest, Period]]:
    """Return what is told from step to step, as the stage tells it: with the settings of that moment."""
    told: list[tuple[Digest, Period]] = []
    now = begin
    for step in steps:
        now += step.after
        digest = step.changed or digest
        if told:
            period = due_period(digest, now, last_end=told[-1][1].end)
        else:
            period = first_period(digest, now, listening_since=begin)
        if period is not None:
            assert period.end <= now
            told.append((digest, period))
    return told


@given(digest=DIGESTS, begin=BEGINS, steps=STEPS)
@settings(max_examples=40)
def test_no_moment_is_told_twice_or_never_whatever_is_changed(
    digest: Digest, begin: datetime, steps: list[Step]
) -> None:
    """faults.md 54."""
    told = [period for _, period in walked(digest, begin, steps)]

    assert all(before.end == after.start for before, after in pairwise(told))
    assert all(period.start < period.end for period in told)
    assert all(period.start <= begin or period.start - begin > FIRST_WEEKS for period in told[:1])


@given(digest=DIGESTS, begin=BEGINS, steps=STEPS)
@settings(max_examples=40)
def test_no_local_day_has_two_letters_whatever_is_changed(
    digest: Digest, begin: datetime, steps: list[Step]
) -> None:
    """faults.md 54."""
    told = walked(digest, begin, steps)

    for (_, before), (settings_then, after) in pairwise(told):
        zone = ZoneInfo(settings_then.timezone)
        assert before.end.astimezone(zone).date() < after.end.astimezone(zone).date()


@given(zone=st.sampled_from(ZONES), at=HOURS, begin=BEGINS, seconds=st.integers(900, 3 * 3600))
@example(zone="Asia/Beirut", at=0, begin=datetime(2026, 3, 20, tzinfo=UTC), seconds=30 * 60)
@example(zone="Europe/Berlin", at=150, begin=datetime(2026, 10, 20, tzinfo=UTC), seconds=30 * 60)
@settings(max_examples=25)
def test_every_local_day_has_its_letter_where_somebody_looks_often(
    zone: str, at: int, begin: datetime, seconds: int
) -> None:
    """faults.md 54: around 2026-03-29 and 2026-10-25, and where midnight is skipped."""
    looks = [Step(timedelta(seconds=seconds))] * (12 * 86_400 // seconds)

    told = walked(Digest(name="d", at=at, timezone=zone), begin, looks)

    days = [period.end.astimezone(ZoneInfo(zone)).date() for _, period in told]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert len(days) in (11, 12, 13)


@given(digest=DIGESTS, begin=BEGINS, data=st.data())
@settings(max_examples=30)
def test_what_is_sent_by_hand_leaves_no_gap_and_tells_nothing_twice(
    digest: Digest, begin: datetime, data: st.DataObject
) -> None:
    told: list[Period] = []
    now = begin
    for _ in range(25):
        now += data.draw(PAUSES)
        digest = replace(digest, at=data.draw(HOURS))
        if data.draw(st.booleans()):
            day = data.draw(st.none() | st.integers(-9, 2))
            local = None if day is None else now.date() + timedelta(days=day)
            asked = asked_period(digest, day=local, now=now, told=told)
            period = asked if asked.end <= now and asked not in told else None
        elif told:
            period = due_period(digest, now, last_end=told[-1].end)
        else:
            period = first_period(digest, now, listening_since=begin)
        if period is not None:
            is_news = bool(told) and period.end > told[-1].end
            assert not is_news or period.start == told[-1].end
            told = sorted([*told, period], key=lambda one: one.end)

    assert all(before.end <= after.start for before, after in pairwise(told))
