"""How single texts are read and worded."""

from __future__ import annotations

import doctest
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import values, wording, writing


@given(st.integers(0, 999_999).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_span_that_was_written_reads_back(span: timedelta) -> None:
    assert values.span(values.span_text(span)) == span


@given(st.integers(0, 24 * 60 - 1))
def test_every_minute_of_the_day_can_be_written(minute: int) -> None:
    assert values.clock(f"{minute // 60:02}:{minute % 60:02}") == minute


@pytest.mark.parametrize("text", ["15", "m", "-1m", "1.5h", "1h30m", "١m", "15 min", ""])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of time"):
        values.span(text)


@pytest.mark.parametrize("text", ["a@b.c", "mailto:a@b.c", "MAILTO:a.b+c@localhost", "ü@exämple.org"])
def test_a_mail_address_is_had_in_one_form(text: str) -> None:
    assert values.mailbox(text) == f"mailto:{text.rpartition(':')[2]}"


@pytest.mark.parametrize(
    "text", ["", "a", "@b", "a@", "a b@c", "a@b@c", "<a@b.c>", "a@b.c, d@e.f", "mailto:"]
)
def test_what_is_no_mail_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no mail address|is empty"):
        values.mailbox(text)


@given(st.text())
def test_nothing_shown_can_steer_a_terminal_or_break_a_line(text: str) -> None:
    """faults.md 41 and 91."""
    shown = wording.shown(text)

    assert all(character.isprintable() or character.isspace() for character in shown)
    assert len(shown.splitlines()) == 1
    assert len(shown) <= 10 * wording.LONGEST_SHOWN + 2


@pytest.mark.parametrize("module", [wording, writing])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]

    assert done.attempted > 0
    assert done.failed == 0
