"""Work that does not get on though Earshot runs: whoever we write to is told, once, in their own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from errors import TryLater
from model import Digest, Message, Organisation, Rule, Settings
from scheduler import LATE, WATCH_EVERY, _guarded, _watch
from stages.line import Line, Progress
from stages.notices import tell_of_stuck_work
from storage import outbox
from tests.lines import Clock, a_line
from tests.stores import NOW, US, settings

TEAM, BOARD = "mailto:team@rfn.example", "mailto:board@rfn.example"
SINCE = NOW - timedelta(minutes=20)
A_LOOK_AGO = NOW - timedelta(seconds=WATCH_EVERY)
WELL = {"listen": NOW, "tell": NOW, "watch": A_LOOK_AGO}


def configured(us: Organisation = US) -> Settings:
    rule, digest = Rule(name="r", when="concern", notify=(TEAM,)), Digest(name="daily", to=(TEAM, BOARD))
    return settings(organisation=us, rules=(rule,), digests=(digest,))


def letters(line: Line) -> list[Message]:
    with line.store.reading() as connection:
        return [each.message for each in outbox.load_messages(connection)]


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "Earshot has not listened for 20 minutes", "the reading of sources does not get on"),
        ("es", "Earshot lleva 20 minutos sin escuchar", "la lectura de las fuentes no avanza"),
        ("pt", "O Earshot não escuta há 20 minutos", "a leitura das fontes não avança"),
    ],
)
def test_each_is_told_once_in_their_language(store_url: str, language: str, subject: str, words: str) -> None:
    """faults.md 97."""
    us = replace(US, languages=(language,))

    with a_line(store_url, configured(us)) as line:
        first, again = (tell_of_stuck_work(line, "listen", since=SINCE) for _ in range(2))
        told = letters(line)

    assert (first, again) == (2, 0)
    assert [each.recipient for each in told] == [TEAM, BOARD]
    assert {(each.kind, each.subject) for each in told} == {("notice", subject)}
    assert words in told[0].text
    assert "earshot doctor" in told[0].text


@pytest.mark.parametrize(
    ("got_on", "subjects"),
    [
        (WELL, []),
        ({**WELL, "listen": NOW - LATE}, []),
        ({**WELL, "listen": SINCE}, ["Earshot has not listened for 20 minutes"]),
        ({**WELL, "tell": SINCE}, ["Earshot has raised no alerts for 20 minutes"]),
        ({"watch": A_LOOK_AGO, "listen": NOW}, ["Earshot has raised no alerts for 20 minutes"]),
        ({"listen": SINCE, "tell": SINCE, "watch": SINCE}, []),
        ({}, []),
    ],
    ids=[
        "all is well",
        "late, but not too late",
        "nothing is read",
        "nothing is told",
        "one never came to its end",
        "the machine was asleep",
        "the clock was put forward",
    ],
)
def test_the_scheduler_watches_what_hears_and_what_tells(
    store_url: str, got_on: dict[str, datetime], subjects: list[str]
) -> None:
    """faults.md 53, 97."""
    with a_line(store_url, configured()) as line:
        _watch(line, got_on=got_on, began=SINCE)

        assert [each.subject for each in letters(line)[:1]] == subjects


def test_a_job_gets_on_with_each_part_of_its_work_and_not_where_it_fails(store_url: str) -> None:
    """faults.md 97."""
    clock, got_on, seen = Clock(), dict[str, datetime](), list[Progress]()

    def reads_a_source_a_minute(line: Line) -> None:
        for done in (1, 2):
            clock.forward(timedelta(minutes=1))
            line.tell(Progress(stage="collect", done=done, total=2))
        clock.forward(timedelta(minutes=1))
        raise TryLater("the store is full")

    with a_line(store_url, clock=clock) as given:
        line = replace(given, tell=seen.append)
        _guarded("listen", reads_a_source_a_minute, line, got_on)()
        _guarded("tell", _does_nothing, line, got_on)()

    assert got_on == {"listen": NOW + timedelta(minutes=2), "tell": NOW + timedelta(minutes=3)}
    assert [each.done for each in seen] == [1, 2]


def _does_nothing(_line: Line) -> Any:
    return None
