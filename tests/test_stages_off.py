"""A source that is off until a person acts: whoever we write to is told of it, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from model import Digest, Message, Rule, Settings
from stages.collect import collect
from stages.line import Line
from stages.notices import tell_of_sources_off
from storage import outbox, own_sources
from tests.feeds import XML, item, rss
from tests.lines import Clock, a_line, feed, listening
from tests.scripted import Answer, ScriptedServer

TEAM, BOARD, DESK = "mailto:team@rfn.example", "mailto:board@rfn.example", "transport:desk"
DAY = timedelta(days=1)
ONE = Answer(headers=XML, body=rss(item(1)))


def configured(server: ScriptedServer, *names: str) -> Settings:
    rule = Rule(name="r", when="concern", notify=(TEAM, DESK))
    digest = Digest(name="daily", to=(TEAM, BOARD))
    listened = listening(*(feed(name, f"{server.url}/{name}") for name in names))
    return replace(listened, rules=(rule,), digests=(digest,))


def letters(line: Line) -> list[Message]:
    with line.store.reading() as connection:
        return [each.message for each in outbox.load_messages(connection)]


def days_of(line: Line, clock: Clock) -> None:
    for _ in range(3):
        collect(line)
        clock.forward(DAY)


@pytest.mark.parametrize("status", [401, 403, 410])
def test_a_refused_source_is_told_once_to_each(store_url: str, server: ScriptedServer, status: int) -> None:
    """faults.md 17, 18."""
    server.route("/blog", Answer(status=status))
    server.route("/good", ONE)
    clock = Clock()

    with a_line(store_url, configured(server, "blog", "good"), clock=clock) as line:
        days_of(line, clock)

        told = letters(line)

    assert [each.recipient for each in told] == [TEAM, DESK, BOARD]
    assert {(each.kind, each.subject) for each in told} == {("notice", "Earshot no longer listens to blog")}
    assert str(status) in told[0].text
    assert "earshot source resume" in told[0].text
    assert len([request for request in server.requests if request.path == "/blog"]) == 1


def test_a_feed_that_is_missing_is_told_when_its_three_days_are_over(
    store_url: str, server: ScriptedServer
) -> None:
    """faults.md 18."""
    clock = Clock()

    with a_line(store_url, configured(server, "missing"), clock=clock) as line:
        days_of(line, clock)
        before = letters(line)
        days_of(line, clock)

        assert before == []
        assert len(letters(line)) == 3


def test_one_that_was_resumed_too_early_is_told_again(store_url: str, server: ScriptedServer) -> None:
    server.route("/blog", Answer(status=403))
    clock = Clock()

    with a_line(store_url, configured(server, "blog"), clock=clock) as line:
        days_of(line, clock)
        with line.store.writing() as connection:
            own_sources.resume(connection, "blog", now=clock())
        days_of(line, clock)

        assert len(letters(line)) == 2 * 3


def test_one_that_is_read_by_hand_while_it_is_off_is_not_told_again(
    store_url: str, server: ScriptedServer
) -> None:
    server.route("/blog", Answer(status=403))
    clock = Clock()

    with a_line(store_url, configured(server, "blog"), clock=clock) as line:
        days_of(line, clock)
        collect(line, names=["blog"])

        assert len(letters(line)) == 3


def test_many_at_once_are_one_letter(store_url: str, server: ScriptedServer) -> None:
    """faults.md 17: a key of ours that ran out closes every source that it opened."""
    off = {name: f"{name} is closed" for name in ("a", "b", "c")}

    with a_line(store_url, configured(server)) as line:
        line.store.write(lambda connection: tell_of_sources_off(line, connection, off))

        told = letters(line)

    assert [each.recipient for each in told] == [TEAM, DESK, BOARD]
    assert told[0].subject == "Earshot no longer listens to 3 sources"
    assert all(f"{name}: {reason}" in told[0].text for name, reason in off.items())
