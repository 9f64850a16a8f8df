"""The third stage in trouble: what breaks at one mention or one alert keeps nobody else from being told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from analysis.contract import Analysis
from model import Annotation, Author, Escalation, Mention, Rule
from stages.analyze import analyze
from stages.line import Line
from stages.match import AFTER_A_BUG, match
from storage import claims
from storage.outbox import load_messages
from storage.schema import mention_annotations
from tests.lines import LEAD, TEAM, Clock, WordsAnalyzer, a_line, hear
from tests.stores import said, settings

HOUR = timedelta(hours=1)
RULE = Rule(name="concerns", when="concern", from_whom="partners", notify=(f"mailto:{TEAM}",))
ESCALATED = replace(RULE, escalate=Escalation(after=2 * HOUR, to=(f"mailto:{LEAD}",)))


@dataclass(slots=True)
class OddAnalyzer(WordsAnalyzer):
    """Somebody else's: at ``odd`` it gives reasons without weights, which no letter can be written about."""

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        whole = WordsAnalyzer.analyze(self, mentions)
        return [
            Analysis(found.lang, tuple(self._spoilt(found))) if "odd" in mention.text else found
            for mention, found in zip(mentions, whole, strict=True)
        ]

    def _spoilt(self, found: Analysis) -> Iterator[Annotation]:
        for tag in found.annotations:
            weightless = tuple(replace(why, weight=None) for why in tag.because)  # type: ignore[arg-type]
            yield replace(tag, because=(*weightless, *tag.because))


def raised(name: str, text: str, partner: str = "u/NorthsideShelter") -> Mention:
    return said(name, text, author=Author(partner))


def told(line: Line) -> list[tuple[str, str]]:
    with line.store.reading() as connection:
        return [
            (kept.message.recipient.removeprefix("mailto:"), kept.message.text)
            for kept in load_messages(connection)
        ]


def due_at(line: Line, now: datetime) -> list[str]:
    """Claim the letters that may go at a time; return to whom."""
    with line.store.writing() as connection:
        ids = claims.due_messages(connection, now=now, limit=9)
        return [kept.message.recipient.removeprefix("mailto:") for kept in load_messages(connection, ids)]


def test_a_mention_that_no_letter_can_be_written_about_keeps_no_other_from_being_told(
    store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    with a_line(store_url, settings(rules=(RULE,)), clock=clock, analyzer=OddAnalyzer()) as line:
        hear(line, raised("a", "late one"), raised("b", "odd and late"), raised("c", "late three"))
        analyze(line)

        fired = match(line)

        assert len(fired) == 2
        assert [("one" in text, "three" in text) for _, text in told(line)] == [(True, False), (False, True)]
    assert "a bug while asking the rules" in caplog.text


def test_what_broke_is_asked_about_again_after_an_hour_and_told_once_it_is_mended(
    store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    with a_line(store_url, settings(rules=(RULE,)), clock=clock, analyzer=OddAnalyzer()) as line:
        hear(line, raised("b", "odd and late"))
        analyze(line)
        match(line)
        complaints = caplog.text.count("a bug while asking the rules")
        with line.store.writing() as connection:
            connection.execute(mention_annotations.update().values(because=[]))

        at_once = match(line)
        clock.forward(AFTER_A_BUG)
        later = match(line)

    assert complaints == 1
    assert (len(at_once), len(later)) == (0, 1)


def test_an_alert_that_cannot_be_escalated_keeps_no_other_from_it(
    store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    with a_line(store_url, settings(rules=(ESCALATED,)), clock=clock) as line:
        hear(line, raised("a", "late one"), raised("b", "late two"))
        analyze(line)
        one, _two = match(line)
        with line.store.writing() as connection:
            of_one = mention_annotations.c.mention_id == one.mentions[0]
            weightless = {"in": "text", "start": 0, "end": 4, "text": "late", "weight": None}
            spoilt = mention_annotations.update().where(of_one)
            connection.execute(spoilt.values(because=[weightless, {**weightless, "weight": 1.0}]))
        clock.forward(2 * HOUR)

        match(line)
        match(line)

        assert [who for who, _ in told(line)] == [TEAM, TEAM, LEAD]
    assert caplog.text.count("a bug while telling the next person") == 1


def test_nobody_else_is_told_before_those_whom_quiet_hours_keep_waiting(store_url: str) -> None:
    clock = Clock(datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    quiet = replace(ESCALATED, quiet_hours=(22 * 60, 7 * 60))
    with a_line(store_url, settings(rules=(quiet,)), clock=clock) as line:
        hear(line, raised("a", "late one"))
        analyze(line)
        match(line)
        in_time = []
        for at in (datetime(2026, 11, 21, 8, 59, tzinfo=UTC), datetime(2026, 11, 21, 9, 0, tzinfo=UTC)):
            clock.at = at
            match(line)
            in_time.append([who for who, _ in told(line)])

        assert in_time == [[TEAM], [TEAM, LEAD]]
        assert "until Sat 21 Nov 2026, 09:00" in told(line)[0][1]


def test_the_next_person_is_told_in_no_quiet_hours(store_url: str) -> None:
    clock = Clock(datetime(2026, 11, 20, 21, 0, tzinfo=UTC))
    quiet = replace(ESCALATED, quiet_hours=(22 * 60, 7 * 60))
    with a_line(store_url, settings(rules=(quiet,)), clock=clock) as line:
        hear(line, raised("a", "late one"))
        analyze(line)
        match(line)
        clock.forward(2 * HOUR)

        match(line)

        assert due_at(line, clock()) == [TEAM]
        assert due_at(line, datetime(2026, 11, 21, 6, 59, tzinfo=UTC)) == [TEAM]
        assert due_at(line, datetime(2026, 11, 21, 7, 0, tzinfo=UTC)) == [LEAD]
