"""The quick ways of the fast tier give what the plain ones give: tokens, folding, languages, what each word gave."""

from __future__ import annotations

from functools import cache
from zlib import crc32

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from spacy.language import Language

from analysis.because import stretches
from analysis.component import MODEL
from analysis.fast import FOLDER, FastAnalyzer
from analysis.files import read
from analysis.fold import fold
from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.language import LanguageTeller, _identifier
from analysis.langwords import LangWords
from analysis.linear import FACT_COLUMNS, score
from analysis.reading import KEY, Reading
from analysis.sheet import lay_out
from analysis.tokens import Tokens, quicken
from analysis.training.examples import Example
from analysis.training.reading_texts import docs_of
from analysis.vocabulary import Vocabulary
from analysis.words import WORD_ROWS, rows_of
from model import Mention
from tests.analysers import PARTNERS, RIVERSIDE

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

    words = ("hello", "gracias", "esperando,", "ação", "xqzt", "obrigado" * 5, "banana", "ein", "https")

    said = teller._words._said([f" {word} ".encode() for word in words])

    for word, ours in zip(words, said, strict=True):
        theirs = dict(full.rank(f" {word} "))
        assert ours == pytest.approx([theirs[label] for label in full.labels], rel=1e-5)


def test_what_words_say_of_languages_is_the_same_when_they_were_forgotten_on_the_way() -> None:
    languages = _identifier(("en", "es", "pt"))
    assert languages is not None
    few, all_kept = LangWords(languages, most=5), LangWords(languages)
    texts = [text for text in TEXTS if text.strip()]

    together = all_kept.ranked(texts)

    assert [few.ranked([text])[0] for text in (*texts, *texts)] == [*together, *together]
    assert [all_kept.ranked([text])[0] for text in texts] == together


def test_a_text_with_an_endless_word_is_told_as_a_whole_and_no_word_of_it_is_kept() -> None:
    teller = LanguageTeller()
    teller.speak(("en", "es", "zh"))

    for text in ("我们等了三个星期" * 100, "我们等了三个星期" * 8 + " the bread was late"):
        assert told_by(teller, text)[0] == "zh"

    assert teller._words is not None
    assert not teller._words._numbers


def test_words_are_not_asked_for_a_language_where_none_of_ours_is_written_so_or_the_text_is_short() -> None:
    teller = LanguageTeller()
    teller.speak(("en", "es", "pt"))
    texts = ("我们等了三个星期" * 100, "我们等了三个星期 " * 100, "12345 67890 " * 20, "too short for it")

    told = [told_by(teller, text) for text in texts]

    assert [lang for lang, _, _ in told] == ["und", "und", "und", "en"]
    assert teller._words is not None
    assert not teller._words._numbers


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
        rows = np.arange(sheet.starts[row], sheet.starts[row + 1])
        for head in range(len(HEADS)):
            column = head if head < SENTIMENT.stop and not south else head + SENTIMENT.stop
            assert FACT_COLUMNS[column].startswith(HEADS[head]) or head == CONCERN
            gave = scored.given(rows, np.full(len(rows), head))
            whole = sum(gave) + weights.steps[2, head] * facts[row, column]
            assert whole == pytest.approx(scored.passages[row, head])


def told_by(teller: LanguageTeller, text: str) -> tuple[str, float, bool]:
    reading = Reading(Mention(channel="x", external_id="1", text=text), fold(text))
    doc = blank().make_doc("")
    doc.user_data[KEY] = reading
    teller(doc)
    return reading.lang, reading.lang_confidence, reading.readable


def test_a_text_alone_is_told_the_language_that_it_is_told_after_others() -> None:
    used, fresh = LanguageTeller(), LanguageTeller()
    for teller in (used, fresh):
        teller.speak(("en", "es", "pt"))

    after_others = [told_by(used, text) for text in (*TEXTS, *TEXTS)][len(TEXTS) :]

    assert after_others[::-1] == [told_by(fresh, text) for text in reversed(TEXTS)]


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=30), st.from_regex(r"[a-z']{1,30}", fullmatch=True)), max_size=8))
def test_words_that_are_met_together_are_made_of_what_each_is_made_of_alone(words: list[str]) -> None:
    rows, counts = rows_of(words)

    apart = np.split(rows, np.cumsum(counts)[:-1]) if words else []
    for word, together in zip(words, apart, strict=True):
        marked = f"<{word[:24]}>"
        groups = [marked[at : at + n] for n in (2, 3, 4, 5) for at in range(len(marked) - n + 1)]
        checksums = [crc32(word.encode("utf-8", "surrogatepass"), 1)] if word else []
        if len(word) > 1:
            checksums += [crc32(group.encode("utf-8", "surrogatepass")) for group in groups]
        assert sorted(together.tolist()) == sorted(one % WORD_ROWS for one in checksums)


@settings(deadline=None, max_examples=400)
@given(
    st.from_regex(
        r"""['"(]{0,2}[asSnxXDoOpPvVme03]{1,4}(['.-][asSnxXDoOpPvVme03]{1,3})?[,!?:;.'")]{0,3}""",
        fullmatch=True,
    )
)
def test_letters_between_usual_signs_are_cut_as_spacys_tokenizer_cuts_them(stretch: str) -> None:
    assert [one.text for one in tokens()(stretch)] == [one.text for one in blank().tokenizer(stretch)]


def test_what_spacys_tokenizer_knows_by_heart_is_cut_as_it_says() -> None:
    for stretch in blank().tokenizer.rules or ():  # type: ignore[union-attr]
        assert [one.text for one in tokens()(stretch)] == [one.text for one in blank().tokenizer(stretch)]


def test_what_was_cut_in_a_memory_zone_is_cut_again_after_it() -> None:
    quick = spacy.blank("xx")
    quicken(quick)
    assert isinstance(quick.tokenizer, Tokens)
    with quick.memory_zone():
        assert quick("zonkword flimflam").text == "zonkword flimflam"

    with quick.memory_zone():
        assert [one.lower_ for one in quick("flimflam Zonkword")] == ["flimflam", "zonkword"]


def test_a_name_that_is_cut_between_two_memory_zones_stays_when_they_end() -> None:
    quick = spacy.blank("xx")
    quicken(quick)
    with quick.memory_zone():
        quick("zonkword flimflam")
    name = quick.make_doc("Zonkword zonkword")

    with quick.memory_zone():
        quick("zonkword Zonkword flimflam")

    assert [one.text for one in name] == ["Zonkword", "zonkword"]
    assert [one.lower_ for one in name] == ["zonkword", "zonkword"]


@pytest.mark.parametrize(
    ("constant", "few"),
    [
        pytest.param("analysis.batches._TOKENS", 40, id="tokens of a batch"),
        pytest.param("analysis.component._WORDS_AT_ONCE", 25, id="words whose worth is found at once"),
        pytest.param("analysis.vocabulary._MET_AT_ONCE", 3, id="words that are met at once"),
    ],
)
def test_analyses_do_not_depend_on_how_much_is_done_at_once(
    monkeypatch: pytest.MonkeyPatch, constant: str, few: int
) -> None:
    mentions = [
        Mention(
            channel="x", external_id=str(at), text=f"{text} Riverside was late.", in_our_thread=at % 2 == 0
        )
        for at, text in enumerate((*TEXTS, "The bread never came, and nobody answers us! " * 20, *TEXTS))
    ]
    usual = FastAnalyzer(RIVERSIDE, PARTNERS).analyze(mentions)

    monkeypatch.setattr(constant, few)

    assert FastAnalyzer(RIVERSIDE, PARTNERS).analyze(mentions) == usual


WORTH = st.sampled_from((-1.0, -0.3, 0.0, 0.05, 0.3, 0.5, 1.0, 4.0))


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(WORTH, st.booleans()), min_size=1, max_size=30), min_size=1, max_size=5))
def test_the_stretches_of_many_tags_are_those_that_reading_word_by_word_finds(
    tags: list[list[tuple[float, bool]]],
) -> None:
    flat = [word for words in tags for word in words]
    starts = np.cumsum([0, *map(len, tags)])

    found = stretches(
        np.array([gave for gave, _ in flat]), starts, np.array([is_word for _, is_word in flat])
    )

    plain = [
        (tag, int(starts[tag]) + first, int(starts[tag]) + end, share)
        for tag, words in enumerate(tags)
        for first, end, share in word_by_word(words)
    ]
    places = zip(found.tags.tolist(), found.firsts.tolist(), found.ends.tolist(), strict=True)
    assert list(places) == [one[:3] for one in plain]
    assert found.shares.tolist() == pytest.approx([one[3] for one in plain])


def word_by_word(words: list[tuple[float, bool]]) -> list[tuple[int, int, float]]:
    """The rule of analysis.because, said plainly for one tag."""
    most, total = max(gave for gave, _ in words), sum(gave for gave, _ in words if gave > 0)
    floor = max(most * 0.25, total * 0.02)
    strong = [most > 0 and is_word and gave >= floor for gave, is_word in words]
    found: list[tuple[int, int, float]] = []
    at = 0
    while at < len(words):
        end = at + 1
        while strong[at] and end < len(words) and end - at < 8:
            gave, is_word = words[end]
            weak_between = is_word and gave > -floor and strong[end + 1 : end + 2] == [True]
            if not strong[end] and not weak_between:
                break
            end += 1 if strong[end] else 2
        if strong[at]:
            found.append((at, end, sum(gave for gave, _ in words[at:end]) / total))
        at = end
    strongest = sorted(found, key=lambda one: -one[2])[:3]
    return sorted([one for one in strongest if one[2] >= 0.12] or strongest[:1])
