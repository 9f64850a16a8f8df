"""The quick ways of the fast tier give what the plain ones give: tokens, folding, languages, what each word gave."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from spacy.language import Language

from analysis.component import MODEL
from analysis.fast import FOLDER
from analysis.files import read
from analysis.fold import fold
from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.language import LanguageTeller
from analysis.linear import FACT_COLUMNS, score
from analysis.reading import KEY, Reading
from analysis.sheet import lay_out
from analysis.tokens import Tokens, quicken
from analysis.training.examples import Example
from analysis.training.reading_texts import docs_of
from analysis.vocabulary import Vocabulary
from model import Mention

TEXTS = (
    "Why was our order late again? Riverside's van (the old one) never came -- twice!",
    "¿Por qué nadie contestó? Llevamos tres semanas esperando, y “la lista” sigue sin salir…",
    "Não percebemos porque é que o prazo mudou; obrigado à Ana pela ajuda :-)",
    "  a line\n\nand another   with blanks\t",
    "see https://a.example/b?c=d and @someone, don't you? £5.50/day, e.g. U.S.A. #help",
    "",
    " ",
    "e\u0301te\u0301 ﬁne ½ 👩‍💻 a\u200bb \x00 \ud800 `code` " + "x" * 200,
)
PIECES = st.sampled_from(
    (*" \n\t\u00a0…½`'’“é(),.-", "  ", "e\u0301", "\u0301", "van", "don't", "http://a", "www.b")
)


@cache
def blank() -> Language:
    return spacy.blank("xx")


@cache
def tokens() -> Tokens:
    return Tokens(blank().tokenizer, blank().vocab, most=20)  # so few that they are forgotten on the way


@settings(deadline=None)
@given(st.one_of(st.sampled_from(TEXTS), st.lists(PIECES, max_size=12).map("".join)))
def test_stretches_that_are_cut_once_are_spacys_own_tokens(text: str) -> None:
    plain = fold(text).text

    ours, theirs = tokens()(plain), blank().tokenizer(plain)

    assert ours.text == plain
    assert [(one.text, one.whitespace_) for one in ours] == [(one.text, one.whitespace_) for one in theirs]


@settings(deadline=None)
@given(st.one_of(st.sampled_from(TEXTS), st.lists(PIECES, max_size=12).map("".join)))
def test_a_text_that_is_folded_at_once_is_what_its_characters_are_one_by_one(text: str) -> None:
    together, apart = fold(text), fold(f"{text}\n\nwww.x")  # an address has each character looked at

    assert apart.offsets is not None
    assert apart.text.startswith(together.text.rstrip())
    for at, character in enumerate(together.text.rstrip()):
        if not character.isspace():
            assert together.place(at, at + 1) == apart.place(at, at + 1)


def test_a_quickened_pipeline_still_knows_what_is_asked_of_a_word() -> None:
    quick = spacy.blank("xx")
    quicken(quick)

    doc, usual = quick(TEXTS[0]), blank()(TEXTS[0])

    for one, other in zip(doc, usual, strict=True):
        assert (one.lower_, one.is_title, one.is_punct, one.is_space, one.is_lower) == (
            other.lower_,
            other.is_title,
            other.is_punct,
            other.is_space,
            other.is_lower,
        )


def test_what_a_word_says_of_its_language_is_what_py3langid_says() -> None:
    full = LanguageIdentifier.from_model_file(MODEL_FILE)
    full.set_languages(["en", "es", "pt"])
    full.nb_pc = np.zeros_like(full.nb_pc)  # what a word says by itself, without how frequent a language is
    teller = LanguageTeller()
    teller.speak(("en", "es", "pt"))
    assert teller._words is not None

    for word in ("hello", "gracias", "obrigado", "esperando,", "ação", "xqzt", "banana", "ein", "https"):
        theirs = dict(full.rank(f" {word} "))

        assert teller._words._said(word) == pytest.approx([theirs[label] for label in full.labels], rel=1e-5)


def test_what_the_words_gave_and_the_facts_make_the_whole_score() -> None:
    weights, _, _ = read(FOLDER / MODEL)
    vocabulary = Vocabulary(weights.words)
    examples = [
        Example(text=text, labels={}, lang=lang, source="test") for text in TEXTS for lang in ("en", "es")
    ]
    sheet = lay_out(docs_of(examples), vocabulary)
    southern = np.array([example.lang == "es" for example in examples])

    scored = score(sheet, vocabulary, weights, southern)

    facts = sheet.facts.astype(np.int64) @ weights.facts[:-1].astype(np.int64) + weights.facts[-1]
    for row, south in enumerate(southern.tolist()):
        words = slice(int(sheet.starts[row]), int(sheet.starts[row + 1]))
        for head in range(len(HEADS)):
            column = head if head < SENTIMENT.stop and not south else head + SENTIMENT.stop
            assert FACT_COLUMNS[column].startswith(HEADS[head]) or head == CONCERN
            whole = sum(scored.given(words, head)) + weights.steps[2, head] * facts[row, column]
            assert whole == pytest.approx(scored.passages[row, head])


def test_a_text_alone_is_told_the_language_that_it_is_told_after_others() -> None:
    def told(teller: LanguageTeller, text: str) -> tuple[str, float, bool]:
        reading = Reading(Mention(channel="x", external_id="1", text=text), fold(text))
        doc = blank().make_doc("")
        doc.user_data[KEY] = reading
        teller(doc)
        return reading.lang, reading.lang_confidence, reading.readable

    used, fresh = LanguageTeller(), LanguageTeller()
    for teller in (used, fresh):
        teller.speak(("en", "es", "pt"))

    after_others = [told(used, text) for text in (*TEXTS, *TEXTS)][len(TEXTS) :]

    assert after_others[::-1] == [told(fresh, text) for text in reversed(TEXTS)]
