"""How rows and sentences fit a terminal, wide or narrow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.layout import counted, cut, laid_out, wrapped

COLUMNS = ("when", "who", "what")
ROWS = (
    (
        "2026-11-18 16:40",
        "odd_sock_drawer",
        "Got mine at quarter past nine. No text, no nothing, and I work nights.",
    ),
    ("2026-11-17 21:00", "Northside Shelter", "Late again"),
)
COUNTS = ("source", "new", "edited", "unchanged", "status")
HEARD = (("northside-blog", "12", "0", "3", "ok"), ("courier", "0", "1", "0", "failing"))


def test_what_fits_stands_in_columns() -> None:
    lines = laid_out(COUNTS, HEARD, numbers=COUNTS[1:4], width=80)

    assert lines == [
        "source          new  edited  unchanged  status",
        "northside-blog   12       0          3  ok",
        "courier           0       1          0  failing",
    ]


def test_prose_is_wrapped_in_its_column_where_that_is_wide_enough() -> None:
    lines = laid_out(COLUMNS, ROWS, numbers=(), width=80)

    assert lines[1:3] == [
        "2026-11-18 16:40  odd_sock_drawer    Got mine at quarter past nine. No text, no",
        "                                     nothing, and I work nights.",
    ]


def test_prose_goes_below_its_row_where_its_column_would_be_narrow() -> None:
    lines = laid_out(COLUMNS, ROWS, numbers=(), width=60)

    assert lines == [
        "when              who",
        "2026-11-18 16:40  odd_sock_drawer",
        "    Got mine at quarter past nine. No text, no nothing, and",
        "    I work nights.",
        "2026-11-17 21:00  Northside Shelter",
        "    Late again",
    ]


def test_a_row_that_fits_nowhere_becomes_words_without_what_is_nought() -> None:
    lines = laid_out(COUNTS, HEARD, numbers=COUNTS[1:4], width=40)

    assert lines == ["northside-blog  12 new  3 unchanged  ok", "courier  1 edited  failing"]


@given(
    rows=st.lists(st.lists(st.text("ab c", max_size=30).map(str.strip), min_size=3, max_size=3), max_size=5),
    width=st.integers(40, 120),
)
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(rows: list[list[str]], width: int) -> None:
    lines = laid_out(COLUMNS, rows, numbers=(), width=width)

    assert all(len(line) <= width for line in lines)
    words = " ".join(lines).split()
    for row in rows:
        for word in " ".join(row).split():
            assert word in words


def test_a_sentence_is_wrapped_at_words_as_far_in_as_it_began_and_a_link_stays_whole() -> None:
    link = "https://northside.example/a-very-long-way-to-the-original"

    assert wrapped(f"  it said so: {link}", 30) == ["  it said so:", f"  {link}"]
    assert wrapped(f"  {link}", 30) == [f"  {link}"]


def test_quotations_keep_their_mark_and_items_stand_below_their_words() -> None:
    assert wrapped("  > we stood in the rain", 16) == ["  > we stood in", "  > the rain"]
    assert wrapped("* Mile End - in the town", 16) == ["* Mile End - in", "  the town"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [("Late again", "Late again"), ("Late again today", "Late agai…"), ("時時時時時時", "時時時時…")],
    ids=["fits", "too long", "wide letters"],
)
def test_cuts_to_the_cells_that_letters_take(words: str, expected: str) -> None:
    assert cut(words, 10) == expected


@pytest.mark.parametrize(("n", "words"), [(0, "0 alerts"), (1, "1 alert"), (2, "2 alerts")])
def test_counts_one_and_many(n: int, words: str) -> None:
    assert counted(n, "alert") == words
