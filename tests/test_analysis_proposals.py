"""What our own replies promise, by when, and whom they thank: proposed, never more."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from analysis.due import due
from analysis.proposals import ProposalFinder
from model import Mention, Proposal

FRIDAY = datetime(2026, 11, 20, 10, tzinfo=UTC)


@cache
def finder(timezone: str = "Europe/Berlin") -> ProposalFinder:
    return ProposalFinder(spacy.blank("xx"), timezone)


def proposed(
    text: str, lang: str = "en", *, at: datetime = FRIDAY, by_us: bool = True, timezone: str = "Europe/Berlin"
) -> list[Proposal]:
    reply = Mention(channel="x", external_id="1", text=text, by_us=by_us, published_at=at)
    return finder(timezone).proposals(reply, lang)


@pytest.mark.parametrize(
    ("lang", "text", "what", "day"),
    [
        ("en", "Sorry! We will publish the list by Friday.", "publish the list", date(2026, 11, 27)),
        ("en", "On Monday we'll send two boxes.", "send two boxes", date(2026, 11, 23)),
        (
            "en",
            "The money will be paid back within three days.",
            "The money will be paid back",
            date(2026, 11, 23),
        ),
        ("en", "We'll look into it.", "look into it", None),
        ("es", "Vamos a publicar la lista antes del viernes.", "publicar la lista", date(2026, 11, 27)),
        ("es", "Os lo enviaremos en dos semanas.", "enviaremos", date(2026, 12, 4)),
        ("pt", "Vamos publicar a lista até sexta-feira.", "publicar a lista", date(2026, 11, 27)),
        ("pt", "A ata será publicada a 3 de dezembro.", "A ata será publicada", date(2026, 12, 3)),
    ],
)
def test_a_promise_says_what_and_by_when(lang: str, text: str, what: str, day: date | None) -> None:
    (found,) = proposed(text, lang)

    assert (found.kind, found.what, found.due_on) == ("promise", what, day)
    assert found.due_words in text


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "We will not publish the list by Friday."),
        ("en", "They will publish the list by Friday."),
        ("en", "Will we publish the list by Friday?"),
        ("en", "> We will publish the list by Friday."),
        ("en", "We published the list on Friday."),
        ("en", "We are closed on Friday."),
        ("es", "No vamos a publicar la lista el viernes."),
        ("es", "Ya veremos."),
        ("pt", "Não vamos publicar a lista na sexta."),
        ("pt", "Eles vão publicar a lista na sexta."),
        ("fr", "Nous publierons la liste vendredi."),
        ("en", ""),
    ],
)
def test_what_is_no_promise_is_not_proposed(lang: str, text: str) -> None:
    assert proposed(text, lang) == []


def test_only_our_own_words_can_promise() -> None:
    assert proposed("We will publish the list by Friday. Thanks, Tom!", by_us=False) == []


def test_a_day_is_one_of_the_organisation_s_zone() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)

    (in_berlin,) = proposed("We will do it tomorrow.", at=late)
    (in_lima,) = proposed("We will do it tomorrow.", at=late, timezone="America/Lima")

    assert (in_berlin.due_on, in_lima.due_on) == (date(2026, 11, 22), date(2026, 11, 21))


def test_a_condition_makes_a_promise_less_sure() -> None:
    (certain,) = proposed("We will send a box on Monday.")
    (conditional,) = proposed("We will send a box on Monday if the van is mended.")

    assert conditional.confidence < certain.confidence


@pytest.mark.parametrize(
    ("lang", "text", "whom"),
    [
        ("en", "Thank you, Maria!", "Maria"),
        ("en", "Thanks to the night shift for staying.", "the night shift"),
        ("en", "Thanks for your patience.", ""),
        ("es", "Gracias a la parroquia de San Telmo por el local.", "la parroquia de San Telmo"),
        ("es", "Agradecemos vuestra paciencia.", ""),
        ("pt", "Obrigado à Casa Travessia pelas carrinhas.", "Casa Travessia"),
        ("pt", "Agradecemos a vossa paciência.", ""),
    ],
)
def test_thanks_say_to_whom(lang: str, text: str, whom: str) -> None:
    (found,) = proposed(text, lang)

    assert (found.kind, found.to_whom) == ("thanks", whom)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Thanks to the snow the van was late."),
        ("es", "Gracias a la nieve llegó tarde."),
        ("pt", "Não tem de quê, obrigado nós."),
        ("en", "No thanks needed."),
    ],
)
def test_a_cause_or_a_refusal_is_no_thanks(lang: str, text: str) -> None:
    assert proposed(text, lang) == []


@pytest.mark.parametrize(
    ("lang", "words", "day"),
    [
        ("en", "by 31/12", date(2026, 12, 31)),
        ("en", "by 5/6", None),
        ("en", "by 2027-02-01", date(2027, 2, 1)),
        ("en", "on 30 February", None),
        ("en", "before March", date(2027, 2, 28)),
        ("en", "in January", date(2027, 1, 31)),
        ("en", "by the end of the week", date(2026, 11, 22)),
        ("en", "next month", date(2026, 12, 31)),
        ("en", "on the Friday", date(2026, 11, 27)),
        ("es", "pasado mañana", date(2026, 11, 22)),
        ("es", "el 15 de enero de 2027", date(2027, 1, 15)),
        ("pt", "daqui a três semanas", date(2026, 12, 11)),
        ("pt", "depois de amanhã", date(2026, 11, 22)),
    ],
)
def test_words_of_time_name_a_day_or_say_that_it_is_not_sure(lang: str, words: str, day: date | None) -> None:
    found = due(f"x {words}.", lang, FRIDAY.date())

    assert found is not None
    assert found.day == day


@given(
    st.text(max_size=200), st.sampled_from(["en", "es", "pt"]), st.dates(date(2000, 1, 1), date(2100, 1, 1))
)
def test_any_text_is_read_and_each_span_is_in_it(text: str, lang: str, day: date) -> None:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)

    for found in proposed(f"We will do it {text}\ngracias {text}", lang, at=at):
        assert 0 <= found.start < found.end <= len(f"We will do it {text}\ngracias {text}")


@pytest.mark.parametrize(
    "text", ["we will " * 9_000, "thanks to " * 9_000, "a" * 1_000_000, "\0\ud800 we will do it"]
)
def test_a_huge_or_odd_reply_is_read(text: str) -> None:
    assert isinstance(proposed(text), list)
