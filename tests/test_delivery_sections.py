"""The parts of the digest: who is chosen of many, what differs from the usual, what comes due, who went quiet."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from delivery.digest import digest_letter, digest_page, subject_line
from delivery.facts import DigestFacts, Promised, Usual
from delivery.page import Limits, Section
from delivery.sections.partners import went_quiet
from delivery.sections.usual import differs, of_now
from delivery.sections.waiting import chosen_stories
from model import Mention, SourceState
from tests.delivery_facts import DAILY, HOURS, NOW, RIVERSIDE, a_day, nothing_heard, said, tagged

TODAY = date(2026, 3, 28)
BY_FOOT = Promised(
    what="We will publish the list by Friday.", due_on=TODAY, reply=7, url="https://forum.example/r/1"
)


def flat(text: str) -> str:
    return " ".join(text.replace("*", "").split())


def section(facts: DigestFacts, heading: str, limits: Limits | None = None) -> Section:
    (found,) = (one for one in digest_page(facts, limits or Limits()).sections if one.heading == heading)
    return found


def question(n: int, hours_ago: float) -> Mention:
    return said(n, HOURS, hours_ago=hours_ago, tags=(tagged("intent", "question", HOURS, "Does anybody"),))


def worry(n: int, hours_ago: float, partner: str | None = None) -> Mention:
    words = f"Number {n} came late again."
    return said(n, words, hours_ago=hours_ago, partner=partner, tags=(tagged("concern", "yes", words),))


def test_of_many_who_wait_partners_concerns_have_the_room_and_nobody_is_hidden() -> None:
    old = [question(n, 200 - n) for n in range(6)]
    waiting = [*old, worry(11, 30), worry(12, 2, "Northside Shelter"), worry(13, 1)]
    facts = a_day(waiting=waiting)
    three = Limits(waiting=3, briefly=4)

    quoted = [story.lead.id for story in chosen_stories(facts, three)]
    part = section(facts, "Waiting for an answer", three)

    assert quoted == [11, 12, 13]  # oldest first, though questions wait longer
    assert part.lines == (
        "1 concern by a partner, 2 other concerns and 6 questions; the longest wait is 8 days.",
    )
    assert part.table is not None
    assert [row.link for row in part.table.rows] == [f"https://forum.example/c/{n}" for n in range(4)]
    assert part.notes == ("2 more wait. See all: earshot search is:unanswered --all",)


def test_all_who_fit_stand_oldest_first_whatever_they_say() -> None:
    facts = a_day(waiting=[worry(2, 3, "Northside Shelter"), question(1, 9)])

    assert [story.lead.id for story in chosen_stories(facts, Limits())] == [1, 2]
    assert section(facts, "Waiting for an answer").lines == ()


def test_what_came_in_this_period_is_marked_as_new() -> None:
    part = section(a_day(), "Waiting for an answer")

    assert [(item.who, item.is_new) for item in part.items] == [
        ("maria_g", ""),
        ("Northside Shelter", "new"),
        ("Tomás Ortega", "new"),
    ]


def test_those_who_wait_beyond_what_was_looked_at_are_counted() -> None:
    facts = a_day(waiting_beyond=1_000)

    assert subject_line(facts).startswith("Riverside: 1003 wait for an answer, 7 new")
    assert "1000 more wait. See all: earshot search is:unanswered" in flat(digest_letter(facts).text)


@pytest.mark.parametrize(
    ("heard", "week", "month", "side"),
    [
        pytest.param(2, 0.2, None, 0, id="tiny numbers are no news"),
        pytest.param(3, 0.0, None, 1, id="three from nothing are"),
        pytest.param(22, 8.0, None, 1, id="more"),
        pytest.param(2, 15.0, None, -1, id="fewer"),
        pytest.param(12, 10.0, None, 0, id="within chance"),
        pytest.param(12, 2.0, 11.0, 0, id="a quiet week makes an ordinary day no news"),
        pytest.param(12, 2.0, 3.0, 1, id="both say so"),
        pytest.param(12, 40.0, 2.0, 0, id="they contradict each other"),
        pytest.param(9, None, None, 0, id="nothing is known"),
    ],
)
def test_a_count_stands_out_when_all_that_is_known_says_so(
    heard: int, week: float | None, month: float | None, side: int
) -> None:
    assert differs(heard, week, month) == side


def test_both_usual_counts_stand_beside_what_was_heard() -> None:
    week = Usual(days=7, by_channel={"reddit": 12.0, "x": 1.0}, by_tag={("concern", "yes"): 0.4})
    month = Usual(days=28, by_channel={"reddit": 14.3}, by_tag={("concern", "yes"): 1.25})
    heard = [worry(n, 3) for n in range(12)]

    facts = a_day(mentions=heard, week=week, month=month)
    changed, channels = section(facts, "What changed"), section(facts, "By channel")

    assert changed.table is not None
    assert changed.table.columns == ("What", "Now", "7 days", "28 days")
    assert [
        row.cells for row in changed.table.rows
    ] == [  # of what there is none, and never was, there is no row
        ("All mentions", "12", "13", "14"),
        ("Concerns", "12", "0.4", "1.2"),
    ]
    assert channels.table is not None
    assert [row.cells for row in channels.table.rows] == [
        ("Reddit", "12", "12", "14", "12"),
        ("X", "0", "1", "–", "0"),
    ]
    assert "%" not in digest_letter(facts).text


def test_few_voices_are_not_taken_for_quiet_where_a_source_did_not_answer() -> None:
    """faults.md 57."""
    usual = Usual(days=7, by_channel={"rss": 9.0, "reddit": 9.0})
    heard = [said(1, "Hello.", channel="rss")]

    part = section(a_day(mentions=heard, week=usual), "What changed")

    assert part.lines[0] == "1 new, fewer than usual (18); not all sources answered."
    assert "RSS: 1, fewer than usual (9); not all of its sources answered." in part.lines
    assert "Reddit: 0, fewer than usual (9)." in part.lines


def test_a_channel_without_a_usual_is_named_and_sums_are_not_compared() -> None:
    facts = a_day(week=Usual(days=7, by_channel={"reddit": 1.0, "rss": 1.0, "mastodon": 1.0}))

    part = section(facts, "What changed")

    assert part.table is None
    assert part.lines[0] == "7 new."
    assert "X: listened to for less than a week, so nothing is usual there yet." in part.lines


def test_the_past_that_a_new_source_brings_is_counted_apart() -> None:
    past = [said(n, "Long ago.", hours_ago=24 * n) for n in range(3, 23)]
    facts = a_day(mentions=[*past, *a_day().mentions])

    assert len(of_now(facts)) == 7
    assert subject_line(facts).startswith("Riverside: 3 wait for an answer, 27 new")
    assert section(facts, "What changed").lines[:2] == (
        "7 new, fewer than usual (15); not all sources answered.",
        "20 more were said earlier and are heard only now; they are not compared.",
    )


def test_a_need_that_is_louder_than_usual_says_so() -> None:
    words = "We need to know when it opens."
    many = [
        said(n, words, who=f"voice-{n}", tags=(tagged("need", "information", words, "know when"),))
        for n in range(9)
    ]
    week = Usual(days=7, by_channel={"reddit": 9.0}, by_tag={("need", "information"): 1.6})

    (theme,) = section(a_day(mentions=many, waiting=(), week=week), "Themes").themes

    assert theme.count == "9 mentions, usually 1.6"


def test_a_theme_is_quoted_by_two_voices_where_there_are_two() -> None:
    words = "We need to know when it opens."
    sure = [said(n, f"{words} {n}", who="ana", tags=(tagged("need", "access", words),)) for n in range(3)]
    other = said(9, f"{words} 9", who="ben", tags=(tagged("need", "access", words, confidence=0.5),))

    (theme,) = section(a_day(mentions=[*sure, other], waiting=()), "Themes").themes

    assert [item.who for item in theme.items] == ["ana", "ben"]


def test_sources_of_which_nothing_is_known_any_more_are_not_called_well() -> None:
    facts = nothing_heard(sources=(), sources_known=False)

    assert "how the sources did in this period is no longer kept" in subject_line(facts)
    part = section(facts, "Coverage")
    assert part.lines[0] == "How the sources did in this period is no longer kept."
    assert part.tone == "warning"


def spoken(*days_ago: int) -> list[date]:
    return [TODAY - timedelta(days=n) for n in days_ago]


@pytest.mark.parametrize(
    ("days", "pause"),
    [
        pytest.param(spoken(30, 28, 26, 24, 16), 2, id="every two days, and nothing for sixteen"),
        pytest.param(spoken(11, 10, 9, 8, 7), 1, id="every day, and nothing for a week"),
        pytest.param(spoken(9, 8, 7, 6), None, id="six days are no week"),
        pytest.param(spoken(36, 26, 16), None, id="three days are no rhythm"),
        pytest.param(spoken(46, 36, 26, 16), None, id="it always took its time"),
        pytest.param(spoken(), None, id="never heard"),
    ],
)
def test_quiet_is_quieter_than_its_own_rhythm(days: list[date], pause: int | None) -> None:
    assert went_quiet(days, TODAY) == (None if pause is None else timedelta(days=pause))


def test_a_partner_that_went_quiet_is_named_with_its_rhythm_and_the_rest_in_one_line() -> None:
    quiet = {f"Quiet {n}": NOW - timedelta(days=20 + n) for n in range(7)}
    facts = a_day(
        heard_before={"Hillview School": NOW - timedelta(days=16), **quiet},
        spoke_on={"Hillview School": spoken(25, 22, 19, 16)},
    )

    notes = section(facts, "Partners").notes

    assert notes == (
        "Hillview School went quiet: not a word for 16 days, since Thu 12 Mar 2026; before, it spoke every 3 days.",
        "Not heard for a week or more: Quiet 0, Quiet 1, Quiet 2, Quiet 3, Quiet 4 and 2 more.",
    )


def test_what_was_never_analysed_is_said() -> None:
    silent = [said(n, "🥕🥕🥕") for n in range(2)]

    assert "2 mentions have no tags: they are counted, and stand in no other part of this letter." in flat(
        digest_letter(a_day(mentions=[*a_day().mentions, *silent])).text
    )


def test_unsure_concerns_are_told_apart_and_wait_behind_the_questions() -> None:
    words = "They closed the ramp."
    unsure = said(
        5, words, hours_ago=90, partner="Ann", tags=(tagged("concern", "yes", words, confidence=0.3),)
    )
    facts = a_day(mentions=[unsure], waiting=[unsure, question(1, 50), worry(2, 30)])

    part = section(facts, "Waiting for an answer", Limits(waiting=2))

    assert [item.why for item in part.items] == ["a question", "a concern"]
    assert part.lines == (
        "1 other concern, 1 question and 1 that may be a concern; the longest wait is 3 days.",
    )
    assert "raised a concern" not in subject_line(facts)
    assert "Concerns: 1, of these 1 by partners; unsure: 1." in section(facts, "What changed").lines
    everybody = section(facts, "Waiting for an answer").items
    assert [item.why for item in everybody] == ["perhaps a concern", "a question", "a concern"]


HOSTILE = "line\r\none\u2028two\u2029\x00three\x0b\u202egnp.exe\u2066\t\x1b[31mred\ufeff" + "x" * 10_000


def hostile_facts() -> DigestFacts:
    """A day in which every name, title and reason is HOSTILE."""
    tags = (
        tagged("concern", "yes", HOSTILE),
        tagged("need", HOSTILE, HOSTILE),
        tagged("partner", HOSTILE, HOSTILE),
    )
    mention = said(
        1, HOSTILE, who=HOSTILE, partner=HOSTILE, title=HOSTILE, source=HOSTILE, channel=HOSTILE, tags=tags
    )
    thanks = replace(mention, id=2, external_id="t1_2", annotations=(tagged("intent", "thanks", HOSTILE),))
    return a_day(
        organisation=replace(RIVERSIDE, name=HOSTILE, aliases=(HOSTILE,)),
        digest=replace(DAILY, name=HOSTILE),
        recipient=HOSTILE,
        mentions=[mention, thanks],
        waiting=[mention],
        promises=[replace(BY_FOOT, what=HOSTILE, to_whom=HOSTILE, url=HOSTILE)],
        week=Usual(days=7, by_channel={HOSTILE: 90.0}),
        heard_before={HOSTILE + "!": NOW - timedelta(days=40)},
        spoke_on={HOSTILE + "!": spoken(50, 48, 46, 40)},
        sources=[
            SourceState(name=HOSTILE, channel=HOSTILE, status="failing", reason=HOSTILE, failures=2),
            SourceState(name=HOSTILE, channel=HOSTILE, status="quiet", reason=HOSTILE, last_success_at=NOW),
        ],
    )


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_names_and_titles_are_one_clean_line_wherever_they_stand(language: str) -> None:
    """faults.md 41, 47: CR, LF, U+2028, NUL, marks of direction, escapes and 10 KB."""
    facts = hostile_facts()

    letter = digest_letter(replace(facts, digest=replace(facts.digest, language=language)))

    unclean = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
    assert not unclean.search(letter.subject + letter.text + letter.html)
    assert len(letter.subject.splitlines()) == 1
    assert len(letter.html.encode()) < 40_000
    assert "x" * 400 not in letter.text + letter.html
    assert "line one two three" in letter.text


@pytest.mark.parametrize(
    ("partners", "told"),
    [
        (["Ann"], "Ann raised a concern"),
        (["Ann", "Ben"], "Ann and Ben raised concerns"),
        (["Ann", "Ben", "Cy"], "Ann and 2 more raised concerns"),
    ],
)
def test_the_subject_names_one_partner_or_two_and_counts_the_others(partners: list[str], told: str) -> None:
    raised = [worry(n, 3, partner) for n, partner in enumerate(partners)]

    assert (
        subject_line(a_day(mentions=raised, waiting=(), sources=())).split(": ", 1)[1].split(", ")[1] == told
    )


def test_a_mail_program_shows_the_words_of_the_most_urgent_one_behind_the_subject() -> None:
    page = digest_page(a_day(), Limits())

    assert page.preview.startswith("Northside Shelter: “")
    assert "came late again" in page.preview
    assert re.search(
        r'<div class="preview" style="display: ?none[^"]*">Northside Shelter: ', digest_letter(a_day()).html
    )
    assert digest_page(nothing_heard(), Limits()).preview == ""


@pytest.mark.parametrize(("lang", "marked"), [("es", True), ("es-x", False), ('"><b', False), (None, False)])
def test_words_carry_their_own_language_for_those_who_listen_to_letters(
    lang: str | None, marked: bool
) -> None:
    heard = replace(question(1, 3), lang=lang)

    html = digest_letter(a_day(mentions=[heard], waiting=[heard])).html

    assert bool(re.search(r'<p class="quote"[^>]* lang="es"', html)) == marked
    assert len(re.findall(r" lang=", html)) == 1 + marked
