"""Labelled texts are read in one form, whichever file they come from."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.heads import HEADS
from analysis.training.corpus import is_learned
from analysis.training.examples import same_text, targets, unbraced
from analysis.training.own import HARD, ODD, PAIRS, TEXTS, own_examples
from analysis.training.phrases import forms, phrase_examples

_HEADER = "channel\twho\tthread\tparent\ttitle\tsentiment\tintents\tneeds\tconcern\thard\ttext"


def _organisation(folder: Path, *lines: str) -> Path:
    (folder / "en").mkdir()
    (folder / "en" / "mill.toml").write_text(
        'name = "Mill Trust"\nheld_back = true\n[[partners]]\nname = "Docklands Youth"\naliases = ["DYC"]\n'
    )
    (folder / "en" / "mill.tsv").write_text("\n".join((_HEADER, *lines)) + "\n")
    return folder


def test_a_line_becomes_an_example_with_its_partners_in_place(tmp_path: Path) -> None:
    line = (
        "note\tpartner\tours\tHow was it?\t\tneg\tcomplaint+report\treliability\tyes\tpolite\t{DYC}\\nwaited."
    )

    (example,) = own_examples(_organisation(tmp_path, line))

    assert example.text == "DYC\nwaited."
    assert example.partner_spans == (("text", 0, 3),)
    assert (example.held_back, example.hard, example.lang) == (True, "polite", "en")
    mention = example.mention()
    assert (mention.author_partner, mention.in_our_thread, mention.by_us) == ("Docklands Youth", True, False)
    row = dict(zip(HEADS, targets([example])[0], strict=True))
    assert (
        row["concern:yes"]
        == row["need:reliability"]
        == row["intent:report"]
        == row["sentiment:negative"]
        == 1
    )
    assert row["need:access"] == row["intent:other"] == row["sentiment:neutral"] == 0


@pytest.mark.parametrize(
    "line",
    [
        "x\tother\t\t\t\tbad\tother\t\tno\t\ttext",
        "x\tother\t\t\t\tneu\tchat\t\tno\t\ttext",
        "x\tother\tneu\tno\ttext",
    ],
    ids=["sentiment", "intent", "columns"],
)
def test_a_slip_in_a_line_is_told_with_file_and_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match=r"mill\.tsv, line 2"):
        own_examples(_organisation(tmp_path, line))


def test_our_own_texts_are_enough_and_a_fifth_of_the_organisations_is_held_back() -> None:
    examples = own_examples()

    organisations = {example.named.slug: example.held_back for example in examples}
    assert len(examples) >= 3_000
    assert len(organisations) >= 40
    assert 0.15 <= sum(organisations.values()) / len(organisations) <= 0.3
    assert min(Counter(example.lang for example in examples).values()) >= 700
    for example in examples:
        for place, start, end in example.partner_spans:
            assert (example.title if place == "title" else example.text)[start:end].strip()


def test_a_third_of_the_hard_pairs_is_held_back_in_every_language() -> None:
    pairs, ours = own_examples(PAIRS), own_examples()
    held_back = [pair for pair in pairs if not is_learned(replace(pair, source="pairs"))]

    assert len(pairs) >= 1_900
    assert 0.25 < len(held_back) / len(pairs) < 0.4
    assert {pair.lang for pair in held_back} == {"en", "es", "pt"}
    assert not {pair.named.slug for pair in pairs} & {one.named.slug for one in ours}
    assert {pair.lang for pair in pairs} == {"en", "es", "pt"}
    assert 0.25 < sum(pair.labels["concern:yes"] for pair in pairs) / len(pairs) < 0.35


def test_of_the_odd_texts_a_sixth_of_the_organisations_is_held_back_and_none_is_ours_already() -> None:
    odd, others = own_examples(ODD), [*own_examples(), *own_examples(PAIRS)]
    organisations = {one.named.slug: one.held_back for one in odd}

    assert len(odd) >= 18_000
    assert 0.15 < sum(organisations.values()) / len(organisations) < 0.2
    assert {one.lang for one in odd if one.held_back} == {"en", "es", "pt"}
    assert not organisations.keys() & {one.named.slug for one in others}
    assert 0.36 < sum(one.labels["concern:yes"] for one in odd) / len(odd) < 0.42


def test_nothing_long_that_is_held_back_is_learned_from_in_the_same_words() -> None:
    ours = [one for folder in (TEXTS, *HARD.values()) for one in own_examples(folder)]

    learned = {one.key() for one in ours if not one.held_back}

    assert [one.text for one in ours if one.held_back and one.key() in learned and len(one.key()) > 25] == []


def test_copies_are_known_without_addresses_accounts_signs_and_case() -> None:
    assert same_text("RT @user: Late AGAIN!! https://a.example/x") == same_text("rt late again")
    assert unbraced("{A} and {B b}") == ("A and B b", [(0, 1), (6, 9)])


def test_a_pattern_stands_for_its_forms_and_a_slip_is_refused() -> None:
    assert forms("(no|any) repl(y|ies) .. today") == [
        "no reply today", "no replies today", "any reply today", "any replies today",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="bracket"):
        forms("a) b")
    assert {example.source for example in phrase_examples()} == {"phrases"}
