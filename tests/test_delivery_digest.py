"""What the digest says, in which order, and that it is honest about what was not heard."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from delivery.digest import LARGEST, digest_letter, is_empty, subject_line
from delivery.facts import DigestFacts, Usual
from delivery.plain import COLUMNS
from model import Annotation, Reason, SourceState
from tests.delivery_facts import DAILY, LATE, NOW, RIVERSIDE, a_day, nothing_heard, said, tagged, the_sources


def flat(text: str) -> str:
    """The words of a plain letter without its lines, quotation marks of the margin and stars."""
    return " ".join(text.replace("  > ", " ").replace("*", "").split())


def a_flood(n: int = 5_000) -> DigestFacts:
    """A day of n long mentions, every one of which wants to be shown, by as many partners and sources."""
    words = "The boxes came late again & <nobody> called us, “so” we stood there. " * 8
    mentions = [
        said(
            number,
            f"{number}: {words}",
            hours_ago=1 + number / n * 20,
            who=f"voice-{number} " + "& " * 40,
            partner=f"Partner {number} " + "<" * 70,
            channel=f"channel-{number % 40}",
            source=f"source-{number}",
            title=f"{number} " + '"' * 200,
            url=f"https://forum.example/{number}?" + "a=1&" * 400,
            story=number // 20 if number % 10 == 0 else None,
            tags=(
                tagged("concern", "yes", words),
                tagged("intent", "praise", words),
                tagged("need", f"need-{number % 30}", words),
            ),
        )
        for number in range(n)
    ]
    sources = [
        SourceState(name=f"source-{number}", channel="rss", status="failing", reason="<" * 5_000, failures=3)
        for number in range(n)
    ]
    partners = {f"quiet {number}": NOW - timedelta(days=9) for number in range(n)}
    return a_day(mentions=mentions, waiting=mentions, sources=sources, heard_before=partners)


def test_the_subject_is_the_state() -> None:
    facts = a_day(sources=the_sources()[:5])

    assert subject_line(facts) == "Riverside: 3 wait for an answer, 7 new, Northside Shelter raised a concern"


def test_leads_with_what_waits_and_ends_with_the_coverage() -> None:
    letter = digest_letter(a_day())

    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", letter.html)

    assert headings == [
        "Waiting for an answer",
        "What changed",
        "Themes",
        "Thanks and praise",
        "Partners",
        "By channel",
        "Coverage",
    ]
    assert [line for line in letter.text.splitlines() if line.isupper() and "  " not in line] == [
        head.upper() for head in headings
    ]


def test_who_waits_longest_comes_first_with_the_words_the_reason_and_the_link() -> None:
    text = flat(digest_letter(a_day()).text)

    assert (
        text.index("two days past its date") < text.index("came late again") < text.index("Does anybody know")
    )
    assert "maria_g - Reddit, r-foodbanks - Thu 26 Mar, 02:30" in text
    assert "Why here: a concern, in our conversation; waits 2 days https://forum.example/c/2" in text
    assert "Why here: a concern, raised by a partner; waits 20 hours https://forum.example/c/1" in text
    assert "Why here: a question, names Mile End Mutual Aid" in text


def test_the_words_that_earned_the_tag_are_marked() -> None:
    letter = digest_letter(a_day())

    assert re.search(r"Riverside boxes <b[^>]*>came late again on Tuesday</b>, and forty", letter.html)
    assert "*came late again on" in letter.text


def test_changes_are_told_with_raw_counts() -> None:
    text = flat(digest_letter(a_day()).text)

    assert "7 new, fewer than usual (15); not all sources answered." in text
    assert "Bluesky: 0, fewer than usual (4)." in text
    assert "Reddit: 2, fewer" not in text  # 2 against 7.4 is within what chance does
    assert "Tone: 3 positive, 1 neutral, 1 negative, 2 not analysed." in text
    assert "Concerns: 1, of these 1 by partners." in text
    assert "We answered 1 time." in text


def test_a_first_digest_claims_no_usual() -> None:
    assert "there is no usual to compare with yet" in digest_letter(a_day(week=None)).text


def test_our_own_replies_are_no_voices() -> None:
    letter = digest_letter(a_day())

    assert "from 10 to 12 at the library" not in letter.text + letter.html


def test_every_theme_stands_on_a_quotation_and_a_link() -> None:
    text = flat(digest_letter(a_day()).text)

    themes = text[text.index("THEMES") : text.index("THANKS AND PRAISE")]
    assert "Information: when, where, how (2 mentions)" in themes
    assert "“Necesitamos saber a qué hora abre la despensa el sábado, la página no lo dice.”" in themes
    assert "https://forum.example/c/4" in themes
    assert "Also: Being answered and heard (1) and That it comes as promised (1)." in themes


def test_a_story_is_shown_once_with_its_channels() -> None:
    letter = digest_letter(a_day())

    assert letter.html.count("City hall") == 1
    assert "told 2 times: RSS 1 and Reddit 1" in flat(letter.text)


def test_a_cross_posted_concern_waits_once() -> None:
    twice = (
        said(1, LATE, hours_ago=20, story=5, tags=(tagged("concern", "yes", LATE),)),
        said(2, LATE, hours_ago=10, story=5, channel="x", tags=(tagged("concern", "yes", LATE),)),
    )

    letter = digest_letter(a_day(mentions=twice, waiting=twice))

    assert letter.subject.startswith("Riverside: 1 waits for an answer, 2 new")
    assert flat(letter.text).count("forty families") == 1


def test_a_long_text_is_shortened_around_the_words_that_matter() -> None:
    long = "Once upon a time. " * 200 + "The Riverside boxes came late again. " + "And so on. " * 200
    mention = said(1, long, tags=(tagged("concern", "yes", long, "came late again"),))

    text = flat(digest_letter(a_day(mentions=(mention,), waiting=(mention,))).text)

    quote = text[text.index("“") : text.index("”") + 1]
    assert "The Riverside boxes came late again. And so on." in quote
    assert quote.startswith("“…")
    assert quote.endswith("…”")
    assert len(quote) < 300


def test_partners_who_spoke_were_named_or_went_quiet() -> None:
    text = digest_letter(a_day()).text

    assert re.search(r"^Northside Shelter +1 +1 +0$", text, re.MULTILINE)
    assert re.search(r"^Westside Clinic +0 +0 +1$", text, re.MULTILINE)
    assert "Not heard for a week or more: Hillview School." in text
    assert "St Anne" not in text  # three days of silence are nothing


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param(
            SourceState(name="n", channel="rss", status="failing", reason="HTTP 503", failures=2),
            "n (RSS) is failing: HTTP 503; it has never answered.",
            id="failing",
        ),
        pytest.param(
            SourceState(
                name="n",
                channel="x",
                status="waiting",
                reason="asked to wait",
                last_success_at=NOW - timedelta(hours=2),
                next_attempt_at=NOW + timedelta(hours=1),
            ),
            "n (X) is waiting: asked to wait; it last answered Sat 28 Mar, 05:30; asked again Sat 28 Mar, 08:30.",
            id="waiting",
        ),
        pytest.param(
            SourceState(
                name="n", channel="rss", status="off", reason="410 Gone", last_success_at=NOW, failures=1
            ),
            "n (RSS) is off: 410 Gone; it last answered Sat 28 Mar, 07:30.",
            id="off",
        ),
        pytest.param(
            SourceState(name="n", channel="rss", status="ok", last_success_at=NOW - timedelta(days=2)),
            "n (RSS) was not asked in this period; it last answered Thu 26 Mar, 07:30.",
            id="not asked",
        ),
        pytest.param(
            SourceState(name="n", channel="rss", status="quiet", last_success_at=NOW, last_new_at=None),
            "n (RSS) answered, but is quiet: nothing new since it was added.",
            id="quiet",
        ),
    ],
)
def test_the_coverage_says_in_words_what_each_source_does(source: SourceState, words: str) -> None:
    """faults.md 57."""
    text = flat(digest_letter(a_day(sources=(source,))).text)

    assert words in text[text.index("COVERAGE") :]


def test_says_when_all_sources_answered() -> None:
    assert "All 5 sources answered." in digest_letter(a_day(sources=the_sources()[:5])).text


def test_no_source_at_all_is_said_openly() -> None:
    assert "no source is listened to" in digest_letter(nothing_heard(sources=())).subject


def test_an_empty_day_is_a_short_honest_letter() -> None:
    """faults.md 57."""
    letter = digest_letter(nothing_heard())

    assert is_empty(nothing_heard())
    assert letter.subject == "Riverside: nothing new, all 3 sources answered"
    assert len(letter.text.splitlines()) < 20


def test_a_silent_failure_never_looks_like_a_quiet_day() -> None:
    """faults.md 57: a digest that skips empty days is sent all the same."""
    facts = nothing_heard(sources=the_sources(), digest=replace(DAILY, when_empty="skip"))

    assert not is_empty(facts)
    assert digest_letter(facts).subject == "Riverside: nothing new, only 5 of 6 sources answered"


def test_sources_that_nobody_asked_are_no_quiet_day_either() -> None:
    asleep = SourceState(name="n", channel="rss", status="ok", last_success_at=NOW - timedelta(days=3))

    assert not is_empty(nothing_heard(sources=(asleep,)))


def test_what_a_person_switched_off_is_no_trouble() -> None:
    paused = SourceState(name="n", channel="rss", status="off", reason="paused by hand")

    assert is_empty(nothing_heard(sources=(*nothing_heard().sources, paused)))


def test_somebody_who_waits_makes_no_day_empty() -> None:
    assert not is_empty(nothing_heard(waiting=a_day().waiting))


def test_what_was_taken_back_is_said() -> None:
    text = flat(digest_letter(a_day(purged=3)).text)

    assert "3 mentions of this period were taken back since and are left out." in text


def test_the_same_facts_give_the_same_bytes() -> None:
    assert digest_letter(a_day()) == digest_letter(a_day())


def test_a_flood_is_trimmed_below_what_mail_programs_cut_and_says_how_to_see_all() -> None:
    """faults.md 58: 5,000 mentions."""
    letter = digest_letter(a_flood())

    assert len(letter.html.encode()) <= LARGEST
    assert len(letter.text.encode()) <= LARGEST
    assert "4750 wait for an answer, 5000 new" in letter.subject
    assert re.search(r"47\d\d more wait\. See all: earshot search is:unanswered", flat(letter.text))
    assert "Open the original" in letter.html


def test_plain_text_has_78_columns_but_for_links() -> None:
    for facts in (a_day(), a_flood(200)):
        wide = [line for line in digest_letter(facts).text.splitlines() if len(line) > COLUMNS]

        assert all(line.strip().startswith("https://") for line in wide)


def test_spans_that_no_longer_fit_the_words_mark_nothing() -> None:
    edited = replace(a_day().waiting[1], text="Edited away.")

    letter = digest_letter(a_day(mentions=(edited,), waiting=(edited,)))

    assert "“Edited away.”" in letter.text


def test_a_mention_without_author_time_title_or_link_is_still_told() -> None:
    question = said(1, "Who opens on Sunday?", url="")
    bare = replace(question, author=None, published_at=None, collected_at=None, sources=())

    text = digest_letter(a_day(mentions=(bare,), waiting=(bare,))).text

    assert "* Somebody - Reddit - undated" in text


def test_an_organisation_without_aliases_goes_by_its_name() -> None:
    facts = nothing_heard(organisation=replace(RIVERSIDE, aliases=()))

    assert subject_line(facts).startswith("Riverside Food Network: ")


def test_a_channel_that_is_louder_than_usual_is_named() -> None:
    loud = tuple(said(n, "Where are the vans?", channel="x") for n in range(12))

    text = flat(digest_letter(a_day(mentions=loud, week=Usual(days=7, by_channel={"x": 2.5}))).text)

    assert "12 new, more than usual (2.5). - X: 12, more than usual (2.5)." in text


def test_words_of_a_title_are_marked_there_and_the_text_stands_below() -> None:
    title = "Riverside boxes late again"
    reason = Reason("title", 16, 26, "late again", 1.0)
    tag = Annotation(kind="concern", label="yes", confidence=0.9, because=(reason,))
    mention = said(1, "Read more on our page.", title=title, tags=(tag,))

    letter = digest_letter(a_day(mentions=(mention,), waiting=(mention,)))

    assert "\n  Riverside boxes *late again*\n  > “Read more on our page.”\n" in letter.text
    assert re.search(r"Riverside boxes <b[^>]*>late again</b></p>", letter.html)
    assert "late again" not in letter.text.split("Read more on our page.", maxsplit=1)[1]


@pytest.mark.parametrize("text", ["", "Riverside boxes late again"], ids=["no text", "the title once more"])
def test_a_title_that_says_it_all_is_quoted_once(text: str) -> None:
    title = "Riverside boxes late again"
    tag = Annotation(
        kind="concern", label="yes", confidence=0.9, because=(Reason("title", 16, 26, "late again", 1.0),)
    )
    mention = said(1, text, title=title, tags=(tag,))

    told = digest_letter(a_day(mentions=(mention,), waiting=(mention,))).text

    assert told.count("Riverside boxes") == 1
    assert "> “Riverside boxes *late again*”" in told


def test_the_footer_shows_an_address_as_people_write_it() -> None:
    text = flat(digest_letter(a_day(recipient="mailto:team@rfn.example")).text)

    assert "Written by Earshot for team@rfn.example, from" in text


def test_a_story_told_again_on_one_channel_names_it_once() -> None:
    twice = tuple(said(n, LATE, story=5, tags=(tagged("concern", "yes", LATE),)) for n in (1, 2))

    assert "told 2 times on Reddit" in flat(digest_letter(a_day(mentions=twice, waiting=twice)).text)


def test_words_without_sentences_are_cut_between_words() -> None:
    endless = "word " * 300 + "came late again " + "more " * 300
    mention = said(1, endless, tags=(tagged("concern", "yes", endless, "came late again"),))

    text = flat(digest_letter(a_day(mentions=(mention,), waiting=(mention,))).text)

    quote = text[text.index("“") : text.index("”") + 1]
    assert quote.startswith("“… word word")
    assert "word came late again more" in quote
    assert quote.endswith("more…”")


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.001, "waits a moment"),
        (0.5, "waits 30 minutes"),
        (1, "waits 1 hour"),
        (47, "waits 47 hours"),
        (49, "waits 2 days"),
    ],
)
def test_says_how_long_somebody_waits(hours: float, words: str) -> None:
    question = said(1, "Who opens on Sunday?", hours_ago=hours)

    assert words in digest_letter(a_day(mentions=(), waiting=(question,))).text


def test_a_wait_since_last_year_shows_its_year() -> None:
    question = said(1, "Who opens on Sunday?", hours_ago=24 * 100)

    assert "Thu 18 Dec 2025, 07:30" in digest_letter(a_day(mentions=(), waiting=(question,))).text
