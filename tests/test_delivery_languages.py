"""The letters in the languages that they are written in: whole, in step with the code, nothing left in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from delivery.alerts import alert_letter
from delivery.digest import digest_letter, subject_line
from delivery.facts import Promised
from delivery.plain import COLUMNS
from delivery.words import words
from tests.catalogues import GAP, LANGUAGES, LOCALE, as_po, in_step, kept, said_by_the_code
from tests.delivery_facts import DAILY, NOW, RIVERSIDE, a_day, an_alert, nothing_heard

IN_STEP = "run `python -m tests.catalogues`, and translate what is empty in delivery/locale"


def forms(one: object) -> tuple[str, ...]:
    """Return a sentence of a catalogue: one form, or one for one thing and one for many."""
    return (one,) if isinstance(one, str) else tuple(one or ()) if isinstance(one, list | tuple) else ()


def sentences(language: str) -> Iterator[tuple[Message, str, str]]:
    """Yield each message with each of its forms: what the code says and how it is translated."""
    for message in kept(language):
        if message.id:
            for said, translated in zip(forms(message.id), forms(message.string), strict=True):
                yield message, said, translated


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_code_is_translated_and_no_other(language: str) -> None:
    spoken = {(one.id, one.context) for one in said_by_the_code() if one.id}
    catalogue = kept(language)

    there = {(one.id, one.context) for one in catalogue if one.id}
    empty = [said for _, said, translated in sentences(language) if not translated]
    unsure = [one.id for one in catalogue if one.id and one.fuzzy]

    assert there == spoken, IN_STEP
    assert (empty, unsure) == ([], []), IN_STEP


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_gaps_of_its_sentence(language: str) -> None:
    wrong = [
        (said, translated)
        for _, said, translated in sentences(language)
        if sorted(GAP.findall(said)) != sorted(GAP.findall(translated)) or translated.strip() == ""
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_and_months_are_all_there(language: str) -> None:
    w = words(language)

    assert len(w.gettext("Mon Tue Wed Thu Fri Sat Sun").split()) == 7
    assert len(w.gettext("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_machines_read_says_what_translators_wrote(language: str) -> None:
    w = words(language)

    for message in kept(language):
        said, translated = forms(message.id), forms(message.string)
        if message.context:
            assert w.pgettext(message.context, said[0]) == translated[0], IN_STEP
        elif len(said) == 2:
            assert (w.ngettext(said[0], said[1], 1), w.ngettext(said[0], said[1], 2)) == translated, IN_STEP
        elif message.id:
            assert w.gettext(said[0]) == translated[0], IN_STEP


@pytest.mark.parametrize("language", LANGUAGES)
def test_writing_the_files_anew_changes_nothing(language: str) -> None:
    file = LOCALE / language / "LC_MESSAGES" / "earshot.po"

    assert file.read_bytes() == as_po(in_step(language)), IN_STEP


def test_the_languages_are_those_that_a_digest_may_be_written_in() -> None:
    from config.values import LANGUAGES as CONFIGURED

    assert {"en", *LANGUAGES} <= set(CONFIGURED)
    assert {folder.name for folder in Path(LOCALE).iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "subject", "headings"),
    [
        (
            "es",
            "Riverside: 3 esperan respuesta, 7 nuevas, Northside Shelter expresó una preocupación, "
            "1 promesa vencida, respuesta de solo 5 de 6 fuentes",
            "Esperan respuesta|Lo que prometimos|Qué ha cambiado|Temas|Gracias y elogios|Entidades aliadas|Por canal|"
            "Cobertura",
        ),
        (
            "pt",
            "Riverside: 3 esperam resposta, 7 novas, Northside Shelter manifestou uma preocupação, "
            "1 promessa em atraso, resposta de apenas 5 de 6 fontes",
            "À espera de resposta|O que prometemos|O que mudou|Temas|Agradecimentos e elogios|Parceiros|Por canal|"
            "Cobertura",
        ),
    ],
)
def test_a_whole_digest_is_written_in_its_language(language: str, subject: str, headings: str) -> None:
    late = Promised(what="We will.", due_on=NOW.date().replace(day=25), reply=7)

    letter = digest_letter(a_day(digest=replace(DAILY, language=language), promises=[late]))

    assert letter.subject == subject
    assert re.findall(r"<h2[^>]*>([^<]+)</h2>", letter.html) == headings.split("|")
    assert f'<html lang="{language}">' in letter.html
    ours = re.sub(r"> .*|https?://\S+|“[^”]*”", "", letter.text)
    assert not re.search(
        r"\b(waits|answered|usual|mentions?|partners?|see all|channel|days?)\b", ours, re.IGNORECASE
    )
    assert all(len(line) <= COLUMNS or "https://" in line for line in letter.text.splitlines())


def test_a_number_has_the_mark_of_its_language() -> None:
    assert "0,4" in digest_letter(a_day(digest=replace(DAILY, language="pt"))).text
    assert "0.4" in digest_letter(a_day()).text


def test_an_empty_day_is_as_short_in_every_language() -> None:
    subjects = [
        subject_line(nothing_heard(digest=replace(DAILY, language=each))) for each in ("en", *LANGUAGES)
    ]

    assert subjects == [
        "Riverside: nothing new, all 3 sources answered",
        "Riverside: nada nuevo, respondieron las 3 fuentes",
        "Riverside: nada de novo, as 3 fontes responderam",
    ]


def test_a_language_without_a_catalogue_is_written_in_english() -> None:
    assert subject_line(nothing_heard(digest=replace(DAILY, language="fi"))).startswith("Riverside: nothing")


def test_an_alert_is_written_in_the_organisation_s_first_language() -> None:
    facts = replace(an_alert(), organisation=replace(RIVERSIDE, languages=("es", "en")))

    letter = alert_letter(facts)

    assert "expresó una preocupación" in letter.subject
    assert '<html lang="es">' in letter.html
