"""What the room promises whoever opens it: versions, languages, light imports, the same tags in any company."""

from __future__ import annotations

import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language

from analysis import open_analyzer
from analysis.beside import Beside
from analysis.fast import FastAnalyzer, load
from analysis.language import LanguageTeller
from errors import NeedsAttention
from model import Mention, Organisation
from tests.analysers import PARTNERS, RIVERSIDE, analyser, labels

_ODD = (
    "", " ", "\n\n", "👍", "`x = 1`", "\x00", "\ud800", "Riverside", "Northside Shelter is late again",
    "¿Dónde está la caja?",
    "never", "not good at all", "https://a.example/b", "x" * 300, "!" * 40, "@rfn@social.example", "Não chegou nada…",
)  # fmt: skip
_TEXTS = st.lists(st.one_of(st.sampled_from(_ODD), st.text(max_size=20)), max_size=6).map(" ".join)
_MENTIONS = st.builds(
    Mention,
    channel=st.sampled_from(("x", "imap", "unheard of")),
    external_id=st.just("1"),
    text=_TEXTS,
    title=_TEXTS,
    parent_text=_TEXTS,
    in_our_thread=st.booleans(),
    by_us=st.booleans(),
    author_partner=st.sampled_from((None, "Northside Shelter")),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(mentions=st.lists(_MENTIONS, min_size=1, max_size=8), cut=st.integers(0, 8))
def test_any_mention_passes_and_has_the_same_tags_alone_in_any_batch_and_in_any_order(
    mentions: list[Mention], cut: int
) -> None:
    """faults.md 30."""
    alone = [analyser().analyze([mention])[0] for mention in mentions]

    assert list(analyser().analyze(mentions)) == alone
    assert [*analyser().analyze(mentions[:cut]), *analyser().analyze(mentions[cut:])] == alone
    assert list(analyser().analyze(mentions[::-1]))[::-1] == alone


def test_a_mention_among_hundreds_of_others_has_the_tags_that_it_has_alone() -> None:
    mention = Mention(
        channel="x", external_id="1", text="The Riverside boxes came late again, nobody told us."
    )
    others = [replace(mention, text=f"{at} people liked the soup number {at}, thanks!") for at in range(300)]

    among = analyser().analyze([*others[:150], mention, *others[150:]])[150]

    assert among == analyser().analyze([mention])[0]


def test_other_costs_make_another_version_and_other_names_do_not() -> None:
    other = open_analyzer(RIVERSIDE, PARTNERS[1:])
    bolder = open_analyzer(RIVERSIDE, PARTNERS, missed_concern_costs=50)

    assert analyser().name == "fast"
    assert other.version == analyser().version  # for names, only what says them is asked again
    assert bolder.version != analyser().version


def test_the_dearer_a_missed_concern_the_sooner_a_partners_words_are_taken_for_one() -> None:
    text = "Riverside changed the rota for Thursday."
    mention = Mention(channel="x", external_id="1", text=text, author_partner="Northside Shelter")

    found = [
        labels(
            open_analyzer(RIVERSIDE, PARTNERS, missed_concern_costs=costs).analyze([mention])[0], "concern"
        )
        for costs in (1e-9, 1e9)
    ]

    assert found == [{"no"}, {"yes"}]


def test_where_a_missed_concern_costs_little_only_what_is_sure_is_one_whoever_says_it() -> None:
    words = Mention(channel="x", external_id="1", text="Riverside was late again, the bread was mouldy.")

    for author in ("Northside Shelter", None):
        mention = replace(words, author_partner=author)
        found = [
            labels(
                open_analyzer(RIVERSIDE, PARTNERS, missed_concern_costs=costs).analyze([mention])[0],
                "concern",
            )
            for costs in (10, 1e-3)
        ]
        assert found == [{"yes"}, {"no"}]


def test_an_organisation_of_one_language_needs_no_telling() -> None:
    analyzer = open_analyzer(Organisation(name="Riverside", languages=("en",)), ())

    analysis = analyzer.analyze([Mention(channel="x", external_id="1", text="Riverside was late again")])[0]

    assert analysis.lang == "en"
    assert {one.kind for one in analysis.annotations} >= {"us", "sentiment", "intent", "concern"}


def test_a_language_that_no_model_learned_is_told_but_not_judged() -> None:
    analyzer = open_analyzer(Organisation(name="Riverside", languages=("de", "en")), ())

    text = "Die Kisten sind leider schon wieder viel zu spät gekommen"
    analysis = analyzer.analyze([Mention(channel="x", external_id="1", text=text)])[0]

    assert analysis.lang == "de"
    assert analysis.annotations == ()


def test_the_sum_of_the_words_and_the_whole_text_tell_the_same_language() -> None:
    teller = LanguageTeller()
    teller.speak(("en", "es", "pt"))
    text = "Os voluntários chegaram cedo e a sopa estava quente"

    assert teller._words is not None
    assert teller._identifier is not None
    (by_words,) = teller._words.ranked([text])
    by_text = dict(teller._identifier.rank(text))

    for ranked in (by_words, by_text):
        assert max(ranked, key=lambda language: ranked[language]) == "pt"
        assert sum(ranked.values()) == pytest.approx(1.0)


def test_an_analyser_that_is_not_used_any_more_is_gone_when_opening_another_fails() -> None:
    old = opened_and_dropped()

    with pytest.raises(NeedsAttention, match="no_such_pipeline"):
        open_analyzer(RIVERSIDE, PARTNERS, pipeline="no_such_pipeline")

    assert old() is None


def test_an_analyser_that_is_not_used_any_more_is_gone_before_another_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = opened_and_dropped()
    there: list[object] = []

    def noting(folder: Path) -> Language:
        there.append(old())
        return load(folder)

    monkeypatch.setattr("analysis.fast.load", noting)
    open_analyzer(RIVERSIDE, PARTNERS)

    assert there == [None]


def opened_and_dropped() -> weakref.ref[Language]:
    analyzer = open_analyzer(RIVERSIDE, PARTNERS)
    assert isinstance(analyzer, Beside)
    assert isinstance(analyzer._tier, FastAnalyzer)
    return weakref.ref(analyzer._tier._nlp)


def test_importing_analysis_loads_no_heavy_library() -> None:
    code = "import sys, analysis; print(sorted({'spacy', 'py3langid', 'numpy'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
