"""Why something failed, in the reader's language: our own usual words, and not a letter of anybody else's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.digest import digest_letter
from delivery.reasons import phrases, reason_in
from delivery.words import ENGLISH, words
from errors import EarshotError
from model import SourceState
from net.answers import expect_ok
from net.http import Response
from tests.delivery_facts import DAILY, nothing_heard

ROOT = Path(__file__).resolve().parents[1]
SAYING = ("collectors", "net", "delivery", "storage", "stages")
NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


def said_by_the_code() -> str:
    """All that the code says, each gap of an f-string written as ``{n}``, joined where it goes on in a next line."""
    found = (file for room in SAYING for file in (ROOT / room).rglob("*.py") if file.name != "reasons.py")
    files = (*found, ROOT / "net" / "reasons.py")
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    joined = re.sub(r'"\s*\n\s*f?"', "", source)
    return re.sub(r"\{[^{}]*\}", "{n}", joined)


@pytest.mark.parametrize("language", ["es", "pt"])
def test_each_part_is_said_in_each_language_with_its_number(language: str) -> None:
    for english, told in zip(phrases(ENGLISH), phrases(words(language)), strict=True):
        assert told != english
        assert told.count("{n}") == english.count("{n}")


def test_each_part_is_one_that_the_code_says() -> None:
    said = said_by_the_code()

    numbers = {"(404)", "(410)", "(429)", "(429, too many requests)"}  # some are made of a status
    missing = [
        phrase
        for phrase in phrases(ENGLISH)
        if phrase not in said and not any(phrase.endswith(number) and number in phrase for number in numbers)
    ]

    assert missing == []


@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [
        (503, {"retry-after": "90"}, "tiene problemas propios (503), y nos pide esperar 90 s"),
        (404, {}, "no está ahí (404); revise la dirección si sigue así"),
        (410, {}, "desapareció para siempre (410); quite la fuente o dé su nueva dirección"),
        (403, {}, "no nos deja pasar (403); revise las credenciales, o si se permite leerla"),
    ],
)
def test_what_a_status_means_is_told_in_spanish(status: int, headers: dict[str, str], told: str) -> None:
    response = Response(url="https://town.example/feed", status=status, headers=headers, body=b"")
    with pytest.raises(EarshotError) as failed:
        expect_ok(response, "rss", now=NOW)

    assert reason_in(str(failed.value), words("es")) == f"rss: https://town.example/feed {told}"


def test_the_digest_tells_a_failing_source_in_its_readers_language() -> None:
    failing = SourceState(
        name="blog",
        channel="rss",
        status="failing",
        reason="rss: https://a.example/ timed out: no whole answer within 30 s",
        last_success_at=nothing_heard().period.start - timedelta(days=1),
        failures=3,
    )
    for language, told in (
        ("es", "no respondió del todo en 30 s"),
        ("pt", "não respondeu por inteiro em 30 s"),
        ("en", "timed out: no whole answer within 30 s"),
    ):
        facts = nothing_heard(sources=[failing], digest=replace(DAILY, language=language))
        text = " ".join(digest_letter(facts).text.split())
        assert f"rss: https://a.example/ {told}" in text


@given(st.text(max_size=60))
def test_what_others_said_stays_as_it_is(words_of_a_server: str) -> None:
    told = reason_in(f"«{words_of_a_server}»", words("es"))

    assert told == f"«{words_of_a_server}»" or any(part in words_of_a_server for part in _beginnings())


def _beginnings() -> list[str]:
    return [phrase.split("{n}")[0] for phrase in phrases(ENGLISH)]
