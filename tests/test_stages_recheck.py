"""Asking again about what was heard: edits become revisions, what was taken back is gone, and politely."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import collectors
from collectors.contract import Batch, Reach, Rechecked
from collectors.rechecks import FIRST_RECHECK, next_recheck
from errors import EarshotError, NeedsAttention, TryLater
from model import Cursor, Mention, Period, Settings, Source
from net.http import Http
from stages.collect import collect
from stages.line import Line
from stages.recheck import recheck
from storage import reading, sources
from storage.edits import earlier_texts
from storage.rechecks import CLAIM_LASTS
from storage.store import Store
from tests.stores import NOW, US, a_store, said

HOUR = timedelta(hours=1)


@dataclass
class Place:
    """A place in this process, in the stead of a service: what is said there, and what was asked."""

    said: dict[str, str] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    asked_at: list[str] = field(default_factory=list)
    trouble: Exception | None = None
    told_trouble: EarshotError | None = None
    lent: list[Cursor] = field(default_factory=list)
    session: str | None = None
    meanwhile: Callable[[], object] = lambda: None


PLACE = Place()


@dataclass(frozen=True, kw_only=True)
class Board:
    """A collector of a third party that can tell edits and deletions."""

    url: str = "https://board.example"
    recheck_at_once = 2

    def collect(self, cursor: Cursor, reach: Reach) -> Iterator[Batch]:
        yield Batch(mentions=[_mention(name) for name in PLACE.said], cursor={**cursor, "read": 1})

    def recheck(self, external_ids: Sequence[str], reach: Reach) -> Rechecked:
        PLACE.asked.append(list(external_ids))
        PLACE.asked_at.append(self.url)
        PLACE.lent.append(reach.cursor)
        PLACE.meanwhile()
        if PLACE.trouble is not None:
            raise PLACE.trouble
        there = [name for name in external_ids if name in PLACE.said]
        if PLACE.told_trouble is not None:
            return Rechecked(cursor={**reach.cursor, "session": PLACE.session}, error=PLACE.told_trouble)
        return Rechecked(
            edited=[_mention(name) for name in there],
            gone=[n for n in external_ids if n not in there],
            cursor=None if PLACE.session is None else {**reach.cursor, "session": PLACE.session},
        )


def _mention(name: str) -> Mention:
    return said(name, PLACE.said[name], channel="board")


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Place:
    """The place, with its collector installed as a plug-in's would be."""
    for each in fields(Place):
        setattr(PLACE, each.name, getattr(Place(), each.name))
    found = collectors.Found(collectors={"board": Board})
    monkeypatch.setattr(collectors, "_installed", lambda: found)
    return PLACE


@pytest.fixture
def store(store_url: str, board: Place) -> Iterator[Store]:
    with a_store(store_url, CONFIGURED) as opened:
        yield opened


CONFIGURED = Settings(organisation=US, store_url="", sources=(Source(name="board", channel="board"),))


def line(store: Store, now: datetime) -> Line:
    def no_analyzer() -> Any:
        raise AssertionError("nothing is analysed here")

    return Line(
        settings=CONFIGURED, store=store, http=Http(), now=lambda: now, analyzer=no_analyzer, random=Random(1)
    )


def texts(store: Store) -> list[str]:
    with store.reading() as connection:
        ids = reading.collected_in(connection, Period(NOW - HOUR, NOW + timedelta(days=999)))
        return [mention.text for mention in reading.load_mentions(connection, ids)]


def test_an_edit_becomes_a_revision_and_a_deletion_a_tombstone(store: Store, board: Place) -> None:
    """faults.md 26."""
    board.said = {"a": "as it was", "b": "taken back later", "c": "unchanged"}
    collect(line(store, NOW))
    board.said = {"a": "as it is", "c": "unchanged"}

    (result,) = recheck(line(store, NOW + FIRST_RECHECK))

    assert (result.edited, result.gone, result.unchanged, result.error) == (1, 1, 1, None)
    assert texts(store) == ["as it is", "unchanged"]
    with store.reading() as connection:
        (row, _) = reading.collected_in(connection, Period(NOW - HOUR, NOW + timedelta(days=999)))
        assert [text for _, text, _ in earlier_texts(connection, row)] == ["as it was"]


def test_nothing_is_asked_about_before_its_time_nor_twice_at_once(store: Store, board: Place) -> None:
    board.said = {"a": "one", "b": "two", "c": "three"}
    collect(line(store, NOW))

    assert recheck(line(store, NOW + FIRST_RECHECK - timedelta(seconds=1))) == []
    recheck(line(store, NOW + FIRST_RECHECK))
    assert recheck(line(store, NOW + FIRST_RECHECK)) == []
    recheck(line(store, NOW + FIRST_RECHECK + 7 * HOUR))

    assert [len(names) for names in board.asked] == [2, 1, 2, 1]


def test_what_came_back_is_there_again_and_asked_about_again(store: Store, board: Place) -> None:
    board.said = {"a": "here"}
    collect(line(store, NOW))
    board.said = {}
    recheck(line(store, NOW + FIRST_RECHECK))
    board.said = {"a": "here again"}

    collect(line(store, NOW + 2 * HOUR))

    assert texts(store) == ["here again"]
    assert recheck(line(store, NOW + 4 * HOUR))[0].unchanged == 1


def test_what_came_back_while_it_was_asked_about_is_counted(store: Store, board: Place) -> None:
    board.said = {"a": "here", "b": "as it was"}
    collect(line(store, NOW))
    board.said = {"b": "as it was"}
    recheck(line(store, NOW + FIRST_RECHECK))
    board.said = {"a": "here again", "b": "as it was"}

    (result,) = recheck(line(store, NOW + 9 * HOUR))

    assert (result.returned, result.edited, result.gone, result.unchanged) == (1, 0, 0, 1)
    assert texts(store) == ["here again", "as it was"]


def cursor_of(store: Store) -> Cursor:
    with store.reading() as connection:
        return sources.load_sources(connection, [1])[0].cursor


def test_a_login_session_is_lent_and_a_renewed_one_is_saved(store: Store, board: Place) -> None:
    board.said, board.session = {"a": "one"}, "renewed"
    collect(line(store, NOW))

    recheck(line(store, NOW + FIRST_RECHECK))
    recheck(line(store, NOW + 9 * HOUR))

    assert board.lent == [{"read": 1}, {"read": 1, "session": "renewed"}]
    assert cursor_of(store) == {"read": 1, "session": "renewed"}


def test_a_session_is_saved_also_where_nothing_was_answered_after_it_and_the_mentions_stay_due(
    store: Store, board: Place
) -> None:
    board.said, board.session = {"a": "one"}, "renewed"
    collect(line(store, NOW))
    board.told_trouble = TryLater("the server has trouble of its own")

    (failed,) = recheck(line(store, NOW + FIRST_RECHECK))
    board.told_trouble, board.said = None, {}
    (result,) = recheck(line(store, NOW + FIRST_RECHECK + CLAIM_LASTS))

    assert failed.error == "the server has trouble of its own"
    assert board.lent[1] == {"read": 1, "session": "renewed"}
    assert result.gone == 1


def test_where_a_reading_went_on_meanwhile_its_cursor_stays(store: Store, board: Place) -> None:
    def goes_on() -> None:
        with store.writing() as connection:
            sources.save_cursor(connection, 1, {"read": 2}, new_at=None, moved_to=None)

    board.said, board.session = {"a": "one"}, "renewed"
    collect(line(store, NOW))
    board.meanwhile = goes_on

    recheck(line(store, NOW + FIRST_RECHECK))

    assert cursor_of(store) == {"read": 2}


def test_a_service_that_asks_for_a_pause_gets_it_for_both_questions(store: Store, board: Place) -> None:
    """faults.md 16, 23."""
    board.said = {"a": "one"}
    collect(line(store, NOW))
    board.trouble = TryLater("too many questions", after=3 * HOUR)

    (result,) = recheck(line(store, NOW + FIRST_RECHECK))

    assert result.error == "too many questions"
    assert recheck(line(store, NOW + 2 * HOUR)) == []
    (left_alone,) = collect(line(store, NOW + 2 * HOUR), names=["board"])
    assert left_alone.status == "waiting"
    board.trouble = None
    assert recheck(line(store, NOW + 5 * HOUR))[0].unchanged == 1


@pytest.mark.parametrize("trouble", [NeedsAttention("wrong key"), TryLater("down"), RuntimeError("a bug")])
def test_trouble_loses_nothing_and_is_told(store: Store, board: Place, trouble: Exception) -> None:
    board.said = {"a": "one"}
    collect(line(store, NOW))
    board.trouble = trouble

    (result,) = recheck(line(store, NOW + FIRST_RECHECK))

    assert result.error
    assert texts(store) == ["one"]
    board.trouble = None
    assert recheck(line(store, NOW + 3 * HOUR))[0].unchanged == 1


def test_a_source_that_has_moved_is_asked_where_it_is_now(store: Store, board: Place) -> None:
    board.said = {"a": "one"}
    at = Source(name="board", channel="board", settings={"url": "https://board.example"})
    settled = replace(line(store, NOW), settings=replace(CONFIGURED, sources=(at,)))
    collect(settled)
    with store.writing() as connection:
        sources.save_cursor(connection, 1, {}, new_at=None, moved_to="https://moved.example")

    recheck(replace(settled, now=lambda: NOW + FIRST_RECHECK))

    assert board.asked_at == ["https://moved.example"]


def test_a_source_that_is_off_is_left_alone(store: Store, board: Place) -> None:
    board.said = {"a": "one"}
    collect(line(store, NOW))
    from model import Attempt

    with store.writing() as connection:
        off = Attempt(status="off", reason="gone", next_attempt_at=None)
        sources.save_attempt(connection, 1, off, now=NOW)

    assert recheck(line(store, NOW + 2 * HOUR)) == []


@given(st.timedeltas(timedelta(0), timedelta(days=4000)), st.integers())
def test_the_older_it_is_the_more_rarely_it_is_asked_about(age: timedelta, seed: int) -> None:
    pause = next_recheck(age, random=Random(seed))

    assert timedelta(hours=5) < pause < timedelta(days=34)
    assert next_recheck(age + timedelta(days=400), random=Random(seed)) >= pause * 0.9
