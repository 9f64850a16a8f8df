"""Rules that watch counts: each spike, shift and silence is told once, and what comes too thick is told together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from analysis.contract import Analysis
from model import Alert, Annotation, Author, Escalation, Mention, Rule, Settings
from stages.analyze import analyze
from stages.line import Line
from stages.match import match
from stages.rehearse import rehearse
from storage import alerts, tombstones
from storage.outbox import KeptMessage, load_messages
from storage.schema import sources
from tests.lines import BLOG_ID, FORUM_ID, LEAD, TEAM, Clock, WordsAnalyzer, a_line, hear
from tests.stores import NOW, said, settings

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEGIN = NOW - 40 * DAY
PARTNER = Author("u/NorthsideShelter")
SPIKE = Rule(name="a rush", when="spike", notify=(f"mailto:{TEAM}",), cooldown=DAY)
SHIFT = Rule(name="a shift", when="sentiment", each="partner", notify=(f"mailto:{TEAM}",), cooldown=DAY)
SILENCE = Rule(name="quiet", when="silence", notify=(f"mailto:{TEAM}",), cooldown=DAY)


@dataclass(slots=True)
class MoodAnalyzer(WordsAnalyzer):
    """As the words say, and ``bad`` is negative."""

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        found = WordsAnalyzer.analyze(self, mentions)
        return [
            Analysis(one.lang, (*one.annotations, self._mood(mention.text)))
            for one, mention in zip(found, mentions, strict=True)
        ]

    def _mood(self, text: str) -> Annotation:
        label = "negative" if "bad" in text else "neutral"
        return Annotation(kind="sentiment", label=label, confidence=1.0, version=self.version)


@dataclass
class Town:
    """A line whose clock goes on, and what it has told."""

    line: Line
    clock: Clock
    told: list[Alert]
    number: int = 0

    def say(self, *texts: str, source: int = FORUM_ID, **more: Any) -> None:
        given = {"published_at": self.clock.at - timedelta(seconds=30), **more}
        first = self.number + 1
        self.number += len(texts)
        hear(self.line, *(said(f"n{n}", text, **given) for n, text in enumerate(texts, first)), source=source)

    def look(self) -> list[Alert]:
        analyze(self.line)
        fired = match(self.line)
        self.told += fired
        return fired

    def live(self, days: int, *, daily: int = 0, **more: Any) -> list[Alert]:
        """Let days pass, each with so many mentions; return what fired."""
        fired: list[Alert] = []
        for _ in range(days):
            self.clock.forward(DAY)
            self.say(*(f"news of day {self.clock.at:%j} {n}" for n in range(daily)), **more)
            fired += self.look()
        return fired

    def letters(self) -> list[KeptMessage]:
        with self.line.store.reading() as connection:
            return load_messages(connection)

    def alerts(self) -> list[Alert]:
        with self.line.store.reading() as connection:
            return alerts.list_alerts(connection)

    def rehearsed(self, rule: Rule) -> list[Alert]:
        with self.line.store.reading() as connection:
            us = self.line.settings.organisation
            return rehearse(connection, us, rule, since=BEGIN, now=self.clock.at)


@pytest.fixture
def rules() -> tuple[Rule, ...]:
    return SPIKE, SHIFT, SILENCE


@pytest.fixture
def town(store_url: str, rules: tuple[Rule, ...]) -> Iterator[Town]:
    clock = Clock(BEGIN, most_looks=1_000_000)
    with a_line(store_url, configured(*rules), clock=clock, analyzer=MoodAnalyzer()) as line:
        yield Town(line, clock, [])


def configured(*rules: Rule) -> Settings:
    return settings(rules=rules)


def test_a_rush_is_told_once_while_it_lasts_and_again_when_it_comes_back(town: Town) -> None:
    """faults.md 55."""
    town.live(2)
    town.say(*(f"where is the van {n}" for n in range(12)))
    town.clock.forward(MINUTE)
    (first,) = town.look()
    town.say(*(f"still no van {n}" for n in range(12)))
    town.clock.forward(5 * MINUTE)
    assert town.look() == []
    assert town.live(2) == []
    town.say(*(f"no van again {n}" for n in range(12)))
    town.clock.forward(MINUTE)
    (second,) = town.look()

    assert (first.rule, first.kind, len(first.mentions)) == ("a rush", "spike", 12)
    assert first.text.startswith("All that is heard on Reddit: 12 mentions in the last hour (usual: 0): “")
    assert "van" in first.text
    assert first.text.endswith("(rule: a rush)")
    assert second.id != first.id
    assert len(town.letters()) == 2
    assert "12 mentions in the last hour" in town.letters()[0].message.subject


def test_a_backlog_is_no_rush(town: Town) -> None:
    town.live(2)
    town.say(*(f"old news {n}" for n in range(50)), published_at=town.clock.at - DAY)

    assert town.live(1) == []


def test_a_rush_about_one_topic_is_told_by_its_words(store_url: str) -> None:
    vans = replace(SPIKE, query="van")
    clock = Clock(BEGIN)
    with a_line(store_url, configured(vans), clock=clock, analyzer=MoodAnalyzer()) as line:
        town = Town(line, clock, [])
        clock.forward(2 * DAY)
        town.say(*(f"bread {n}" for n in range(20)), *(f"van {n}" for n in range(9)))
        clock.forward(MINUTE)
        (alert,) = town.look()

    assert len(alert.mentions) == 9
    assert alert.text.startswith("“van” on Reddit: 9 mentions")


def test_a_partner_whose_words_turn_bad_is_told_once(town: Town) -> None:
    town.live(30, daily=1, author=PARTNER)
    for day in range(8):
        town.say(f"it is bad {day}", f"really bad {day}", author=PARTNER)
        town.live(1)

    (alert,) = [alert for alert in town.told if alert.kind == "sentiment"]
    assert alert.partner == "Northside Shelter"
    assert "are negative since" in alert.text
    assert "and before it 0 of 2" in alert.text
    assert "bad" in alert.text.partition("“")[2]
    assert [alert.kind for alert in town.told] == ["sentiment"]


def test_a_partner_who_goes_quiet_is_told_once_and_again_after_it_spoke(town: Town) -> None:
    town.live(15, daily=1, author=PARTNER)
    (quiet,) = town.live(5)
    town.live(3, daily=1, author=PARTNER)
    (again,) = town.live(9)

    assert (quiet.kind, quiet.partner, quiet.rule) == ("silence", "Northside Shelter", "quiet")
    assert "Northside Shelter on Reddit is silent since" in quiet.text
    assert "a pause of 2 days would be usual. The last words: “news of day" in quiet.text
    assert quiet.fired_at < again.fired_at
    assert len(quiet.mentions) == 3
    letter = town.letters()[0].message
    assert "The last words" in letter.text
    assert f"earshot alerts ack {quiet.id}" in letter.text


def test_a_partner_whom_nobody_can_hear_is_not_called_silent(town: Town) -> None:
    """faults.md 57: a source that fails is no quiet partner."""
    town.live(15, daily=1, author=PARTNER)
    with town.line.store.writing() as connection:
        connection.execute(sources.update().where(sources.c.id == FORUM_ID).values(status="failing"))

    assert town.live(5) == []


@pytest.mark.parametrize("rules", [(replace(SILENCE, each="source"),)], ids=["each source"])
def test_a_source_that_goes_quiet_is_called_by_its_name(town: Town) -> None:
    town.live(15, daily=1, source=BLOG_ID)
    (alert,) = town.live(5)

    assert alert.text.startswith("northside-blog is silent since")
    assert alert.partner is None


@pytest.mark.long
def test_what_was_rehearsed_is_what_fired(town: Town) -> None:
    town.live(15, daily=1, author=PARTNER)
    town.say(*(f"where is the van {n}" for n in range(12)))
    town.clock.forward(MINUTE)
    town.look()
    town.live(5)

    for rule in (SPIKE, SHIFT, SILENCE):
        live = [alert for alert in town.told if alert.rule == rule.name]
        rehearsed = town.rehearsed(rule)
        assert [(alert.partner, alert.mentions) for alert in rehearsed] == [
            (alert.partner, alert.mentions) for alert in live
        ]
        assert all(
            abs(one.fired_at - other.fired_at) <= DAY for one, other in zip(rehearsed, live, strict=True)
        )
    assert {alert.kind for alert in town.told} == {"spike", "silence"}
    assert len(town.alerts()) == len(town.told)


@pytest.mark.parametrize(
    "rules", [(replace(SILENCE, escalate=Escalation(after=HOUR, to=(f"mailto:{LEAD}",))),)], ids=["escalated"]
)
def test_a_silence_that_nobody_acknowledges_goes_to_the_next_person_in_the_same_words(town: Town) -> None:
    town.live(15, daily=1, author=PARTNER)
    town.live(5)

    first, second = town.letters()
    assert second.message.recipient == f"mailto:{LEAD}"
    assert second.message.subject == first.message.subject
    assert town.alerts()[0].text in " ".join(second.message.text.split())


def test_an_alert_that_is_withdrawn_before_it_is_sent_is_told_anew(town: Town) -> None:
    """faults.md 26."""
    town.live(2)
    town.say(*(f"where is the van {n}" for n in range(12)))
    town.clock.forward(MINUTE)
    town.look()
    with town.line.store.writing() as connection:
        tombstones.bury(connection, FORUM_ID, ["n12"], now=town.clock.at)
    town.clock.forward(MINUTE)

    (anew,) = town.look()

    assert len(anew.mentions) == 11
    assert [alert.id for alert in town.alerts()] == [anew.id]


CONCERNS = Rule(name="concerns", when="concern", notify=(f"mailto:{TEAM}",))


@pytest.mark.parametrize("rules", [(CONCERNS,)], ids=["concerns"])
def test_what_comes_too_thick_is_one_message_with_its_count(town: Town) -> None:
    """faults.md 56."""
    for part in range(3):
        town.say(*(f"late {part} {n}" for n in range(120)))
        town.look()
        town.clock.forward(15 * timedelta(seconds=1))

    (alert,) = town.alerts()
    (letter,) = town.letters()
    assert len(alert.mentions) == 360
    assert "360 mentions" in alert.text
    assert "360 mentions" in letter.message.subject
    assert "355 more mentions of it." in letter.message.text


@pytest.mark.long
@pytest.mark.parametrize("rules", [(CONCERNS,)], ids=["concerns"])
def test_a_flood_that_goes_on_is_told_in_few_messages_each_mention_in_one(town: Town) -> None:
    """faults.md 56."""
    for step in range(4):
        town.say(*(f"late {step} {n}" for n in range(101)))
        town.look()
        town.clock.forward(12 * MINUTE)

    fired = town.alerts()
    assert len(fired) <= 7
    assert sum(len(alert.mentions) for alert in fired) == 404
    assert len({mention for alert in fired for mention in alert.mentions}) == 404
    assert len(town.letters()) == len(fired)


@pytest.mark.parametrize("rules", [(CONCERNS,)], ids=["concerns"])
def test_as_many_as_a_person_can_read_are_told_one_by_one(town: Town) -> None:
    town.say(*(f"late {n}" for n in range(30)))
    town.look()

    assert len(town.alerts()) == len(town.letters()) == 30
