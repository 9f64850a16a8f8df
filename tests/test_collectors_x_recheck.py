"""Asking X again about what was heard: on few days of a post's life, for each is paid for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from collectors.contract import Recheck
from collectors.rechecks import FIRST_RECHECK, next_recheck
from collectors.x.budget import SET_ASIDE
from errors import EarshotError, NeedsAttention, TryLater
from tests.recordings import NO_POSTS, replay, x_exchanges
from tests.scripted import Answer, ScriptedServer
from tests.x_service import JSON, LOOKUP, NOW, XService, id_at, not_there, post, reach, x

TODAY = id_at(NOW - timedelta(hours=2))
YESTERDAY = id_at(NOW - timedelta(days=1))
LAST_WEEK = id_at(NOW - timedelta(days=7))


@pytest.fixture
def service(server: ScriptedServer) -> XService:
    return XService(server, posts=[post(TODAY), post(YESTERDAY), post(LAST_WEEK)])


def test_it_is_one_who_can_tell(server: ScriptedServer) -> None:
    assert isinstance(x(server), Recheck)
    assert x(server).recheck_at_once == 100


def test_a_post_of_today_is_told_as_it_stands(server: ScriptedServer, service: XService) -> None:
    """X has charged for it today, and for its author: asking again the same day costs nothing."""
    service.posts[0] = post(TODAY, "They came after all.")

    told = x(server).recheck([TODAY], reach())

    (mention,) = told.edited
    assert (mention.external_id, mention.text) == (TODAY, "They came after all.")
    assert mention.author is not None
    assert (told.gone, told.unchanged) == ([], 0)


def test_later_only_its_being_there_is_asked_and_no_author(server: ScriptedServer, service: XService) -> None:
    told = x(server).recheck([YESTERDAY, LAST_WEEK], reach())

    assert (told.edited, told.gone, told.unchanged) == ([], [], 2)
    assert [asked.query for asked in server.asked(LOOKUP)] == [{"ids": [f"{YESTERDAY},{LAST_WEEK}"]}]


@pytest.mark.parametrize("days", [2, 3, 6, 8, 14, 30, 365])
def test_on_any_other_day_nothing_is_asked_and_nothing_is_told(
    server: ScriptedServer, service: XService, days: int
) -> None:
    told = x(server).recheck([id_at(NOW - timedelta(days=days)), "1005", "no id"], reach())

    assert (told.edited, told.gone, told.unchanged, server.requests) == ((), (), 0, [])


def test_what_was_deleted_or_is_not_shown_any_more_is_gone(server: ScriptedServer, service: XService) -> None:
    """faults.md 26."""
    hidden = id_at(NOW - timedelta(days=1, hours=1))
    errors = [
        not_there(LAST_WEEK),
        not_there(hidden, "Authorization Error"),
        not_there(YESTERDAY, "Odd Error"),
    ]
    server.route(LOOKUP, Answer(200, JSON, json.dumps({"errors": errors})))

    told = x(server).recheck([LAST_WEEK, hidden, YESTERDAY], reach())

    assert told.gone == [LAST_WEEK, hidden]
    assert told.unchanged == 0


def test_a_deleted_post_of_today_is_gone(server: ScriptedServer, service: XService) -> None:
    """faults.md 26."""
    service.posts = []

    assert x(server).recheck([TODAY], reach()).gone == [TODAY]


@pytest.mark.parametrize("told_under", ["its first id", "its newest id"])
def test_an_edit_is_told_under_the_first_id(
    server: ScriptedServer, service: XService, told_under: str
) -> None:
    newest = str(int(TODAY) + 5)
    edit = post(newest, "They came after all.", edit_history_tweet_ids=[TODAY, newest])
    first = post(TODAY, edit_history_tweet_ids=[TODAY, newest])
    answers = [first, edit] if told_under == "its first id" else [edit]
    server.route(LOOKUP, *(Answer(200, JSON, json.dumps({"data": [each]})) for each in answers))

    told = x(server).recheck([TODAY], reach())

    assert [(each.external_id, each.text) for each in told.edited] == [(TODAY, "They came after all.")]
    assert [asked.query["ids"] for asked in server.requests] == [[TODAY], [newest]][: len(answers)]


def test_an_edit_that_cannot_be_had_is_not_told_in_its_old_words(
    server: ScriptedServer, service: XService
) -> None:
    newest = str(int(TODAY) + 5)
    service.posts = [post(TODAY, edit_history_tweet_ids=[TODAY, newest])]

    told = x(server).recheck([TODAY], reach())

    assert (told.edited, told.gone) == ([], [])


def test_one_post_that_cannot_be_read_costs_no_other(server: ScriptedServer, service: XService) -> None:
    other = id_at(NOW - timedelta(hours=3))
    server.route(LOOKUP, Answer(200, JSON, json.dumps({"data": [{"id": TODAY}, "odd", post(other)]})))

    told = x(server).recheck([TODAY, other], reach())

    assert [each.external_id for each in told.edited] == [other]
    assert told.gone == []


def test_the_quota_is_told_and_heeded(server: ScriptedServer, service: XService) -> None:
    """faults.md 23."""
    reset = int((NOW + timedelta(minutes=10)).timestamp())
    service.headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}

    told = x(server).recheck([TODAY, YESTERDAY], reach())

    assert told.wait == timedelta(minutes=10)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (Answer(401, JSON, "{}"), NeedsAttention),
        (Answer(402, JSON, "{}"), NeedsAttention),
        (Answer(429), TryLater),
        (Answer(503), TryLater),
        (Answer(200, JSON, "[]"), TryLater),
        (Answer(200, JSON, "{}"), TryLater),
        (Answer(200, JSON, '{"data": 7}'), TryLater),
        (Answer(200, JSON, '{"errors": []}', cut_after=5), TryLater),
    ],
    ids=["401", "402", "429", "503", "a list", "nothing", "a number", "cut"],
)
def test_a_fault_tells_nothing_of_any_post(
    server: ScriptedServer, service: XService, answered: Answer, expected: type
) -> None:
    server.route(LOOKUP, answered)

    with pytest.raises(EarshotError) as raised:
        x(server).recheck([YESTERDAY], reach())

    assert isinstance(raised.value, expected)
    assert "canary" not in str(raised.value)


def test_a_post_is_paid_for_on_no_more_days_than_are_set_aside(
    server: ScriptedServer, service: XService
) -> None:
    """Asked about each hour for two months, and once more where it was edited."""
    written = datetime(2026, 4, 1, 23, 50, tzinfo=UTC)
    post_id = id_at(written)
    service.posts = [post(post_id)]
    paid = set()

    for hour in range(1, 24 * 60):
        now = written + timedelta(hours=hour)
        n_asked = len(server.requests)
        x(server).recheck([post_id], reach(now))
        if len(server.requests) > n_asked:
            paid.add(now.date())

    assert len(paid - {written.date()}) + 1 <= SET_ASIDE


def test_most_posts_are_met_on_the_days_on_which_they_are_asked_about() -> None:
    """The stage asks when mentions are due, not on given days."""
    random = Random(5)
    met = {0: 0, 1: 0, 7: 0}

    for _ in range(2000):
        written = NOW.replace(hour=0, minute=0) + timedelta(seconds=random.uniform(0, 86_400))
        asked = written + FIRST_RECHECK + timedelta(minutes=random.uniform(0, 15))
        ages = set()
        while asked - written < timedelta(days=9):
            ages.add((asked.date() - written.date()).days)
            asked += next_recheck(asked - written, random=random)
        met = {age: count + (age in ages) for age, count in met.items()}

    assert met[1] == 2000
    assert met[0] > 1800
    assert met[7] > 1900


def test_recorded_answers_are_told_post_by_post(server: ScriptedServer, shared: Path) -> None:
    replay(server, x_exchanges(shared, "test_client_get_tweets"), otherwise=NO_POSTS)
    ids = ["1293593516040269825", "1293595870563381249"]
    next_day = datetime(2020, 8, 13, 12, tzinfo=UTC)

    told = x(server).recheck(ids, reach(next_day))

    assert (told.unchanged, told.gone) == (2, [])
    assert server.requests[0].query == {"ids": [",".join(ids)]}
