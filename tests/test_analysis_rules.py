"""The language of the rules, and the promises of the room as a whole."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from analysis import open_analyzer, patterns
from analysis.clauses import clauses
from analysis.rulebook import languages, rulebook, version
from model import Mention, Organisation
from tests.analysers import PARTNERS, RIVERSIDE, analyser


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("late again", (("late again",),)),
        ("(no|any) reply", (("no reply", "any reply"),)),
        ("(very |)good", (("very good", "good"),)),
        ("deliver(y|ies)", (("delivery", "deliveries"),)),
        ("(a (b|c)|d) e", (("a b e", "a c e", "d e"),)),
        ("Está .. TARDE", (("esta",), ("tarde",))),
    ],
)
def test_a_rule_expands_into_its_phrases(pattern: str, expected: tuple[tuple[str, ...], ...]) -> None:
    assert patterns.parts(pattern) == expected


@pytest.mark.parametrize("pattern", ["(a|b", "a)", "late ..", "(|) x .. (|)", "(a|b|c|d|e|f|g|h)" * 5])
def test_a_rule_with_a_slip_of_the_pen_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="the rule"):
        patterns.parts(pattern)


def test_a_gap_crosses_no_sign_of_punctuation() -> None:
    with_gap = "The van was, I think, fine; late trains are another matter."
    without = "The van was once more very late."

    found = [
        analyser().analyze([Mention(channel="x", external_id="1", text=text)])[0]
        for text in (with_gap, without)
    ]

    assert [
        any(
            one.kind == "need" and one.label == "reliability" and "was" in one.because[0].text
            for one in analysis.annotations
        )
        for analysis in found
    ] == [False, True]


def test_sentences_and_clauses_end_where_a_thought_ends() -> None:
    words = ["it", "was", "late", ",", "but", "nice", "?", "(", "yes", ")", "."]

    split = clauses(words, {"but"})

    assert split.sentence == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert split.asked == {0}
    assert split.clause[2] != split.clause[5]
    assert split.tokens_of(1) == (7, 11)


def test_an_unknown_language_has_no_rulebook() -> None:
    assert languages() == ("en", "es", "pt")
    with pytest.raises(KeyError):
        rulebook("xx")


def test_a_version_is_that_of_one_component() -> None:
    assert version("needs") == version("needs")
    assert version("needs") != version("intents")


def test_two_analysers_of_the_same_names_have_the_same_version_and_others_have_another() -> None:
    again = open_analyzer(RIVERSIDE, PARTNERS)
    other = open_analyzer(RIVERSIDE, PARTNERS[1:])

    assert analyser().name == "fast"
    assert again.version == analyser().version
    assert other.version != analyser().version


def test_an_organisation_of_one_language_needs_no_telling() -> None:
    analyzer = open_analyzer(Organisation(name="Riverside", languages=("en",)), ())

    analysis = analyzer.analyze([Mention(channel="x", external_id="1", text="Riverside was late again")])[0]

    assert analysis.lang == "en"
    assert any(one.kind == "concern" and one.label == "yes" for one in analysis.annotations)


def test_a_language_without_rules_is_told_but_not_judged() -> None:
    analyzer = open_analyzer(Organisation(name="Riverside", languages=("de", "en")), ())

    text = "Die Kisten sind leider schon wieder viel zu spät gekommen"
    analysis = analyzer.analyze([Mention(channel="x", external_id="1", text=text)])[0]

    assert analysis.lang == "de"
    assert analysis.annotations == ()


def test_importing_analysis_loads_no_heavy_library() -> None:
    code = "import sys, analysis; print(sorted({'spacy', 'py3langid', 'numpy'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_tells_how_fast_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = "Northside is worried: the Riverside boxes came late again, and nobody has answered our three e-mails yet."
    mentions = [Mention(channel="x", external_id=str(at), text=f"{at} {text}") for at in range(400)]

    started = time.process_time()
    analyser().analyze(mentions)
    seconds = time.process_time() - started

    with capsys.disabled():
        sys.stdout.write(f"\nanalysis: {len(mentions) / seconds:,.0f} mentions a CPU-second\n")
    assert seconds < 60
