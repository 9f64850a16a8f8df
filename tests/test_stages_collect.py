"""The first stage: each source by itself, what it says kept with its cursor, no trouble ever shared."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from model import Source, SourceState
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from stages.collect import Collected, collect
from stages.line import Line, Progress
from storage import claims, own_sources, schema
from storage.provision import provision
from storage.sources import source_states
from tests.feeds import XML, item, rss
from tests.lines import Clock, a_line, by_id, feed, listening, stored
from tests.plugin import installed
from tests.scripted import Answer, ScriptedServer
from tests.stores import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ONE = Answer(headers=XML, body=rss(item(1)))


@pytest.fixture
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with installed(tmp_path_factory.mktemp("plugin")):
        yield


def acted(does: str, name: str = "acted") -> Source:
    return Source(name=name, channel="acted", settings={"does": does})


def read(line: Line, *names: str, force: tuple[str, ...] = ()) -> dict[str, Collected]:
    return {result.source: result for result in collect(line, names=names or None, force=force)}


def states(line: Line) -> dict[str, SourceState]:
    with line.store.reading() as connection:
        return {state.name: state for state in source_states(connection)}


def row(line: Line, name: str = "blog") -> dict[str, Any]:
    with line.store.reading() as connection:
        asked = select(schema.sources).where(schema.sources.c.name == name)
        return dict(connection.execute(asked).one()._mapping)


def everything(line: Line) -> list[tuple[Any, ...]]:
    with line.store.reading() as connection:
        return [tuple(each) for each in connection.execute(select(schema.mentions))]


class Watched(Http):
    """A way out on which nothing goes; at each request something happens."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__(LOOPBACK_ONLY)
        self.happens = happens


def test_what_is_due_is_read_and_what_is_not_is_left_alone(store_url: str, server: ScriptedServer) -> None:
    server.route("/feed", ONE)
    clock = Clock()
    with a_line(store_url, listening(feed("blog", server.url + "/feed")), clock=clock) as line:
        first, at_once = collect(line), collect(line)
        clock.forward(15 * MINUTE)
        later = collect(line)

    assert [(result.status, result.new) for result in first] == [("ok", 1)]
    assert first[0].next_attempt_at == NOW + 15 * MINUTE
    assert at_once == []
    assert [(result.new, result.unchanged) for result in later] == [(0, 1)]
    assert len(server.asked("/feed")) == 2


def test_not_modified_moves_the_last_success_and_nothing_else(store_url: str, server: ScriptedServer) -> None:
    """faults.md 15."""
    server.route("/feed", replace(ONE, headers={**XML, "ETag": '"1"'}), Answer(status=304))
    clock = Clock()
    with a_line(store_url, listening(feed("blog", server.url + "/feed")), clock=clock) as line:
        collect(line)
        before, kept = row(line), everything(line)
        clock.forward(HOUR)

        (result,) = collect(line)

        after = row(line)
        changed = {name for name in after if after[name] != before[name]}
        assert (result.status, result.new, result.edited, result.unchanged) == ("ok", 0, 0, 1)
        assert changed == {"last_success_at", "last_attempt_at", "next_attempt_at"}
        assert after["last_success_at"] == NOW + HOUR
        assert everything(line) == kept
    assert server.asked("/feed")[1].headers["if-none-match"] == '"1"'


def test_what_cannot_be_read_of_a_feed_is_kept_with_its_source_until_that_is_another(
    store_url: str, server: ScriptedServer
) -> None:
    """faults.md 28."""
    broken = "<item><guid>2</guid><title>Late &nowhere; again</title></item><item></item>"
    tagged = {**XML, "ETag": '"1"'}
    first, mended = (Answer(headers=tagged, body=rss(item(1), more)) for more in (broken, item(3)))
    server.route("/feed", first, Answer(status=304), Answer(status=500), Answer(status=304), mended)
    clock, reasons = Clock(), []
    with a_line(store_url, listening(feed("blog", server.url + "/feed")), clock=clock) as line:
        for _ in range(5):
            (result,) = collect(line, names=["blog"])
            reasons.append((result.status, row(line)["reason"]))
            clock.forward(24 * HOUR)

        assert sorted(mention.title for mention in stored(line)) == [
            "Late &nowhere; again",
            "Post 1",
            "Post 3",
        ]
    unread = "an item without id, link, title and text"
    assert [status for status, _ in reasons] == ["ok", "ok", "failing", "ok", "ok"]
    assert [reason for _, reason in reasons[:2]] == [unread, unread]
    assert [reason for _, reason in reasons[3:]] == ["", ""]


def test_a_service_that_asks_to_wait_is_left_alone_until_then_or_until_a_person_insists(
    store_url: str, server: ScriptedServer
) -> None:
    """faults.md 16."""
    server.route("/feed", Answer(status=429, headers={"Retry-After": "600"}), ONE)
    clock = Clock()
    with a_line(store_url, listening(feed("blog", server.url + "/feed")), clock=clock) as line:
        told = read(line)["blog"]
        clock.forward(9 * MINUTE)
        left = read(line, "blog")["blog"]
        asked_before = len(server.requests)
        forced = read(line, "blog", force=("blog",))["blog"]

    assert (told.status, left.status, forced.status) == ("waiting", "waiting", "ok")
    assert told.next_attempt_at is not None
    assert told.next_attempt_at >= NOW + 10 * MINUTE
    assert asked_before == 1
    assert left.next_attempt_at == NOW + 10 * MINUTE
    assert "2026-11-20 06:40 UTC; --force" in str(left.error)
    assert forced.new == 1


def test_a_source_that_was_left_alone_is_read_once_its_time_has_come(
    store_url: str, server: ScriptedServer
) -> None:
    """faults.md 16."""
    server.route("/feed", Answer(status=503, headers={"Retry-After": "600"}), ONE)
    clock = Clock()
    with a_line(store_url, listening(feed("blog", server.url + "/feed")), clock=clock) as line:
        collect(line)
        read(line, "blog")
        clock.forward(15 * MINUTE)

        assert read(line)["blog"].status == "ok"
        assert row(line)["failures"] == 0


def test_a_source_that_a_person_resumes_while_its_service_asks_to_wait_is_left_alone_once(
    store_url: str, server: ScriptedServer
) -> None:
    """faults.md 16."""
    server.route("/feed", Answer(status=429, headers={"Retry-After": "600"}), ONE)
    clock = Clock(most_looks=200)
    with a_line(store_url, listening(feed("blog", server.url + "/feed")), clock=clock) as line:
        collect(line)
        with line.store.writing() as connection:
            own_sources.resume(connection, "blog", now=NOW)

        left, at_once = collect(line), collect(line)
        clock.forward(10 * MINUTE)
        then = collect(line)

    assert [result.status for result in left] == ["waiting"]
    assert left[0].next_attempt_at == NOW + 10 * MINUTE
    assert at_once == []
    assert [result.status for result in then] == ["ok"]


def test_one_source_s_trouble_stops_no_other(store_url: str, server: ScriptedServer, plugin: None) -> None:
    """faults.md 13, 17 and 18."""
    server.route("/good", ONE)
    server.route("/down", Answer(status=500))
    server.route("/locked", Answer(status=403))
    server.route("/gone", Answer(status=410))
    server.route("/cut", replace(ONE, cut_after=40))
    server.route("/reset", Answer(reset=True))
    names = ("down", "locked", "gone", "missing", "cut", "reset", "good")
    troubled = [feed(name, f"{server.url}/{name}") for name in names]
    configured = listening(*troubled, acted("two batches, then a bug"), acted("needs a person", "keyless"))

    with a_line(store_url, configured) as line:
        told = read(line)

        shown = states(line)
    assert {name: result.status for name, result in told.items()} == {
        "good": "ok",
        "down": "failing",
        "missing": "failing",
        "cut": "failing",
        "reset": "failing",
        "acted": "failing",
        "locked": "off",
        "gone": "off",
        "keyless": "off",
    }
    assert told["good"].new == 1
    for name, result in told.items():
        assert (shown[name].status, shown[name].reason) == (result.status, result.error or "")
        assert (result.error is None) == (name == "good")
        assert shown[name].next_attempt_at == result.next_attempt_at
        assert (shown[name].last_success_at is not None) == (name == "good")


def test_a_bug_in_a_plug_in_keeps_what_it_had_brought_and_is_logged_with_its_traceback(
    store_url: str, plugin: None, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    with a_line(store_url, listening(acted("two batches, then a bug")), clock=clock) as line:
        first = read(line)["acted"]
        clock.forward(HOUR)
        second = read(line)["acted"]

        assert (first.new, second.new) == (2, 2)
        assert first.next_attempt_at == NOW + HOUR
        assert sorted(by_id(line)) == ["1", "2", "3", "4"]
        assert row(line, "acted")["cursor"] == {"done": 4}
    assert "a fault in Earshot (KeyError)" in str(first.error)
    assert "a bug of the plug-in's own" in caplog.text
    assert "Traceback" in caplog.text


def test_what_came_before_a_pause_is_kept_and_read_on_from_there(store_url: str, plugin: None) -> None:
    """faults.md 24."""
    clock = Clock()
    with a_line(store_url, listening(acted("two batches, then a pause")), clock=clock) as line:
        first = read(line)["acted"]
        clock.forward(HOUR)
        read(line)

        assert (first.status, first.new) == ("waiting", 2)
        assert sorted(by_id(line)) == ["1", "2", "3", "4"]


def test_a_pause_that_comes_with_an_answer_is_kept_and_its_quota_shown(store_url: str, plugin: None) -> None:
    """faults.md 23."""
    with a_line(store_url, listening(acted("asks to wait"))) as line:
        told = read(line)["acted"]

        assert (told.status, told.new, told.next_attempt_at) == ("ok", 1, NOW + HOUR)
        kept = row(line, "acted")
        assert (kept["quota_left"], kept["quota_until"]) == (0, NOW + HOUR)
        assert read(line, "acted")["acted"].status == "waiting"


def test_what_is_taken_back_is_counted_and_buried(store_url: str, plugin: None) -> None:
    """faults.md 26."""
    clock = Clock()
    with a_line(store_url, listening(acted("takes back")), clock=clock) as line:
        read(line)
        clock.forward(HOUR)
        told = read(line)["acted"]

        (mention,) = stored(line)
        assert (told.gone, told.skipped, told.unchanged) == (1, ["2: no text"], 3)
        assert (mention.deleted_at, mention.text) == (NOW + HOUR, "")


def test_a_feed_that_moved_is_read_at_its_new_address_which_is_learnt(
    store_url: str, server: ScriptedServer
) -> None:
    server.route("/old", Answer(status=301, headers={"Location": "/new"}))
    server.route("/new", ONE)
    with a_line(store_url, listening(feed("blog", server.url + "/old"))) as line:
        told = read(line)["blog"]

        again = read(line, "blog")["blog"]

        assert (told.status, told.new) == ("ok", 1)
        assert (again.status, again.unchanged) == ("ok", 1)
        assert row(line)["moved_to"] == f"{server.url}/new"
    assert [request.path for request in server.requests] == ["/old", "/new", "/new"]


def test_a_404_switches_a_source_off_after_three_days_of_it_and_one_answer_counts_anew(
    store_url: str, server: ScriptedServer
) -> None:
    """faults.md 18."""
    missing = Answer(status=404)
    server.route("/feed", missing, ONE, missing, missing, missing)
    clock = Clock()
    told = []
    with a_line(store_url, listening(feed("blog", server.url + "/feed")), clock=clock) as line:
        for _ in range(5):
            told.append(read(line, "blog")["blog"].status)
            clock.forward(timedelta(days=2))

        assert told == ["failing", "ok", "failing", "failing", "off"]
        clock.forward(timedelta(days=400))
        assert read(line) == {}
        assert "not found for 4 days" in states(line)["blog"].reason


def test_a_source_that_left_the_configuration_meanwhile_is_off_and_says_so(store_url: str) -> None:
    with a_line(store_url, listening(feed("blog", "http://127.0.0.1:9/"))) as line:
        told = read(replace(line, settings=listening()))["blog"]

    assert told.status == "off"
    assert "not in the configuration" in str(told.error)


def test_two_processes_read_each_source_once(store_url: str, server: ScriptedServer) -> None:
    for n in range(12):
        server.route(f"/{n}", ONE)
    configured = listening(*[feed(f"s{n}", f"{server.url}/{n}") for n in range(12)])
    told: list[list[Collected]] = []
    with a_line(store_url, configured) as one, a_line(store_url, configured) as two:
        both = [threading.Thread(target=lambda line=line: told.append(collect(line))) for line in (one, two)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()

    assert sorted(result.source for each in told for result in each) == sorted(f"s{n}" for n in range(12))
    assert len(server.requests) == 12


def test_a_long_reading_is_taken_over_by_nobody(store_url: str, plugin: None) -> None:
    clock = Clock()
    with a_line(store_url, listening(acted("three slow batches")), clock=clock) as line:
        taken: list[list[int]] = []

        def look(_line: Line = line) -> None:
            clock.forward(6 * MINUTE)
            with line.store.writing() as connection:
                taken.append(claims.due_sources(connection, now=clock(), limit=9))

        told = collect(replace(line, http=Watched(look)))

    assert taken == [[], [], []]
    assert [(result.status, result.new) for result in told] == [("ok", 3)]


def test_a_source_that_is_another_place_by_now_keeps_nothing_of_the_earlier_one(
    store_url: str, plugin: None
) -> None:
    with a_line(store_url, listening(acted("three slow batches")), clock=Clock()) as line:

        def change() -> None:
            with line.store.writing() as connection:
                provision(connection, listening(acted("takes back")), now=NOW)

        (told,) = collect(replace(line, http=Watched(change)), names=["acted"])

        assert "was changed" in str(told.error)
        assert (row(line, "acted")["cursor"], row(line, "acted")["next_attempt_at"]) == ({}, NOW)
        assert stored(line) == []


def test_progress_is_told_source_by_source(store_url: str, server: ScriptedServer) -> None:
    server.route("/feed", ONE)
    seen: list[Progress] = []
    configured = listening(feed("a", server.url + "/feed"), feed("b", server.url + "/feed"))
    with a_line(store_url, configured) as line:
        collect(replace(line, tell=seen.append))

    assert [(each.stage, each.done, each.total) for each in seen] == [("collect", 1, 2), ("collect", 2, 2)]
