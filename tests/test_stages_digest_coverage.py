"""Coverage is true: what was not heard is said in words by the next digest, through the real cycle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

import pipeline
from delivery.digest import digest_letter
from stages.facts import digest_facts
from stages.line import Line
from storage import own_sources
from storage.provision import provision
from tests.lines import TEAM, Clock, a_line, feed, listening
from tests.scripted import Answer, ScriptedServer
from tests.test_cli import FEED
from tests.test_stages_digest_once import DAILY, DAY, EVENING, MORNING, letters, periods, texts

XML = {"Content-Type": "application/rss+xml"}


def broken(line: Line, server: ScriptedServer) -> Line:
    server.route("/blog", Answer(503))
    return line


def gone(line: Line, server: ScriptedServer) -> Line:
    server.route("/blog", Answer(410))
    return line


def paused(line: Line, server: ScriptedServer) -> Line:
    with line.store.writing() as connection:
        own_sources.pause(connection, "blog", now=line.now())
    return line


def removed(line: Line, server: ScriptedServer) -> Line:
    left = replace(line.settings, sources=line.settings.sources[1:])
    with line.store.writing() as connection:
        provision(connection, left, now=line.now())
    return replace(line, settings=left)


@contextmanager
def two_sources(store_url: str, server: ScriptedServer, clock: Clock) -> Iterator[Line]:
    for path in ("/blog", "/news"):
        server.route(path, Answer(body=FEED, headers=XML))
    listened = (feed("blog", f"{server.url}/blog"), feed("news", f"{server.url}/news"))
    with a_line(store_url, listening(*listened, digests=(DAILY,), rules=()), clock=clock) as line:
        yield line


@pytest.mark.parametrize(
    ("stopped", "words"),
    [
        (broken, "blog (RSS) is failing"),
        (gone, "blog (RSS) is off"),
        (paused, "blog (RSS) is off: paused"),
        (removed, "blog (RSS) is off: taken out"),
    ],
)
def test_a_source_that_stops_is_in_the_next_digest_in_words(
    store_url: str, server: ScriptedServer, stopped: Callable[[Line, ScriptedServer], Line], words: str
) -> None:
    clock = Clock(EVENING)
    with two_sources(store_url, server, clock) as line:
        pipeline.cycle(line)
        clock.at = MORNING
        pipeline.cycle(line)
        clock.at = MORNING + DAY / 2
        line = stopped(line, server)
        pipeline.cycle(line)
        clock.at = MORNING + DAY
        pipeline.cycle(line)

        before, after = (" ".join(text.split()) for text in texts(line))
        assert words not in before
        assert "All 2 sources answered" in before
        assert words in after


def test_a_source_that_was_taken_out_before_is_not_told_of_again(
    store_url: str, server: ScriptedServer
) -> None:
    clock = Clock(EVENING)
    server.route("/blog", Answer(body=FEED, headers=XML))
    listened = (feed("blog", f"{server.url}/blog"), feed("news", f"{server.url}/blog"))
    with a_line(store_url, listening(*listened, digests=(DAILY,), rules=()), clock=clock) as line:
        line = removed(line, server)
        for n in range(2):
            clock.at = MORNING + n * DAY
            pipeline.cycle(line)

        first, second = texts(line)
        assert "blog (RSS) is off" in first
        assert "blog" not in second


@pytest.mark.parametrize("stopped", [broken, gone, paused])
def test_a_digest_that_is_built_again_later_is_the_same_to_the_byte(
    store_url: str, server: ScriptedServer, stopped: Callable[[Line, ScriptedServer], Line]
) -> None:
    clock = Clock(EVENING)
    with two_sources(store_url, server, clock) as line:
        pipeline.cycle(line)
        clock.at = MORNING + DAY / 2
        line = stopped(line, server)
        pipeline.cycle(line)
        clock.at = MORNING + DAY
        pipeline.cycle(line)
        told = letters(line)[-1].message
        period = periods(line)[-1]

        server.route("/blog", Answer(body=FEED, headers=XML))
        with line.store.writing() as connection:
            own_sources.resume(connection, "blog", now=line.now())
            own_sources.pause(connection, "news", now=line.now())
        for n in (2, 3):
            clock.at = MORNING + n * DAY
            pipeline.cycle(line)

        again = digest_letter(digest_facts(line, DAILY, TEAM, period))
        assert "blog (RSS) is" in again.text
        assert (again.subject, again.text, again.html) == (told.subject, told.text, told.html)
