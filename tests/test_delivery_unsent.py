"""A letter that failed for good is told in the next digest, in words, so that a silent failure never looks quiet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from delivery.digest import digest_letter
from delivery.facts import Unsent
from model import Message, Period
from pipeline import digest_facts
from storage import outbox
from tests.delivery_facts import DAILY, a_day
from tests.lines import a_line
from tests.stores import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("language", "words", "why"),
    [
        ("en", "2 letters of Earshot's could not be delivered", "the webhook 'desk' refuses us (403)"),
        ("es", "2 cartas de Earshot no se pudieron entregar", "the webhook 'desk' no nos deja pasar (403)"),
        (
            "pt",
            "2 cartas do Earshot não puderam ser entregues",
            "the webhook 'desk' não nos deixa entrar (403)",
        ),
    ],
)
def test_letters_that_failed_stand_in_the_coverage(language: str, words: str, why: str) -> None:
    """faults.md 57, 48."""
    from dataclasses import replace

    unsent = (
        Unsent(recipient="mailto:nobody@rfn.example", reason="550 no such person"),
        Unsent(recipient="transport:desk", reason="the webhook 'desk' refuses us (403)"),
    )

    letter = digest_letter(a_day(digest=replace(DAILY, language=language), unsent=unsent))

    flat = " ".join(letter.text.split())
    assert words in flat
    assert "nobody@rfn.example: 550 no such person." in flat
    assert f"“desk”: {why}." in flat
    assert words.split(" ", 1)[1] in " ".join(letter.html.replace("&#39;", "'").split())


def test_the_store_tells_the_digest_which_letters_failed_in_its_period(store_url: str) -> None:
    """faults.md 48."""
    with a_line(store_url) as line:
        with line.store.writing() as connection:
            for n, failed_at in enumerate((NOW - HOUR, NOW - 30 * HOUR)):
                letter = Message(
                    key=f"k{n}", recipient=f"mailto:r{n}@x.example", kind="alert", subject="s", text="t"
                )
                outbox.put(connection, letter, [], now=failed_at)
                outbox.mark_unsent(connection, n + 1, "550 no", now=failed_at, again_at=None)

        facts = digest_facts(line, DAILY, "team@rfn.example", Period(NOW - 24 * HOUR, NOW))

    assert [each.recipient for each in facts.unsent] == ["mailto:r0@x.example"]
