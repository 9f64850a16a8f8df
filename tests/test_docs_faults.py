"""docs/faults.md says what the tests show, no more and no less."""

from __future__ import annotations

import pytest

from tests.fault_table import NUMBERS, TABLE, TESTS, covered, numbers, rows, written

TEXT = TABLE.read_text(encoding="utf-8")


def test_every_fault_stands_in_the_table_once() -> None:
    assert [row.number for row in rows(TEXT)] == list(NUMBERS)


def test_the_table_says_what_the_tests_show() -> None:
    """`make docs` writes it again."""
    assert written(TEXT, covered(TESTS)) == TEXT


def test_what_no_test_shows_is_said_to_be_open() -> None:
    silent = [row.number for row in rows(TEXT) if not row.shown_by and not row.open]

    assert silent == []


def test_no_test_names_a_fault_that_does_not_exist() -> None:
    assert set(covered(TESTS)) <= set(NUMBERS)


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("faults.md 10.", {10}),
        ("faults.md 1, 2 and 6: refused.", {1, 2, 6}),
        ("What a bomb does.\n\nfaults.md 27–29, 33.", {27, 28, 29, 33}),
        ("Nothing of the kind: 404.", set()),
    ],
    ids=["one", "several", "a span", "none"],
)
def test_numbers_are_read_as_people_write_them(docstring: str, expected: set[int]) -> None:
    assert numbers(docstring) == expected
