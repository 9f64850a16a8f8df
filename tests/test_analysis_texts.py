"""Any text is survived, and every reason shows the words where they were written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import Analysis
from analysis.fold import CAP, fold
from model import Mention
from tests.analysers import analysed, analyser, labels, of_kind

_BLNS = Path(__file__).parents[2] / "shared" / "recordings" / "text" / "blns.json"

_NAMES = (
    "Riverside",
    "Northside Shelter",
    "Mãos Dadas",
    "Ma\u0303os",
    "came late again",
    "nadie contesta",
    "?",
    "!",
)
_ODD = (
    "ﬁne",
    "…",
    "\ud800",
    "\x00",
    "\n\n",
    "\u200d",
    "❤\ufe0f",
    "ｆｕｌｌ",
    "x" * 200,
    "مرحبا",
    "\u0301",
    "http://a.b/c",
)
_PIECES = st.sampled_from((*_NAMES, *_ODD))
_TEXTS = st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=12).map(" ".join)


def _holds(analysis: Analysis, text: str, title: str = "") -> None:
    """Assert that each reason is a real span of text or title and shows its words."""
    for annotation in analysis.annotations:
        for reason in annotation.because:
            written = title if reason.place == "title" else text
            assert 0 <= reason.start < reason.end <= len(written)
            assert written[reason.start : reason.end] == reason.text


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(text=_TEXTS, title=_TEXTS)
def test_every_reason_shows_the_words_at_its_offsets(text: str, title: str) -> None:
    analysis = analysed(text, title=title)

    _holds(analysis, text, title)


@settings(deadline=None, max_examples=200)
@given(text=_TEXTS, title=_TEXTS)
def test_folding_maps_each_character_back_into_its_source(text: str, title: str) -> None:
    folded = fold(text, title)

    if folded.offsets is not None:
        assert len(folded.offsets) == len(folded.text)
        assert list(folded.offsets) == sorted(folded.offsets)
    assert not any("\ud800" <= character <= "\udfff" for character in folded.text)


def test_survives_the_list_of_naughty_strings() -> None:
    """faults.md 30."""
    if not _BLNS.exists():
        pytest.skip("../shared/recordings is not here")
    texts = [str(text) for text in json.loads(_BLNS.read_text(encoding="utf-8"))]

    analyses = analyser().analyze([Mention(channel="x", external_id="1", text=text) for text in texts])

    assert len(analyses) == len(texts) > 400
    for text, analysis in zip(texts, analyses, strict=True):
        _holds(analysis, text)


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t ", "👍", "❤️🎉", "12345", "…", "\x00", "\ud83d", "https://a.example/b"]
)
def test_what_has_no_words_is_not_analysed_rather_than_neutral(text: str) -> None:
    """faults.md 37."""
    analysis = analysed(text)

    assert analysis.lang == "und"
    assert analysis.annotations == ()


def test_what_is_written_in_a_language_without_rules_still_names_partners() -> None:
    """faults.md 37."""
    analysis = analysed("Это очень плохо, Northside Shelter опять закрыт")

    assert analysis.lang == "und"
    assert [annotation.kind for annotation in analysis.annotations] == ["partner"]


@pytest.mark.parametrize(
    "text",
    [
        "Riverside boxes came late again. " * 303,
        "Riverside boxes came late again. " + "a" * 1_000_000,
        "Riverside boxes came late again. " + "((((" * 250_000,
        "Riverside boxes came late again. " + "\u0301" * 1_000_000,
        "Riverside boxes came late again. " + "a.b!c?" * 160_000,
        "Riverside boxes came late again. " + "was is not " * 90_000,
    ],
    ids=["10,000", "one word", "brackets", "marks", "dots", "openings"],
)
def test_a_long_text_is_analysed_up_to_a_cap(text: str) -> None:
    """faults.md 36."""
    analysis = analysed(text)

    assert labels(analysis, "us") == {"Riverside Food Network"}
    assert len(labels(analysis, "concern")) == 1
    assert all(reason.end <= CAP for annotation in analysis.annotations for reason in annotation.because)


def test_offsets_count_code_points_of_text_and_of_title() -> None:
    text = "👩‍👩‍👧 Die Ma\u0303os Dadas … Northside"

    found = of_kind(analysed(text, title="🎉 NSS"), "partner")

    spans = [(one.because[0].place, one.because[0].start, one.because[0].end) for one in found]
    assert spans == [
        ("title", 2, 5),
        ("text", text.index("Ma"), text.index(" …")),
        ("text", len(text) - 9, len(text)),
    ]


@settings(deadline=None, max_examples=40)
@given(texts=st.lists(_TEXTS, min_size=1, max_size=8), cut=st.integers(0, 8))
def test_a_mention_is_tagged_the_same_alone_and_in_any_batch(texts: list[str], cut: int) -> None:
    mentions = [Mention(channel="x", external_id=str(at), text=text) for at, text in enumerate(texts)]

    together = list(analyser().analyze(mentions))
    apart = [*analyser().analyze(mentions[:cut]), *analyser().analyze(mentions[cut:])]
    alone = [analyser().analyze([mention])[0] for mention in mentions]

    assert together == apart == alone


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Where can I bring clothes?", "en"),
        ("¿Dónde puedo llevar ropa?", "es"),
        ("Onde posso levar roupa?", "pt"),
        ("gracias a todos por venir", "es"),
        ("obrigada a todos por virem", "pt"),
    ],
)
def test_tells_the_language(text: str, lang: str) -> None:
    assert analysed(text).lang == lang


def test_the_channels_language_decides_where_the_words_do_not() -> None:
    assert analysed("Riverside ok", lang="pt-BR").lang == "pt"
    assert analysed("No ok", lang="es").lang == "es"
    assert analysed("No ok").lang == "und"


def test_the_channels_language_does_not_overrule_plain_words() -> None:
    assert analysed("The boxes have been late three times this month", lang="es").lang == "en"
