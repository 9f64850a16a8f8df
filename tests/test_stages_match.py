"""The third stage: a concern is told once, by its case, at an hour that may be, and to the next person in time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from errors import NeedsAttention
from model import Alert, Author, Escalation, Mention, Rule, Settings
from stages.analyze import analyze
from stages.line import Line
from stages.match import match
from storage import alerts, claims, outbox, tombstones
from storage.outbox import KeptMessage, load_messages
from storage.schema import mentions
from tests.lines import FORUM_ID, LEAD, TEAM, Clock, a_line, hear
from tests.stores import said, settings

HOUR = timedelta(hours=1)
PARTNER = Author("u/NorthsideShelter")
RULE = Rule(name="concerns", when="concern", from_whom="partners", notify=(f"mailto:{TEAM}",))
STORY = "The late boxes of Riverside kept forty families waiting in the rain again this week."


def ruled(*rules: Rule) -> Settings:
    return settings(rules=rules)


def raised(name: str, text: str = "late again", **more: object) -> Mention:
    return said(name, text, **{"author": PARTNER, **more})


def tell(line: Line, *heard: Mention) -> list[Alert]:
    """Hear, analyse, and ask the rules."""
    hear(line, *heard)
    analyze(line)
    return match(line)


def ask_the_rules_again(line: Line) -> list[Alert]:
    with line.store.writing() as connection:
        connection.execute(mentions.update().values(unmatched=True))
    return match(line)


def letters(line: Line) -> list[KeptMessage]:
    with line.store.reading() as connection:
        return load_messages(connection)


def fired(line: Line) -> list[Alert]:
    with line.store.reading() as connection:
        return alerts.list_alerts(connection)


def test_a_partner_s_concern_fires_once_also_when_the_rules_are_asked_again(store_url: str) -> None:
    """faults.md 55."""
    clock = Clock()
    with a_line(store_url, ruled(RULE), clock=clock) as line:
        (alert,) = tell(line, raised("t3_a"))
        again = match(line)
        clock.forward(24 * HOUR)
        forced = ask_the_rules_again(line)

        assert (alert.rule, alert.kind, alert.partner) == ("concerns", "concern", "Northside Shelter")
        assert again == forced == []
        assert [each.id for each in fired(line)] == [alert.id]
        assert [kept.message.recipient for kept in letters(line)] == [f"mailto:{TEAM}"]


@pytest.mark.parametrize(
    "mention",
    [
        said("t3_a", "late again"),
        raised("t3_a", "all well"),
        said("t3_a", "We were late, and are sorry.", author=Author("RiversideFood")),
    ],
    ids=["nobody we know", "no concern", "one of us"],
)
def test_nothing_else_fires(store_url: str, mention: Mention) -> None:
    with a_line(store_url, ruled(RULE)) as line:
        assert tell(line, mention) == []
        assert letters(line) == []


def test_one_of_us_never_fires_whatever_a_rule_waits_for(store_url: str) -> None:
    ours = said("t3_a", "We were late, and are sorry.", author=Author("RiversideFood"))
    rules = (
        replace(RULE, name="any concern", from_whom="anyone"),
        Rule(name="a word", when="keyword", query="late", notify=(f"mailto:{TEAM}",)),
    )
    with a_line(store_url, ruled(*rules)) as line:
        assert tell(line, ours) == []
        assert len(tell(line, said("t3_b", "late again"))) == 2


def test_a_cross_post_joins_its_story(store_url: str) -> None:
    with a_line(store_url, ruled(RULE)) as line:
        (alert,) = tell(line, raised("t3_a", STORY))
        later = tell(line, raised("1", STORY, channel="rss", scope=None, author=Author("northside.example")))

        assert later == []
        (kept,) = fired(line)
        assert (kept.id, len(kept.mentions)) == (alert.id, 2)
        assert len(letters(line)) == 1


def test_copies_that_are_heard_together_are_one_alert_with_both(store_url: str) -> None:
    with a_line(store_url, ruled(RULE)) as line:
        (alert,) = tell(line, raised("t3_a", STORY), raised("t3_b", STORY), raised("t3_c", "late elsewhere"))[
            :1
        ]

        assert [len(each.mentions) for each in sorted(fired(line), key=lambda each: each.id or 0)] == [2, 1]
        assert "2 mentions" in alert.text


def test_what_goes_on_in_a_thread_joins_until_the_cooldown_is_over(store_url: str) -> None:
    """faults.md 55."""
    clock = Clock()
    with a_line(store_url, ruled(RULE), clock=clock) as line:
        first = tell(line, raised("t3_a"))
        clock.forward(3 * HOUR)
        joined = tell(line, raised("t1_b", "late as well", thread_id="t3_a"))
        clock.forward(HOUR)
        anew = tell(line, raised("t1_c", "and late today", thread_id="t3_a"))

        assert (len(first), joined, len(anew)) == (1, [], 1)
        assert [len(each.mentions) for each in fired(line)] == [1, 2]
        assert len(letters(line)) == 2


def test_another_partner_in_the_same_thread_is_news(store_url: str) -> None:
    other = replace(settings().partners[0], name="Mile End", handles={"reddit": ("mile_end",)}, aliases=())
    configured = settings(rules=(RULE,), partners=(*settings().partners, other))
    with a_line(store_url, configured) as line:
        tell(line, raised("t3_a"))

        (news,) = tell(line, said("t1_b", "late here too", thread_id="t3_a", author=Author("mile_end")))

        assert news.partner == "Mile End"


def test_a_mention_that_becomes_a_concern_by_an_edit_fires_and_only_once(store_url: str) -> None:
    with a_line(store_url, ruled(RULE)) as line:
        before = tell(line, raised("t3_a", "all well"))
        edited = tell(line, raised("t3_a", "all well, but late"))
        further = tell(line, raised("t3_a", "all well, but late, as always"))

        assert (before, len(edited), further) == ([], 1, [])
        assert "all well, but late" in letters(line)[0].message.text


def test_a_rule_s_query_is_asked_of_the_text(store_url: str) -> None:
    narrow = replace(RULE, query='"weekend box"')
    with a_line(store_url, ruled(narrow)) as line:
        (alert,) = tell(line, raised("t3_a", "late boxes"), raised("t3_b", "The Weekend Box was late"))

        assert "Weekend Box" in alert.text


def test_a_query_that_cannot_be_read_is_refused_by_the_rule_s_name_before_anything_is_done(
    store_url: str,
) -> None:
    """faults.md 93."""
    broken = replace(RULE, name="broken", query="late chanel:reddit")

    with pytest.raises(NeedsAttention, match="rule 'broken'.*did you mean 'channel'"):
        with a_line(store_url, ruled(RULE, broken)):
            pass


def test_each_recipient_and_each_rule_gets_its_own_letter(store_url: str) -> None:
    rules = (
        replace(RULE, notify=(f"mailto:{TEAM}", f"mailto:{LEAD}")),
        replace(RULE, name="second", notify=(f"mailto:{TEAM}",)),
    )
    with a_line(store_url, ruled(*rules)) as line:
        tell(line, raised("t3_a"))

        told = letters(line)
        assert [kept.message.recipient for kept in told] == [
            f"mailto:{TEAM}",
            f"mailto:{LEAD}",
            f"mailto:{TEAM}",
        ]
        assert len({kept.message.key for kept in told}) == 3


def test_a_recipient_without_an_address_keeps_no_other_from_being_told(
    store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 52."""
    with a_line(store_url, ruled(replace(RULE, notify=("mailto:nobody", f"mailto:{TEAM}")))) as line:
        tell(line, raised("t3_a"))

        assert [kept.message.recipient for kept in letters(line)] == [f"mailto:{TEAM}"]
    assert "'mailto:nobody'" in caplog.text or "'nobody'" in caplog.text


def test_quiet_hours_delay_the_letter_and_not_the_alert(store_url: str) -> None:
    at_night = Clock(datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    quiet = replace(RULE, quiet_hours=(22 * 60, 7 * 60))
    with a_line(store_url, ruled(quiet), clock=at_night) as line:
        (alert,) = tell(line, raised("t3_a"))

        assert alert.fired_at == at_night()
        assert due_at(line, datetime(2026, 11, 21, 6, 59, tzinfo=UTC)) == []
        assert due_at(line, datetime(2026, 11, 21, 7, 0, tzinfo=UTC)) == [TEAM]


def due_at(line: Line, now: datetime) -> list[str]:
    with line.store.writing() as connection:
        ids = claims.due_messages(connection, now=now, limit=9)
        return [kept.message.recipient.removeprefix("mailto:") for kept in load_messages(connection, ids)]


ESCALATED = replace(RULE, escalate=Escalation(after=2 * HOUR, to=(f"mailto:{LEAD}",)))


def recipients(line: Line) -> list[str]:
    return [kept.message.recipient.removeprefix("mailto:") for kept in letters(line)]


def test_an_alert_that_nobody_takes_goes_to_the_next_person_once(store_url: str) -> None:
    clock = Clock()
    with a_line(store_url, ruled(ESCALATED), clock=clock) as line:
        tell(line, raised("t3_a"))
        clock.forward(2 * HOUR - timedelta(seconds=1))
        match(line)
        early = recipients(line)
        for _ in range(3):
            clock.forward(timedelta(seconds=1))
            match(line)

        assert early == [TEAM]
        assert recipients(line) == [TEAM, LEAD]


@pytest.mark.parametrize("how", ["acknowledged", "resting"])
def test_an_alert_that_somebody_takes_or_lets_rest_goes_to_nobody_else(store_url: str, how: str) -> None:
    clock = Clock()
    with a_line(store_url, ruled(ESCALATED), clock=clock) as line:
        (alert,) = tell(line, raised("t3_a"))
        assert alert.id is not None
        with line.store.writing() as connection:
            if how == "acknowledged":
                alerts.acknowledge(connection, alert.id, now=clock())
            else:
                alerts.snooze(connection, alert.id, until=clock() + 9 * HOUR, now=clock())
        clock.forward(8 * HOUR)

        match(line)

        assert recipients(line) == [TEAM]


def test_an_alert_whose_rest_is_over_goes_to_the_next_person(store_url: str) -> None:
    clock = Clock()
    with a_line(store_url, ruled(ESCALATED), clock=clock) as line:
        (alert,) = tell(line, raised("t3_a"))
        with line.store.writing() as connection:
            alerts.snooze(connection, alert.id or 0, until=clock() + 9 * HOUR, now=clock())
        clock.forward(9 * HOUR)

        match(line)

        assert recipients(line) == [TEAM, LEAD]


def test_five_hundred_and_more_concerns_at_once_lose_none(store_url: str) -> None:
    """faults.md 56: those of one thread are one alert."""
    many = [raised(f"t1_{n}", f"late {n}", thread_id="t3_a") for n in range(520)]
    with a_line(store_url, ruled(RULE)) as line:
        told = tell(line, *many)

        assert len(told) == 1
        assert [len(each.mentions) for each in fired(line)] == [520]
        assert len(letters(line)) == 1


def test_two_processes_fire_each_alert_once(store_url: str) -> None:
    with a_line(store_url, ruled(RULE)) as one, a_line(store_url, ruled(RULE)) as two:
        hear(one, *[raised(f"t3_{n}", f"late {n}") for n in range(20)])
        analyze(one)
        told: list[Sequence[Alert]] = []
        both = [threading.Thread(target=lambda line=line: told.append(match(line))) for line in (one, two)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()

        assert sum(len(each) for each in told) == 20
        assert len(letters(one)) == 20


def test_what_was_taken_back_stands_in_no_alert_any_more(store_url: str) -> None:
    """faults.md 26."""
    with a_line(store_url, ruled(RULE)) as line:
        tell(line, raised("t3_a", "a secret that came late"))

        take_back(line, "t3_a")

        assert letters(line) == []
        assert "secret" not in fired(line)[0].text


def take_back(line: Line, *names: str) -> None:
    with line.store.writing() as connection:
        tombstones.bury(connection, FORUM_ID, names, now=line.now())


def test_what_stays_of_a_letter_that_was_withdrawn_is_told_anew(store_url: str) -> None:
    """faults.md 26: two concerns in one letter that waits; one is taken back, the other must still be told."""
    with a_line(store_url, ruled(RULE)) as line:
        tell(line, raised("t3_a", "a secret that came late"), raised("t1_b", "late too", thread_id="t3_a"))

        take_back(line, "t3_a")
        (anew,) = match(line)

        (letter,) = letters(line)
        assert "late too" in letter.message.text
        assert "secret" not in letter.message.text + letter.message.html + letter.message.subject
        assert [each.id for each in fired(line)] == [anew.id]


def test_an_alert_whose_letter_is_out_is_not_told_again_when_a_part_of_it_is_taken_back(
    store_url: str,
) -> None:
    """faults.md 26."""
    with a_line(store_url, ruled(RULE)) as line:
        tell(line, raised("t3_a", "a secret that came late"), raised("t1_b", "late too", thread_id="t3_a"))
        with line.store.writing() as connection:
            outbox.mark_sent(connection, letters(line)[0].id, now=line.now())

        take_back(line, "t3_a")

        assert match(line) == []
        assert "secret" not in fired(line)[0].text
        assert "secret" not in str(letters(line)[0].message)


def test_an_alert_of_which_nothing_is_left_goes_to_no_other_person(store_url: str) -> None:
    """faults.md 26."""
    clock = Clock()
    with a_line(store_url, ruled(ESCALATED), clock=clock) as line:
        tell(line, raised("t3_a", "a secret that came late"))
        take_back(line, "t3_a")
        clock.forward(3 * HOUR)

        match(line)

        assert recipients(line) == []
