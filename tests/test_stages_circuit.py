"""A source that fails again and again rests, and is probed now and then; one answer ends it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from stages.collect import collect
from tests.feeds import XML, item, rss
from tests.lines import Clock, a_line, feed, listening
from tests.scripted import Answer, ScriptedServer

ROUND = timedelta(minutes=15)
DAY = 24 * 60 // 15


def test_a_source_that_is_down_for_a_day_is_asked_rarely_and_its_neighbour_as_ever(
    tmp_path: Path, server: ScriptedServer
) -> None:
    """faults.md 20."""
    server.route("/down", Answer(503))
    server.route("/well", Answer(headers=XML, body=rss(item(1))))
    clock = Clock()
    sources = listening(feed("down", server.url + "/down"), feed("well", server.url + "/well"))
    with a_line(tmp_path, sources, clock=clock) as line:
        for _ in range(DAY):
            collect(line)
            clock.forward(ROUND)
        asked_down, asked_well = len(server.asked("/down")), len(server.asked("/well"))

        server.route("/down", Answer(headers=XML, body=rss(item(2))))
        rounds, answers = [], []
        for number in range(DAY):
            heard = [each for each in collect(line) if each.source == "down"]
            rounds += [number] * len(heard)
            answers += heard
            clock.forward(ROUND)

    assert asked_well == DAY
    assert 5 < asked_down < DAY / 2
    assert (answers[0].status, answers[0].new) == ("ok", 1)
    assert rounds == list(range(rounds[0], DAY))  # after one answer it has its own time again
