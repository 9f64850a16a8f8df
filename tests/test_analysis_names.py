"""Partners and us are found however they are spelt, and not in another thing of the same name."""

from __future__ import annotations

import pytest

from analysis import author_partner, open_analyzer, voices
from analysis.fast import FastAnalyzer
from analysis.names import names_version, variants
from model import Mention, Organisation, Partner
from tests.analysers import PARTNERS, RIVERSIDE, analysed, of_kind


def _named(text: str, channel: str = "x") -> list[tuple[str, str]]:
    """Return each partner who is named, with the words."""
    found = of_kind(analysed(text, channel=channel), "partner")
    return [(annotation.label, annotation.because[0].text) for annotation in found]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Northside Shelter is open.", "Northside Shelter"),
        ("northside shelter is open", "northside shelter"),
        ("NORTHSIDE needs blankets!", "NORTHSIDE"),
        ("Ask NSS's team.", "NSS"),
        ("#NorthsideShelter is great", "NorthsideShelter"),
        ("Northside\nShelter is open.", "Northside\nShelter"),
        ("“Northside”, they said.", "Northside"),
        ("We met Northside-based volunteers.", "Northside"),
    ],
)
def test_a_partner_is_found_by_name_and_alias(text: str, words: str) -> None:
    assert _named(text) == [("Northside Shelter", words)]


@pytest.mark.parametrize(
    "words", ["St Mary's Kitchen", "St Marys", "St. Mary’s Kitchen", "Saint Mary's", "ST MARYS KITCHEN"]
)
def test_apostrophes_and_saints_are_spelt_as_people_spell_them(words: str) -> None:
    assert _named(f"We had lunch at {words} today") == [("St Mary's Kitchen", words)]


@pytest.mark.parametrize("words", ["Mãos Dadas", "maos dadas", "Ma\u0303os Dadas", "Associacao Maos Dadas"])
def test_accents_may_be_missing_or_apart(words: str) -> None:
    assert _named(f"A {words} agradece.") == [("Associação Mãos Dadas", words)]


@pytest.mark.parametrize(
    "text",
    [
        "Northside Road is closed.",
        "The fire on Northside Shelter Road is out.",
        "There was a crash in northside street.",
        "La calle Northside está cortada.",
        "A Rua de Northside está fechada.",
        "Northside Hospital has a new wing.",
        "They walked along the northside.",
        "I like @northsidefan and info@northside.org a lot.",
        "See https://northside.example/shelter for more.",
        "Northsiders are proud.",
        "We hope to see you there.",
        "Hope to see you soon!",
    ],
)
def test_another_thing_of_the_same_name_is_no_partner(text: str) -> None:
    assert _named(text) == []


def test_a_word_of_every_day_names_a_partner_only_where_it_is_a_name() -> None:
    assert _named("We had tea with Hope yesterday.") == [("Hope", "Hope")]


def test_each_mention_of_a_name_is_one_annotation_and_the_longest_wins() -> None:
    found = _named("Northside Shelter and NSS are one: Northside.")

    assert [words for _, words in found] == ["Northside Shelter", "NSS", "Northside"]


def test_a_known_account_names_its_partner_on_its_own_channel_only() -> None:
    assert _named("Thanks @hope_house", channel="x") == [("Hope", "@hope_house")]
    assert _named("Thanks @hope_house", channel="reddit") == []


def test_a_short_name_in_capitals_that_is_a_word_wants_its_capitals() -> None:
    analyzer = open_analyzer(
        Organisation(name="Linden Hub"), [Partner(name="Active Citizens", aliases=("ACT",))]
    )

    texts = ("We must act now", "We must ask ACT now")
    found = [analyzer.analyze([Mention(channel="x", external_id="1", text=text)])[0] for text in texts]

    assert [len(of_kind(analysis, "partner")) for analysis in found] == [0, 1]


def test_ten_thousand_names_keep_their_version_until_one_changes() -> None:
    before = names_version(RIVERSIDE, PARTNERS)

    assert names_version(RIVERSIDE, tuple(reversed(PARTNERS))) == before
    assert names_version(RIVERSIDE, (*PARTNERS, Partner(name="Eastgate"))) != before
    assert (
        names_version(RIVERSIDE, (Partner(name="Northside Shelter", aliases=("North",)), *PARTNERS[1:]))
        != before
    )


def test_a_name_is_never_written_as_nothing() -> None:
    assert all(form.strip() for form in variants("The & Co."))


@pytest.mark.parametrize(
    ("channel", "handle", "expected"),
    [
        ("mastodon", "@northside@social.example", "Northside Shelter"),
        ("mastodon", "Northside@Social.Example", "Northside Shelter"),
        ("reddit", "u/StMarysKitchen", "St Mary's Kitchen"),
        ("rss", "www.northside.example", "Northside Shelter"),
        ("rss", "northside.example.org", None),
        ("x", "stmaryskitchen", None),
        ("x", "", None),
        ("x", "@", None),
    ],
)
def test_an_author_is_a_partner_by_handle_on_that_channel(
    channel: str, handle: str, expected: str | None
) -> None:
    assert author_partner(channel, handle, voices(PARTNERS)) == expected


def test_an_account_that_two_partners_name_is_the_first_one_s_and_is_found_by_one_look_up() -> None:
    many = [Partner(name=f"Partner {n}", handles={"x": (f"@Account{n}", "@shared")}) for n in range(2_000)]

    known = voices(many)

    assert author_partner("x", "SHARED", known) == "Partner 0"
    assert author_partner("x", "account1999", known) == "Partner 1999"
    assert len(known) == 2_001


def test_tells_where_we_and_our_programmes_are_named() -> None:
    found = of_kind(analysed("RFN's Weekend Box was late"), "us")

    assert [(one.label, one.because[0].text) for one in found] == [
        ("Riverside Food Network", "RFN"),
        ("Weekend Box", "Weekend Box"),
    ]


def test_a_name_whose_words_were_read_before_it_was_known_is_found_from_then_on() -> None:
    analyzer = FastAnalyzer(RIVERSIDE, PARTNERS)
    mention = Mention(channel="x", external_id="1", text="Zwingle Orchard came late.")
    assert of_kind(analyzer.analyze([mention])[0], "partner") == []

    analyzer.know(RIVERSIDE, (*PARTNERS, Partner(name="Zwingle Orchard")))

    assert [one.label for one in of_kind(analyzer.analyze([mention])[0], "partner")] == ["Zwingle Orchard"]
