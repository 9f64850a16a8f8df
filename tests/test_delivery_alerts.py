"""Whether a rule fires, and what the alert says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from delivery.alerts import LINE, alert_letter, alert_line, fires
from model import Annotation, Escalation, Mention, Reason, Rule
from tests.delivery_facts import LATE, NOW, RULE, a_day, an_alert, said, tagged

NORTHSIDE = a_day().waiting[1]
KEYWORD = Rule(name="vans", when="keyword", query="van OR vans")


def no_concern() -> Mention:
    return replace(NORTHSIDE, annotations=(tagged("concern", "no", LATE),))


@pytest.mark.parametrize(
    ("rule", "mention", "expected"),
    [
        pytest.param(RULE, NORTHSIDE, True, id="a partner's concern"),
        pytest.param(RULE, replace(NORTHSIDE, author_partner=None), False, id="nobody's partner"),
        pytest.param(RULE, no_concern(), False, id="a partner without concern"),
        pytest.param(RULE, replace(NORTHSIDE, annotations=()), False, id="not analysed"),
        pytest.param(RULE, replace(NORTHSIDE, by_us=True), False, id="our own words"),
        pytest.param(RULE, replace(NORTHSIDE, deleted_at=NOW), False, id="deleted"),
        pytest.param(
            replace(RULE, from_whom="anyone"),
            replace(NORTHSIDE, author_partner=None),
            True,
            id="anyone's concern",
        ),
        pytest.param(KEYWORD, no_concern(), True, id="a keyword asks for no concern"),
        pytest.param(KEYWORD, replace(NORTHSIDE, by_us=True), False, id="a keyword in our own words"),
        pytest.param(
            replace(KEYWORD, when="spike"), NORTHSIDE, False, id="a spike is no matter of one mention"
        ),
    ],
)
def test_fires_on_what_the_rule_waits_for(rule: Rule, mention: Mention, expected: bool) -> None:
    assert fires(rule, mention, matches_query=True) is expected


@pytest.mark.parametrize("rule", [RULE, KEYWORD], ids=["concern", "keyword"])
def test_never_fires_where_the_query_does_not_match(rule: Rule) -> None:
    assert not fires(rule, NORTHSIDE, matches_query=False)


def test_fires_for_somebody_who_is_known_to_speak_for_a_partner() -> None:
    mention = replace(NORTHSIDE, author_partner=None)

    assert fires(RULE, mention, matches_query=True, speaks_for="Northside Shelter")


def test_a_persons_no_outweighs_the_models_yes() -> None:
    corrected = replace(tagged("concern", "no", LATE, confidence=0.5), origin="person")
    mention = replace(NORTHSIDE, annotations=(*NORTHSIDE.annotations, corrected))

    assert not fires(RULE, mention, matches_query=True)


def test_the_first_line_says_who_where_what_and_why() -> None:
    line = alert_line(an_alert())

    assert line.startswith("Northside Shelter on Mastodon raised a concern: “")
    assert "came late again on Tuesday" in line
    assert line.endswith("(rule: a partner raises a concern)")


def test_a_feed_is_called_by_its_own_name() -> None:
    """ "On RSS" tells nobody where that is."""
    line = alert_line(an_alert(replace(NORTHSIDE, channel="rss", sources=("northside-blog",))))

    assert line.startswith("Northside Shelter on northside-blog raised a concern: “")


def test_a_concern_in_a_title_is_told_with_the_text_below_it() -> None:
    because = (Reason("title", 0, 11, "Nobody came", 1.0),)
    tag = Annotation(kind="concern", label="yes", confidence=0.9, because=because)
    leeks = replace(
        NORTHSIDE, title="Nobody came for the leeks", text="We waited until dark.", annotations=(tag,)
    )

    assert "“Nobody came for the leeks — We waited until dark.”" in alert_line(an_alert(leeks))


def test_a_keywords_line_names_what_was_looked_for() -> None:
    line = alert_line(an_alert(said(5, "Two vans for all", who="ana"), rule=KEYWORD))

    assert line == "ana on Reddit spoke of “van OR vans”: “Two vans for all” (rule: vans)"


def test_the_letter_quotes_links_names_the_rule_and_tells_how_to_acknowledge() -> None:
    letter = alert_letter(an_alert())

    for part in (letter.text, letter.html):
        assert "forty families stood in the rain" in " ".join(part.replace("> ", "").split())
        assert "https://forum.example/c/1" in part
        assert "a partner raises a concern" in part
        assert "earshot alerts ack 12" in part
    assert letter.subject.startswith("Riverside: Northside Shelter on Mastodon raised a concern")


def test_a_rehearsed_alert_has_no_number_to_acknowledge() -> None:
    assert "earshot alerts list" in alert_letter(an_alert(alert_id=None)).text


def test_five_thousand_matches_are_one_letter_with_a_count() -> None:
    """faults.md 56."""
    many = [said(n, f"The van is late, number {n}.", who=f"voice{n}") for n in range(5_000)]

    letter = alert_letter(an_alert(*many, rule=KEYWORD))

    assert "5000 mentions" in letter.subject
    assert "voice0, voice1 and 4998 more" in letter.subject
    assert "4995 more mentions of it." in letter.text
    assert len(letter.html.encode()) < 50_000


def test_the_letter_says_until_when_to_acknowledge_before_others_are_told() -> None:
    rule = replace(RULE, escalate=Escalation(after=timedelta(hours=2), to=("mailto:lead@rfn.example",)))

    text = " ".join(alert_letter(an_alert(rule=rule)).text.split())

    assert "If nobody acknowledges it until Sat 28 Mar 2026, 09:30, lead@rfn.example will be told." in text


def test_a_line_stays_one_short_line_whatever_is_said() -> None:
    """faults.md 47."""
    hostile = replace(NORTHSIDE, text="a\r\nBcc: x\u2028\x00 " * 2_000, author_partner="P\r\n" * 3_000)

    line = alert_line(an_alert(hostile, rule=replace(RULE, name="r\u2029" * 5_000)))

    assert len(line) <= LINE
    assert line.splitlines() == [line]
    assert "\x00" not in line


def test_braces_in_what_was_said_stay_as_they_are() -> None:
    line = alert_line(an_alert(said(1, "the {van} {} {0}", who="{x}"), rule=KEYWORD))

    assert "{x} on Reddit" in line
    assert "“the {van} {} {0}”" in line
