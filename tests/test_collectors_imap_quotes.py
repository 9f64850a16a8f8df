"""What the writer said, apart from what was quoted, signed and added by the list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.imap.body import _cited, _readable
from collectors.quotes import own_words

RULE = "_" * 47


@pytest.mark.parametrize(
    ("letter", "said", "quoted"),
    [
        ("Plain words.", "Plain words.", 0),
        ("On 3 May 2026, Ana wrote:\n> late\n> again\n\nSame here.", "[…]\n\nSame here.", 2),
        ("Same here.\n\nAm 3. Mai 2026 schrieb Ana:\n> late", "Same here.\n\n[…]", 1),
        (
            "El lun, 3 may 2026 a las 9:30, Ana\n(<ana@x.example>) escribió:\n> tarde\nIgual.",
            "[…]\nIgual.",
            1,
        ),
        ("Em 3 de maio de 2026, Ana escreveu:\n> tarde\nIgual.", "[…]\nIgual.", 1),
        ("Ana Ruiz <ana@x.example> wrote:\n> late\nYes.\n> always?\nNo.", "[…]\nYes.\n[…]\nNo.", 2),
        ("Things we need:\n> not an attribution\nYes.", "Things we need:\n[…]\nYes.", 1),
        ("Same.\n-----Original Message-----\nFrom: Ana\nLate.", "Same.\n[…]", 3),
        ("Words.\n-- \nAna Ruiz\nNorthside", "Words.", 0),
        ("Words.\n--\nAna", "Words.", 0),
        (f"Words.\n{RULE}\nfoodbanks mailing list\nhttps://x/listinfo/foodbanks", "Words.", 0),
        (f"Words.\n-- \nAna\n{RULE}\nfoodbanks mailing list", "Words.", 0),
        (f"Part one\n{RULE}\nPart two", f"Part one\n{RULE}\nPart two", 0),
        (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nWords.\n-----BEGIN PGP SIGNATURE-----\nx",
            "Words.",
            0,
        ),
    ],
)
def test_what_the_writer_said(letter: str, said: str, quoted: int) -> None:
    found = own_words(letter)

    assert (found.text.strip(), found.quoted) == (said, quoted)


def test_two_dashes_far_above_the_end_are_no_signature() -> None:
    letter = "Above.\n-- \n" + "A line of the minutes.\n" * 40

    assert own_words(letter).text == letter


def test_a_letter_that_is_nothing_but_a_quote_stays_whole() -> None:
    letter = "On 3 May 2026, Ana wrote:\n> late\n> again"

    assert own_words(letter).text == letter


def test_what_a_page_cites_of_another_letter_is_a_quote_and_what_it_tells_is_not() -> None:
    page = (
        "<p>Same here.</p><blockquote>A proverb.</blockquote>"
        '<blockquote type="cite"><p>The boxes</p><blockquote class="gmail_quote">late</blockquote></blockquote>'
        "<p>End</p>"
    )

    said = own_words(_readable(page))

    assert said.text.split() == ["Same", "here.", "A", "proverb.", "[…]", "End"]
    assert said.quoted > 0


@given(st.text(alphabet="<>/blockquote type=cite\n ab", max_size=200))
def test_no_page_leaves_our_own_marks_in_a_text(page: str) -> None:
    found = _readable(page)

    assert "\ue000" not in found
    assert "\ue001" not in _cited(found)


@given(
    st.lists(st.sampled_from(["a word", "> q", "-- ", RULE, "On 3 May, x wrote:", "", "list@x"]), max_size=12)
)
def test_nothing_is_said_that_was_not_written(lines: list[str]) -> None:
    letter = "\n".join(lines)

    said = own_words(letter)

    assert all(line in ("", "[…]", *lines) for line in said.text.split("\n"))
    assert said.text.strip() or not letter.strip()
