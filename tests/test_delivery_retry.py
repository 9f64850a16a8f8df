"""When a message is tried again, and when it has failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from delivery.retry import GIVE_UP_AFTER, next_try

START = datetime(2026, 3, 28, tzinfo=UTC)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=200, max_size=200))
def test_a_letter_is_tried_for_a_whole_day_and_then_fails(chances: list[float]) -> None:
    """faults.md 48."""
    chance = iter(chances)
    tried = [START]

    while (again := next_try(len(tried), START, tried[-1], lambda: next(chance))) is not None:
        tried.append(again)

    assert tried == sorted(set(tried))
    assert tried[-1] - START >= GIVE_UP_AFTER
    assert 12 <= len(tried) <= 60


def test_letters_that_failed_together_do_not_come_back_together() -> None:
    """faults.md 48: jitter."""
    chance = iter((0.0, 0.3, 0.6, 0.9))

    again = [next_try(3, START, START, lambda: next(chance)) for _ in range(4)]

    assert len(set(again)) == 4


def test_a_pause_that_the_server_asked_for_is_kept_but_never_beyond_a_day() -> None:
    asked = next_try(1, START, START, lambda: 0.0, after=timedelta(minutes=20))
    absurd = next_try(1, START, START, lambda: 0.0, after=timedelta(days=3650))

    assert asked == START + timedelta(minutes=20)
    assert absurd == START + GIVE_UP_AFTER


def test_any_number_of_attempts_is_no_overflow() -> None:
    assert next_try(10_000, START, START, lambda: 0.5) is not None
