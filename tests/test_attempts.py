"""How a reading ended decides when the next one is: never too early, never in step, and off only for a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.attempts import (
    AFTER_A_BUG,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    LONGEST_SILENCE,
    MISSING_FOR,
    QUIET_AFTER,
    RESTS_AFTER,
    SHORTEST_PAUSE,
    after_answer,
    after_bug,
    after_error,
    silence_of,
    unread_of,
)
from errors import EarshotError, NeedsAttention, TryLater
from model import Attempt

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHORT = st.timedeltas(timedelta(), timedelta(hours=24))
FAILURES = st.integers(0, 10_000)


def failed(
    error: EarshotError, *, failures: int = 0, missing_since: datetime | None = None, seed: int = 0
) -> Attempt:
    return after_error(error, failures=failures, missing_since=missing_since, now=NOW, random=Random(seed))


def pause_of(attempt: Attempt) -> timedelta:
    assert attempt.next_attempt_at is not None
    return attempt.next_attempt_at - NOW


def answered(
    *,
    wait: timedelta | None = None,
    last_new: timedelta | None = timedelta(0),
    listening_for: timedelta = 30 * DAY,
) -> Attempt:
    """Return what follows an answer; ``last_new`` is how long ago the source last brought something."""
    last_new_at = None if last_new is None else NOW - last_new
    return after_answer(
        every=15 * MINUTE, wait=wait, last_new_at=last_new_at, since=NOW - listening_for, now=NOW
    )


def test_what_answered_is_asked_again_after_its_own_pause() -> None:
    attempt = answered()

    assert attempt == Attempt(status="ok", next_attempt_at=NOW + 15 * MINUTE)


@given(SHORT)
def test_a_pause_asked_for_with_an_answer_is_kept_and_never_shortens_ours(wait: timedelta) -> None:
    """faults.md 16 and 23."""
    attempt = answered(wait=wait)

    assert attempt.status == "ok"
    assert pause_of(attempt) == max(wait, 15 * MINUTE)
    assert attempt.asked_to_wait_until == NOW + wait


@given(SHORT, FAILURES, st.integers())
def test_a_failed_source_is_never_asked_before_the_moment_that_it_named(
    after: timedelta, failures: int, seed: int
) -> None:
    """faults.md 16."""
    attempt = failed(TryLater("busy", after=after), failures=failures, seed=seed)

    assert attempt.status == "waiting"
    assert attempt.asked_to_wait_until == NOW + after
    assert pause_of(attempt) >= after
    assert pause_of(attempt) <= max(after, LONGEST_PAUSE) + FIRST_PAUSE + SHORTEST_PAUSE


@given(FAILURES, st.integers())
def test_a_failed_source_waits_later_and_later_and_never_for_ever(failures: int, seed: int) -> None:
    """faults.md 19."""
    attempt = failed(TryLater("down"), failures=failures, seed=seed)

    longest = min(FIRST_PAUSE * 2 ** min(failures, 20), LONGEST_PAUSE)
    assert attempt.status == "failing"
    assert attempt.failures == failures + 1
    assert SHORTEST_PAUSE <= pause_of(attempt) <= SHORTEST_PAUSE + longest


@pytest.mark.parametrize("failures", [0, 3, 12], ids=["first", "fourth", "thirteenth"])
@pytest.mark.parametrize("after", [None, timedelta(0), MINUTE, HOUR], ids=str)
def test_sources_that_failed_at_one_moment_do_not_come_back_at_one_moment(
    failures: int, after: timedelta | None
) -> None:
    """faults.md 19: one server fails for two hundred sources, and they share the random numbers of one process."""
    random = Random(7)
    error = TryLater("down", after=after)

    back = [
        after_error(error, failures=failures, missing_since=None, now=NOW, random=random).next_attempt_at
        for _ in range(200)
    ]

    assert len(set(back)) == 200


def test_the_whole_span_is_drawn_from() -> None:
    """faults.md 19: jitter that keeps to a part of the span keeps sources together."""
    random = Random(7)
    pauses = sorted(
        pause_of(after_error(TryLater("down"), failures=3, missing_since=None, now=NOW, random=random))
        for _ in range(400)
    )
    span = 8 * FIRST_PAUSE

    quarters = [
        sum(SHORTEST_PAUSE + n * span / 4 <= pause < SHORTEST_PAUSE + (n + 1) * span / 4 for pause in pauses)
        for n in range(4)
    ]

    assert sum(quarters) == 400
    assert min(quarters) > 60  # a hundred each is expected


def test_a_404_is_tried_for_three_days_and_then_is_a_matter_for_a_person() -> None:
    """faults.md 18."""
    gone = TryLater("rss: not there (404)", missing=True)

    first = failed(gone)
    last = failed(gone, failures=9, missing_since=NOW - MISSING_FOR + timedelta(seconds=1))
    over = failed(gone, failures=10, missing_since=NOW - MISSING_FOR)

    assert (first.status, first.missing_since) == ("failing", NOW)
    assert (last.status, last.missing_since) == ("failing", NOW - MISSING_FOR + timedelta(seconds=1))
    assert (over.status, over.next_attempt_at) == ("off", None)
    assert "not found for 3 days" in over.reason
    assert "mend its address, or remove it" in over.reason


def test_three_days_of_other_trouble_switch_nothing_off_and_a_404_after_them_counts_anew() -> None:
    """faults.md 18."""
    down = failed(TryLater("down"), failures=50, missing_since=NOW - 10 * DAY)
    missing = failed(TryLater("404", missing=True), failures=down.failures, missing_since=down.missing_since)

    assert (down.status, down.missing_since) == ("failing", None)
    assert (missing.status, missing.missing_since) == ("failing", NOW)


def test_what_needs_a_person_is_off_at_once_with_the_reason() -> None:
    """faults.md 17 and 18."""
    attempt = failed(NeedsAttention("rss: gone for good (410)"), failures=2)

    assert attempt == Attempt(
        status="off", reason="rss: gone for good (410)", next_attempt_at=None, failures=3
    )


def test_a_bug_pushes_its_source_on_an_hour_and_shows_nothing_of_the_error() -> None:
    attempt = after_bug(ValueError("token=sesame"), failures=4, now=NOW)

    assert (attempt.status, attempt.failures) == ("failing", 5)
    assert pause_of(attempt) == AFTER_A_BUG
    assert "ValueError" in attempt.reason
    assert "sesame" not in attempt.reason


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("last_new", "listening_for", "status"),
    [
        (QUIET_AFTER, 90 * DAY, "ok"),
        (QUIET_AFTER + SECOND, 90 * DAY, "quiet"),
        (None, QUIET_AFTER, "ok"),
        (None, QUIET_AFTER + SECOND, "quiet"),
        (DAY, 90 * DAY, "ok"),
    ],
    ids=["just not", "just so", "never, but new to us", "never", "lively"],
)
def test_a_source_that_answers_and_brings_nothing_for_two_weeks_is_quiet(
    last_new: timedelta | None, listening_for: timedelta, status: str
) -> None:
    attempt = answered(last_new=last_new, listening_for=listening_for)

    assert attempt.status == status
    assert (attempt.reason == "nothing new for 14 days") == (status == "quiet")
    assert pause_of(attempt) == 15 * MINUTE


@pytest.mark.parametrize(
    ("skipped", "words"),
    [
        ([], ""),
        (["item 3: no id"], "item 3: no id"),
        (["item 3:\x1b[2J no\nid", "item 4", "item 5"], "item 3: no id; 2 more could not be read"),
    ],
)
def test_what_could_not_be_read_is_told_with_a_source_that_was(skipped: list[str], words: str) -> None:
    """faults.md 28."""
    unread = unread_of(skipped)
    well, quiet = (
        after_answer(every=MINUTE, wait=None, last_new_at=NOW - ago, since=NOW - DAY, now=NOW, unread=unread)
        for ago in (DAY, 15 * DAY)
    )

    assert (well.status, well.reason) == ("ok", words)
    assert (quiet.status, quiet.reason) == (
        "quiet",
        "; ".join(filter(None, ("nothing new for 15 days", words))),
    )


def test_a_source_is_quiet_by_its_own_rhythm() -> None:
    def times(*days: float) -> list[datetime]:
        return [NOW - timedelta(days=each) for each in days]

    assert silence_of(times(1, 2, 3)) == QUIET_AFTER  # too few to tell
    assert silence_of(times(*range(20))) == timedelta(days=2)  # daily
    assert silence_of(times(*range(0, 140, 7))) == timedelta(days=14)  # weekly
    assert silence_of(times(1, 2, 3, 4, 34, 35, 36)) == timedelta(days=2)  # daily, but for one holiday
    assert silence_of(times(*range(0, 1000, 50))) == LONGEST_SILENCE


@given(st.integers(RESTS_AFTER - 1, 500), st.integers())
def test_after_many_failures_a_source_rests_and_one_answer_ends_it(failures: int, seed: int) -> None:
    """faults.md 20."""
    failed = after_error(
        TryLater("down"), failures=failures, missing_since=None, now=NOW, random=Random(seed)
    )
    answered = after_answer(every=timedelta(minutes=15), wait=None, last_new_at=NOW, since=NOW, now=NOW)

    assert failed.next_attempt_at is not None
    assert failed.next_attempt_at - NOW >= timedelta(minutes=32)
    assert failed.status == "failing"
    assert (answered.failures, answered.next_attempt_at) == (0, NOW + timedelta(minutes=15))
