"""What every collector must do, as tests: for ours, and for whoever writes a channel of their own.

    from collectors.contract_suite import Fault, Scenario, World
    from earshot import collector_contract

    TestContract = collector_contract(Scenario(channel="forum", collector=Forum, serve=acted_forum))

``serve`` is all that has to be written: a context manager that starts a server on loopback which acts the World it
is given in the protocol's own words, and hands out the settings under which the collector reads it. The World
changes while the server runs: it gains items, it breaks. Nothing here needs pytest but to be collected by it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.contract import Batch, Collector, Reach
from errors import EarshotError, NeedsAttention, TryLater
from model import Cursor, Mention, Secret
from net.http import Http, Rules
from text import clean

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
LONGEST_FAULT = 30.0  # seconds, on a busy machine; the pauses that servers ask for here are hours
DEADLINE = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=24)
LONGEST_ERROR = 600


@dataclass(frozen=True, slots=True)
class Post:
    """One thing that somebody said in the acted place."""

    number: int  # 1, 2, 3 …: a server makes its own ids of it
    text: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Fault:
    """What the server answers instead of posts. ``cut_after``: the good answer, ended after so many bytes."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    cut_after: int | None = None


@dataclass(slots=True)
class World:
    """What the server acts now. ``has_bad_item``: among the posts stands one that nobody can read."""

    posts: list[Post] = field(default_factory=list)
    has_bad_item: bool = False
    fault: Fault | None = None

    def say(self, count: int, *, at: datetime | None = None) -> None:
        """Let people say some more, a minute apart or all at one moment."""
        for number in range(len(self.posts) + 1, len(self.posts) + 1 + count):
            moment = at or NOW - timedelta(days=3) + timedelta(minutes=number)
            self.posts.append(
                Post(number, f"Post number {number} says hello.", f"person{number % 7}", moment)
            )


Serve = Callable[[World], AbstractContextManager[Mapping[str, object]]]


def retry_after(pause: timedelta) -> Mapping[str, str]:
    """Ask for a pause the way most services do."""
    return {"Retry-After": str(int(pause.total_seconds()))}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One channel, ready to be acted.

    ``serve`` takes a World and gives the collector's settings while its server runs. ``many`` posts need more than
    one batch. ``pause`` makes the headers by which the service asks for a pause. ``heavy`` names libraries that
    must not be imported together with the collector. ``longest`` is the time, in seconds, that a fault may take.
    """

    channel: str
    collector: type[Any]
    serve: Serve
    many: int = 250
    pause: Callable[[timedelta], Mapping[str, str]] = retry_after
    heavy: tuple[str, ...] = ()
    longest: float = LONGEST_FAULT


def collector_contract(scenario: Scenario) -> type:
    """Return a class of tests for one channel; bind it to a name that begins with ``Test``."""
    return type(
        "Contract", (_Contract,), {"scenario": scenario, "__doc__": f"The contract, for {scenario.channel}."}
    )


@dataclass(slots=True)
class _Stage:
    """A collector before its acted server."""

    world: World
    collector: Collector
    reach: Reach
    longest: float

    def batches(self, cursor: Cursor | None = None) -> list[Batch]:
        """Collect to the end, from a cursor that has been to the store and back."""
        return list(self.collector.collect(_stored(cursor or {}), self.reach))

    def error(self, fault: Fault, cursor: Cursor | None = None) -> EarshotError:
        """Return how collecting fails before this fault, within bounded time and without a mention."""
        self.world.fault = fault
        heard: list[Mention] = []
        began = time.monotonic()
        try:
            for batch in self.collector.collect(_stored(cursor or {}), self.reach):
                heard += batch.mentions
        except EarshotError as error:
            assert time.monotonic() - began < self.longest, "it slept, or tried again and again"
            assert not heard, "it made mentions of a fault"
            _check_wording(error, self.collector)
            return error
        raise AssertionError(f"{fault} passed for an answer")


class _Contract:
    scenario: Scenario

    @contextmanager
    def stage(self, posts: int = 3) -> Iterator[_Stage]:
        world = World()
        world.say(posts)
        http = Http(Rules(loopback_only=True), deadline=DEADLINE)
        with self.scenario.serve(world) as settings, closing(http):
            collector = self.scenario.collector(**settings)
            yield _Stage(world, collector, Reach(http=http, now=lambda: NOW, ours={}), self.scenario.longest)

    # what a collector is

    def test_its_settings_are_the_fields_of_a_frozen_dataclass_and_say_what_they_are(self) -> None:
        collector = self.scenario.collector
        assert is_dataclass(collector)
        assert collector.__dataclass_params__.frozen  # type: ignore[attr-defined]
        unexplained = [each.name for each in fields(collector) if not each.metadata.get("says")]
        assert not unexplained, f"without metadata={{'says': …}}: {unexplained}"

    def test_importing_it_loads_no_heavy_library(self) -> None:
        module = self.scenario.collector.__module__
        report = (
            f"import {module}, json, sys; print(json.dumps(sorted({{n.split('.')[0] for n in sys.modules}})))"
        )
        answer = subprocess.run([sys.executable, "-c", report], check=True, capture_output=True, text=True)  # noqa: S603
        loaded = set(json.loads(answer.stdout)) & {
            *self.scenario.heavy,
            "feedparser",
            "praw",
            "tweepy",
            "requests",
        }
        assert not loaded, f"importing {module} loads {sorted(loaded)}"

    def test_no_secret_shows(self) -> None:
        with self.stage() as stage:
            for secret in _secrets(stage.collector):
                assert secret not in repr(stage.collector)

    # reading forward

    def test_hears_everything_that_is_said(self) -> None:
        with self.stage(posts=5) as stage:
            heard = _heard(stage.batches())
        assert len(heard) == 5
        said = " ".join(f"{mention.title} {mention.text}" for mention in heard.values())
        assert all(post.text in said for post in stage.world.posts)

    def test_its_mentions_are_fit_for_the_store(self) -> None:
        with self.stage(posts=5) as stage:
            batches = stage.batches()
        for mention in _heard(batches).values():
            _check_mention(mention, self.scenario.channel)

    def test_goes_on_where_it_stopped(self) -> None:
        with self.stage() as stage:
            before = stage.batches()
            stage.world.say(2)
            after = stage.batches(before[-1].cursor)
        assert len(_heard([*before, *after])) == 5
        assert len(_heard(after)) >= 2

    def test_hears_what_is_said_late_in_the_same_second(self) -> None:
        with self.stage() as stage:
            before = stage.batches()
            stage.world.say(2, at=stage.world.posts[-1].at)
            after = stage.batches(before[-1].cursor)
        assert len(_heard([*before, *after])) == 5

    def test_nothing_new_gives_nothing_and_keeps_the_cursor(self) -> None:
        with self.stage() as stage:
            cursor = stage.batches()[-1].cursor
            again = stage.batches(cursor)
        assert not _heard(again)
        assert all(not batch.skipped and not batch.gone for batch in again)
        assert _stored(again[-1].cursor) == _stored(cursor)

    def test_an_empty_place_is_no_error(self) -> None:
        with self.stage(posts=0) as stage:
            empty = stage.batches()
            stage.world.say(2)
            after = stage.batches(empty[-1].cursor)
        assert not _heard(empty)
        assert len(_heard(after)) == 2

    def test_killed_between_two_batches_it_reads_again_rather_than_skips(self) -> None:
        with self.stage(posts=self.scenario.many) as stage:
            whole = stage.batches()
            assert len(whole) > 1, "many is not enough for two batches"
            for kept in range(1, len(whole)):
                after = stage.batches(whole[kept - 1].cursor)
                assert len(_heard([*whole[:kept], *after])) == self.scenario.many

    def test_broken_off_between_two_batches_it_reads_again_rather_than_skips(self) -> None:
        with self.stage(posts=self.scenario.many) as stage:
            batches = stage.collector.collect({}, stage.reach)
            kept = [next(batches)]
            stage.world.fault = Fault(status=503)
            with suppress(TryLater):
                for batch in batches:
                    kept.append(batch)  # noqa: PERF402  what came before the fault counts
            stage.world.fault = None
            after = stage.batches(kept[-1].cursor)
        assert len(_heard([*kept, *after])) == self.scenario.many

    def test_one_bad_item_among_good_ones_is_skipped_in_words(self) -> None:
        with self.stage(posts=4) as stage:
            stage.world.has_bad_item = True
            batches = stage.batches()
        assert len(_heard(batches)) == 4
        words = [line for batch in batches for line in batch.skipped]
        assert words
        assert all(" " in line.strip() and "Traceback" not in line for line in words)

    # what goes wrong

    def test_refused_credentials_wait_for_a_person(self) -> None:
        with self.stage() as stage:
            for status in (401, 403):
                error = stage.error(Fault(status=status, body="refused"))
                assert isinstance(error, NeedsAttention), f"{status} became {error!r}"

    def test_what_is_not_there_may_come_back(self) -> None:
        with self.stage() as stage:
            error = stage.error(Fault(status=404, body="not found"))
        assert isinstance(error, TryLater)
        assert error.missing

    def test_what_is_gone_for_good_waits_for_a_person(self) -> None:
        with self.stage() as stage:
            assert isinstance(stage.error(Fault(status=410, body="gone")), NeedsAttention)

    def test_a_pause_that_is_asked_for_is_passed_on_and_not_slept(self) -> None:
        for asked in (timedelta(minutes=2), timedelta(hours=1)):
            with self.stage() as stage:
                error = stage.error(Fault(status=429, headers=self.scenario.pause(asked), body="slower"))
            assert isinstance(error, TryLater)
            assert error.after is not None
            assert asked <= error.after < asked + timedelta(minutes=2)

    def test_an_endless_pause_is_cut_to_a_day(self) -> None:
        with self.stage() as stage:
            endless = self.scenario.pause(timedelta(days=3650))
            error = stage.error(Fault(status=429, headers=endless, body="slower"))
        assert isinstance(error, TryLater)
        assert error.after is None or error.after <= LONGEST_WAIT

    def test_too_many_requests_without_a_word_on_when_is_tried_later(self) -> None:
        for headers in ({}, {"Retry-After": "soon"}):
            with self.stage() as stage:
                assert isinstance(stage.error(Fault(status=429, headers=headers, body="slower")), TryLater)

    def test_trouble_of_the_server_is_tried_later(self) -> None:
        with self.stage() as stage:
            for status in (500, 502, 503, 504):
                assert isinstance(stage.error(Fault(status=status, body="<h1>oops</h1>")), TryLater)

    def test_an_answer_that_is_cut_off_is_tried_later(self) -> None:
        with self.stage() as stage:
            assert isinstance(stage.error(Fault(cut_after=100)), TryLater)

    def test_a_page_in_place_of_an_answer_is_an_error(self) -> None:
        page = "<!doctype html><html><head><title>Sign in</title></head><body><p>Welcome</p></body></html>"
        with self.stage() as stage:
            stage.error(Fault(headers={"Content-Type": "text/html; charset=utf-8"}, body=page))

    def test_after_a_fault_it_goes_on_as_if_nothing_had_been(self) -> None:
        with self.stage() as stage:
            cursor = stage.batches()[-1].cursor
            stage.error(Fault(status=500), cursor)
            stage.world.fault = None
            stage.world.say(1)
            after = stage.batches(cursor)
        assert any(stage.world.posts[-1].text in f"{m.title} {m.text}" for m in _heard(after).values())


def _stored(cursor: Cursor) -> Cursor:
    """Send a cursor to the store and back."""
    kept = json.loads(json.dumps(cursor, allow_nan=False))
    assert kept == cursor, "the cursor is not the same after JSON"
    assert isinstance(kept, dict)
    return kept


def _heard(batches: Sequence[Batch]) -> dict[tuple[str | None, str], Mention]:
    """Return mentions by identity, the later over the earlier, as the store keeps them."""
    return {(each.scope, each.external_id): each for batch in batches for each in batch.mentions}


def _check_mention(mention: Mention, channel: str) -> None:
    assert mention.channel == channel
    assert mention.external_id
    assert mention.external_id == clean(mention.external_id)
    assert mention.text == clean(mention.text)
    assert mention.title == clean(mention.title)
    assert mention.published_at is not None
    assert mention.published_at.utcoffset() == timedelta(0)
    assert mention.edited_at is None or mention.edited_at.utcoffset() == timedelta(0)
    assert mention.author is None or mention.author.handle
    assert not mention.url or mention.url.startswith(("https://", "http://"))
    json.dumps(mention.raw, allow_nan=False)
    assert mention.id is None, "ids are the store's"
    assert not mention.annotations, "annotations are the analysis's"


def _check_wording(error: EarshotError, collector: Collector) -> None:
    """An error's text is for a person: one line, no traceback, no secret, also not in what caused it."""
    words = str(error)
    assert 10 < len(words) < LONGEST_ERROR, words
    assert "\n" not in words
    assert "Traceback" not in words
    assert not words.endswith(("Error", "Exception")), f"no class names: {words}"
    told = ""
    cause: BaseException | None = error
    while cause is not None:
        told += f"{cause!r} {cause}"
        cause = cause.__cause__ or cause.__context__
    for secret in _secrets(collector):
        assert secret not in told, "a secret shows in an error"


def _secrets(collector: Collector) -> list[str]:
    values = [getattr(collector, each.name) for each in fields(collector)]  # type: ignore[arg-type]
    return [value.reveal() for value in values if isinstance(value, Secret) and value.reveal()]
