"""The accurate tier: what it judges, what it says, and what happens when its parts are missing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import Analysis, Analyzer, open_analyzer
from analysis.accurate import AccurateAnalyzer, every, worth_it
from analysis.judge import FACTS, MODEL, VOCABULARY, WEIGHTS, Facts, open_judge
from analysis.lines import analyze_lines
from analysis.verdicts import least_concern
from errors import NeedsAttention
from model import Annotation, Mention
from tests.analysers import PARTNERS, RIVERSIDE

CONCERN = "Riverside promised us twelve boxes for Tuesday and nobody came, for the third week in a row."


@cache
def accurate() -> Analyzer:
    return open_analyzer(RIVERSIDE, PARTNERS, tier="accurate", judged="every")


def _mention(text: str, **more: object) -> Mention:
    return Mention(channel="x", external_id="1", text=text, lang="en", **more)  # type: ignore[arg-type]


def _analysed(text: str, **more: object) -> Analysis:
    return accurate().analyze([_mention(text, **more)])[0]


def _of(analysis: Analysis, kind: str) -> list[Annotation]:
    return [one for one in analysis.annotations if one.kind == kind]


def test_finds_a_concern_and_says_by_which_words() -> None:
    analysis = _analysed(CONCERN)

    (concern,) = _of(analysis, "concern")
    assert (concern.label, concern.origin, analysis.tier) == ("yes", "model", "accurate")
    assert concern.because
    assert all(CONCERN[one.start : one.end] == one.text for one in concern.because)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you Riverside, the Saturday boxes were lovely!",
        "The buses are late again and the council does nothing.",
    ],
)
def test_leaves_thanks_and_anger_at_others_alone(text: str) -> None:
    assert [one.label for one in _of(_analysed(text), "concern")] == ["no"]


def test_names_partners_as_the_fast_tier_does() -> None:
    analysis = _analysed("Northside Shelter are waiting for an answer from Riverside.")

    assert [one.label for one in _of(analysis, "partner")] == ["Northside Shelter"]


def test_other_languages_keep_the_verdict_of_the_fast_tier() -> None:
    text = "Personne n'est venu avec les cartons de mardi et personne ne nous répond, c'est une honte."
    mention = Mention(channel="x", external_id="1", text=text, lang="fr")

    found = accurate().analyze([mention])[0]

    assert found == open_analyzer(RIVERSIDE, PARTNERS).analyze([mention])[0]
    assert found.tier == "fast"


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("es", "Nadie de Riverside vino con las cajas del martes y nadie nos contesta, es una vergüenza."),
        ("pt", "Ninguém da Riverside veio com as caixas de terça e ninguém nos responde, é uma vergonha."),
    ],
)
def test_in_spanish_and_portuguese_it_judges_feeling_and_concern_and_nothing_else(
    lang: str, text: str
) -> None:
    mention = Mention(channel="x", external_id="1", text=text, lang=lang)

    found = accurate().analyze([mention])[0]

    fast = open_analyzer(RIVERSIDE, PARTNERS).analyze([mention])[0]
    assert (found.lang, found.tier) == (lang, "accurate")
    assert [one.label for one in _of(found, "concern")] == ["yes"]
    judged = ("sentiment", "aspect", "concern")  # an aspect is the feeling of a sentence
    assert all(_of(found, kind) != _of(fast, kind) for kind in judged)
    assert [one for one in found.annotations if one.kind not in judged] == [
        one for one in fast.annotations if one.kind not in judged
    ]


def test_an_answer_names_the_tier_that_judged_it() -> None:
    lines = [
        json.dumps({"id": n, "text": t})
        for n, t in enumerate((CONCERN, "Muchas gracias a todos por la ayuda", "👍👍"))
    ]

    answers = [json.loads(answer) for answer in analyze_lines(lines, accurate(), PARTNERS)]

    assert [answer["tier"] for answer in answers] == ["accurate", "accurate", "fast"]


@settings(max_examples=6, deadline=None)
@given(
    st.permutations(
        [CONCERN, "", "  ", "👍👍", "def f(): return 1", "ok", "Thanks " * 300, "a\x00b \ud800 \u202e late"]
    )
)
def test_a_text_has_the_same_tags_alone_and_in_any_company(texts: Sequence[str]) -> None:
    """faults.md 30, 37."""
    together = accurate().analyze([_mention(text) for text in texts])

    assert list(together) == [_analysed(text) for text in texts]


def test_a_megabyte_without_a_blank_is_read_like_any_text() -> None:
    """faults.md 30."""
    assert _analysed("a" * 1_000_000).lang
    assert _analysed("nobody came " * 90_000).lang


def test_a_sign_of_the_vocabulary_in_a_post_is_only_text() -> None:
    judge = open_judge()
    assert judge.shares([101, 102]).shape[1] == 23

    numbers = judge._encoder._of_word("[SEP]")

    assert 102 not in numbers


def test_judges_only_the_uncertain_and_the_alarming_by_itself() -> None:
    sure = Annotation(kind="sentiment", label="positive", confidence=0.95)
    unsure = Annotation(kind="sentiment", label="neutral", confidence=0.5)
    calm = Annotation(kind="concern", label="no", confidence=0.99)
    alarming = Annotation(kind="concern", label="no", confidence=0.8)

    assert not worth_it(Analysis("en", (sure, calm)))
    assert worth_it(Analysis("en", (unsure, calm)))
    assert worth_it(Analysis("en", (sure, alarming)))
    assert every(Analysis("en", (sure, calm)))


def test_its_version_tells_which_mentions_it_judges() -> None:
    fast = open_analyzer(RIVERSIDE, PARTNERS)
    judge = open_judge()

    versions = {AccurateAnalyzer(fast, judge, RIVERSIDE, deserves=one).version for one in (every, worth_it)}

    assert len({*versions, fast.version}) == 3


@pytest.mark.parametrize("name", [WEIGHTS, VOCABULARY, FACTS])
def test_a_missing_or_cut_file_says_so_and_how_to_mend_it(tmp_path: Path, name: str) -> None:
    """faults.md 36."""
    for file in MODEL.iterdir():
        shutil.copyfile(file, tmp_path / file.name)
    (tmp_path / name).write_bytes((MODEL / name).read_bytes()[:1000])

    with pytest.raises(NeedsAttention, match=rf"{name}: .*cut or damaged; install Earshot again"):
        open_judge(tmp_path)

    (tmp_path / name).unlink()
    with pytest.raises(NeedsAttention, match=rf"{name}: .*cannot be read .*; install Earshot again"):
        open_judge(tmp_path)


def test_a_model_of_another_format_is_refused(tmp_path: Path) -> None:
    """faults.md 36."""
    facts = json.loads((MODEL / FACTS).read_text(encoding="utf-8"))
    (tmp_path / FACTS).write_text(json.dumps({**facts, "format": 99}), encoding="utf-8")

    with pytest.raises(NeedsAttention, match="of format 99, and this Earshot reads format 1"):
        open_judge(tmp_path)


def test_a_missing_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['onnxruntime'] = None\nfrom analysis.judge import open_judge\nopen_judge()"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert 'pip install "earshot[accurate]"' in ended.stderr
    assert "NeedsAttention" in ended.stderr


def test_a_partner_is_believed_sooner_the_dearer_a_missed_concern_is() -> None:
    facts = Facts("1", (0.0, 0.0, 0.0), {"concern:yes": 0.45})
    partner, other = (_mention("late", author_partner=one) for one in ("Northside Shelter", None))

    assert least_concern(partner, facts, 10.0) == pytest.approx(0.3945, abs=1e-3)
    assert least_concern(partner, facts, 20.0) < least_concern(partner, facts, 10.0)
    assert least_concern(other, facts, 10.0) == least_concern(other, facts, 20.0) == 0.45
    assert (
        least_concern(partner, facts, 0.1) == least_concern(other, facts, 0.1) > 0.98
    )  # none is worth an alarm
