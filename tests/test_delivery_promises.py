"""What the digest says of what we promised: when it is due, who presses, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from delivery.digest import digest_letter, is_empty, subject_line
from delivery.page import Limits
from tests.delivery_facts import a_day, nothing_heard
from tests.test_delivery_sections import BY_FOOT, TODAY, flat, section


@pytest.mark.parametrize(
    ("days_away", "words"),
    [(-3, "3 days overdue"), (-1, "1 day overdue"), (0, "today"), (1, "tomorrow"), (5, "Thu 2 Apr")],
)
def test_a_promise_says_when_it_is_due(days_away: int, words: str) -> None:
    promise = replace(BY_FOOT, due_on=TODAY + timedelta(days=days_away))

    facts = a_day(promises=[promise])
    table = section(facts, "Promised by us").table

    assert table is not None
    assert table.rows[0].cells == ("“We will publish the list by Friday.”", words)
    assert table.rows[0].link == "https://forum.example/r/1"
    assert ("1 promise overdue" in subject_line(facts)) == (days_away < 0)


def test_a_promise_makes_no_day_empty_and_names_to_whom_it_was_made() -> None:
    facts = nothing_heard(promises=[replace(BY_FOOT, to_whom="Northside Shelter")])

    assert not is_empty(facts)
    assert "to Northside Shelter: “We will publish the list by Friday.”" in flat(digest_letter(facts).text)


@pytest.mark.parametrize(("days_away", "empty"), [(-8, True), (-7, False), (1, False), (2, True)], ids=str)
def test_only_a_promise_that_presses_makes_a_day_one_to_tell_of(days_away: int, empty: bool) -> None:
    promise = replace(BY_FOOT, due_on=TODAY + timedelta(days=days_away))

    assert is_empty(nothing_heard(promises=[promise])) == empty


def test_of_many_promises_the_latest_are_shown_and_the_others_counted() -> None:
    many = [replace(BY_FOOT, due_on=TODAY - timedelta(days=n)) for n in range(30, 0, -1)]
    assert "7 promises overdue" in subject_line(a_day(promises=many))  # of older ones the subject is silent

    part = section(a_day(promises=many), "Promised by us", Limits(rows=10))

    assert part.table is not None
    assert [row.cells[1] for row in part.table.rows][-1] == "1 day overdue"
    assert part.notes == (
        "20 more are not shown. See all: earshot promise list --state accepted",
        "One that was kept is closed by its number (promise keep …): earshot promise list",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outcome": "kept"}, "kept"),
        ({"outcome": "broken"}, "broken"),
        ({"outcome": "broken", "due_on": None}, "broken"),
        ({"due_on": None, "moved_from": TODAY}, "no day; it was Sat 28 Mar"),
        ({"due_on": TODAY + timedelta(days=5), "moved_from": TODAY}, "Thu 2 Apr; it was Sat 28 Mar"),
    ],
    ids=str,
)
def test_what_became_of_a_promise_is_told_and_presses_nobody(changes: dict[str, Any], words: str) -> None:
    promise = replace(BY_FOOT, **{"due_on": TODAY - timedelta(days=3), **changes})

    table = section(a_day(promises=[promise]), "Promised by us").table

    assert table is not None
    assert [row.cells[1] for row in table.rows] == [words]
    assert "overdue" not in subject_line(a_day(promises=[promise]))
    assert is_empty(nothing_heard(promises=[promise]))
