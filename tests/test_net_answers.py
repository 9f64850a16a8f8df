"""What a status means, how long to wait, and that nobody waits in step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import NeedsAttention, TryLater
from net.answers import expect_ok, retry_after
from net.backoff import pause
from net.http import Response

DAY = timedelta(hours=24)


def answer(status: int, **headers: str) -> Response:
    return Response(
        status,
        {name.replace("_", "-"): value for name, value in headers.items()},
        b"",
        "http://a.example/?k=1",
    )


@pytest.mark.parametrize("status", [200, 201, 204, 206, 304])
def test_a_good_answer_passes(status: int, now: datetime) -> None:
    """faults.md 15."""
    expect_ok(answer(status), "feed 'a'", now=now)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "credentials"),
        (403, "credentials"),
        (410, "gone for good"),
        (400, "answers 400"),
        (451, "answers 451"),
        (302, "answers 302"),
        (100, "answers 100"),
    ],
)
def test_some_need_a_person(status: int, words: str, now: datetime) -> None:
    """faults.md 17, 18."""
    with pytest.raises(NeedsAttention, match=f"feed 'a': http://a.example/ .*{words}"):
        expect_ok(answer(status), "feed 'a'", now=now)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 599])
def test_some_mend_themselves(status: int, now: datetime) -> None:
    """faults.md 16, 19."""
    with pytest.raises(TryLater) as plain:
        expect_ok(answer(status), "feed 'a'", now=now)
    with pytest.raises(TryLater, match="wait 90 s") as asked:
        expect_ok(answer(status, retry_after="90"), "feed 'a'", now=now)

    assert (plain.value.after, plain.value.missing) == (None, False)
    assert asked.value.after == timedelta(seconds=90)


def test_a_404_is_missing_and_may_come_back(now: datetime) -> None:
    """faults.md 18."""
    with pytest.raises(TryLater) as caught:
        expect_ok(answer(404), "feed 'a'", now=now)

    assert caught.value.missing


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("0120", 120),
        ("99999999999999999999", 86400),
        ("Wed, 20 May 2026 09:31:00 GMT", 60),
        ("Wed, 20 May 2026 11:31:00 +0200", 60),
        ("Wednesday, 20-May-26 09:31:00 GMT", 60),
        ("Wed, 20 May 2026 09:31:00 -0000", 60),
        ("Wed, 20 May 2020 09:31:00 GMT", 0),
        ("Wed, 20 May 2036 09:31:00 GMT", 86400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("٣", None),
        ("Wed, 99 May 2026 09:31:00 GMT", None),
        ("Wed, 20 May 99999 09:31:00 GMT", None),
    ],
)
def test_reads_how_long_to_wait(value: str | None, seconds: int | None, now: datetime) -> None:
    """faults.md 16."""
    expected = None if seconds is None else timedelta(seconds=seconds)

    assert retry_after(value, now=now) == expected


@given(st.text(), st.datetimes())
def test_never_waits_longer_than_a_day(value: str, moment: datetime) -> None:
    """faults.md 16."""
    now = datetime(2026, 5, 20, tzinfo=UTC)
    for text in (value, format_datetime(moment)):
        wait = retry_after(text, now=now)

        assert wait is None or timedelta() <= wait <= DAY


@given(st.integers(min_value=-5, max_value=10_000), st.randoms())
def test_a_pause_stays_within_its_span(failures: int, random: Random) -> None:
    """faults.md 19."""
    first, longest = timedelta(minutes=1), timedelta(hours=6)

    drawn = pause(failures, first=first, longest=longest, random=random)

    assert timedelta() <= drawn <= min(longest, first * 2 ** max(0, min(failures - 1, 20)))
    assert failures >= 1 or drawn == timedelta()


def test_pauses_grow_and_are_spread_over_the_whole_span() -> None:
    """faults.md 19."""
    random = Random(7)
    minute = timedelta(minutes=1)

    drawn = [pause(4, first=minute, longest=60 * minute, random=random) for _ in range(400)]
    later = [pause(6, first=minute, longest=60 * minute, random=random) for _ in range(400)]

    assert min(drawn) < minute
    assert 7 * minute < max(drawn) <= 8 * minute
    assert len(set(drawn)) > 390
    assert sum(later, timedelta()) > 3 * sum(drawn, timedelta())
