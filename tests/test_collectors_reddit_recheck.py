"""Asking Reddit again about what was heard: through the real praw, from a scripted Reddit on loopback."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.contract import Recheck
from collectors.reddit import Reddit
from errors import EarshotError, NeedsAttention, TryLater
from tests.recordings import EMPTY_LISTING, reddit_exchanges, replay
from tests.reddit_service import JSON, RedditService, answer, comment, post, reach, reddit
from tests.scripted import Answer, ScriptedServer


@pytest.fixture
def service(server: ScriptedServer) -> RedditService:
    return RedditService(server, posts=[post(102), post(101)], comments=[comment(200)])


def test_it_is_one_who_can_tell(server: ScriptedServer) -> None:
    assert isinstance(reddit(server), Recheck)
    assert reddit(server).recheck_at_once == 100


def test_asks_for_all_at_once_and_tells_them_as_they_stand(
    server: ScriptedServer, service: RedditService
) -> None:
    service.posts[0] = post(102, "They came after all.", edited=1779210000.0)

    told = reddit(server).recheck(["t3_102", "t3_101", "t1_200"], reach())

    assert [(each.external_id, each.text) for each in told.edited] == [
        ("t3_102", "They came after all."),
        ("t3_101", "The boxes came late."),
        ("t1_200", "Same with us."),
    ]
    assert told.gone == []
    assert [asked.query["id"] for asked in server.asked("/api/info/")] == [["t3_102,t3_101,t1_200"]]


def test_a_mention_is_the_same_by_asking_again_as_by_listening(
    server: ScriptedServer, service: RedditService
) -> None:
    heard = [mention for batch in reddit(server).collect({}, reach()) for mention in batch.mentions]

    told = reddit(server).recheck([mention.external_id for mention in heard], reach())

    assert list(told.edited) == heard


@pytest.mark.parametrize(
    "change",
    [
        {"author": "[deleted]", "selftext": "[deleted]"},
        {"selftext": "[removed]", "removed_by_category": "moderator"},
        {"author": "[deleted]"},
    ],
    ids=["deleted", "removed", "its account deleted"],
)
def test_what_was_taken_back_is_gone(
    server: ScriptedServer, service: RedditService, change: dict[str, object]
) -> None:
    """faults.md 26."""
    service.posts[0]["data"].update(change)

    told = reddit(server).recheck(["t3_102", "t3_101"], reach())

    assert told.gone == ["t3_102"]
    assert [each.external_id for each in told.edited] == ["t3_101"]


def test_what_reddit_no_longer_knows_is_gone(server: ScriptedServer, service: RedditService) -> None:
    """faults.md 26."""
    assert reddit(server).recheck(["t3_102", "t1_1zz"], reach()).gone == ["t1_1zz"]


def test_when_nothing_comes_back_the_subreddit_itself_is_looked_at(
    server: ScriptedServer, service: RedditService
) -> None:
    service.posts, service.comments = [], []

    told = reddit(server).recheck(["t3_102"], reach())
    server.route("/r/foodbanks/new", Answer(403, JSON, '{"reason": "private"}'))

    assert told.gone == ["t3_102"]
    with pytest.raises(NeedsAttention, match="private"):
        reddit(server).recheck(["t3_102"], reach())


def test_what_could_not_be_read_is_not_taken_for_gone(server: ScriptedServer, service: RedditService) -> None:
    body = {"data": {"children": [post(102), {"kind": "t3", "data": {"name": 7}}], "after": None}}
    server.route("/api/info/", lambda _asked: answer(body))

    told = reddit(server).recheck(["t3_102", "t3_101"], reach())

    assert told.gone == []
    assert [each.external_id for each in told.edited] == ["t3_102"]


def test_what_was_not_asked_about_is_not_told(server: ScriptedServer, service: RedditService) -> None:
    server.route("/api/info/", lambda _asked: answer({"data": {"children": [post(105), post(102)]}}))

    told = reddit(server).recheck(["t3_102"], reach())

    assert [each.external_id for each in told.edited] == ["t3_102"]


def test_ids_that_are_none_of_reddits_are_not_asked_about(
    server: ScriptedServer, service: RedditService
) -> None:
    told = reddit(server).recheck(["t5_2qk00", "../x"], reach())

    assert (told.edited, told.gone, server.requests) == ((), (), [])


def test_the_quota_is_told_and_heeded(server: ScriptedServer, service: RedditService) -> None:
    """faults.md 23."""
    service.headers = {"x-ratelimit-remaining": "0", "x-ratelimit-used": "100", "x-ratelimit-reset": "300"}

    told = reddit(server).recheck(["t3_102"], reach())

    assert told.quota is not None
    assert told.quota.left == 0
    assert told.wait == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (Answer(403), NeedsAttention),
        (Answer(429, {"Retry-After": "60"}), TryLater),
        (Answer(500), TryLater),
        (Answer(200, JSON, "[]"), TryLater),
        (Answer(200, JSON, '{"data": {"children": []}}', cut_after=9), TryLater),
    ],
    ids=["403", "429", "500", "no listing", "cut"],
)
def test_a_fault_tells_nothing_of_any_mention(
    server: ScriptedServer, service: RedditService, answered: Answer, expected: type
) -> None:
    server.route("/api/info/", answered)

    with pytest.raises(EarshotError) as raised:
        reddit(server).recheck(["t3_102"], reach())

    assert isinstance(raised.value, expected)


def test_without_api_access_nothing_is_asked_and_nothing_is_told(server: ScriptedServer) -> None:
    told = Reddit(subreddit="foodbanks", base_url=server.url).recheck(["t3_102"], reach())

    assert (told.edited, told.gone, told.unchanged, server.requests) == ((), (), 0, [])


def test_recorded_answers_are_told_post_by_post(server: ScriptedServer, shared: Path) -> None:
    exchanges = reddit_exchanges(shared, "TestReddit.test_info")
    (first,) = [each for each in exchanges if "t1_d7ltv00" in each.query.get("id", [""])[0]]
    children = json.loads(first.text)["data"]["children"]
    names = first.query["id"][0].split(",")
    given = {child["data"]["name"] for child in children}
    server.route("/api/info/", first.answer)
    replay(server, [each for each in exchanges if each.method == "POST"], otherwise=EMPTY_LISTING)

    told = reddit(server, subreddit="all").recheck(names, reach())

    ours = {name for name in names if not name.startswith("t5_")}
    assert {each.external_id for each in told.edited} | set(told.gone) == ours
    assert not {each.external_id for each in told.edited} & set(told.gone)
    assert set(told.gone) >= ours - given
    assert len(told.edited) > 30


def test_recorded_answers_with_two_ids_swapped_tell_each_by_its_own_name(
    server: ScriptedServer, shared: Path
) -> None:
    exchanges = reddit_exchanges(shared, "TestReddit.test_info")
    (first,) = [each for each in exchanges if "t1_d7ltv00" in each.query.get("id", [""])[0]]
    one, other = "t1_d7ltv00", "t1_d7ltv01"
    swapped = first.saying(lambda body: body.replace(one, "@").replace(other, one).replace("@", other))
    server.route("/api/info/", swapped.answer)
    replay(server, [each for each in exchanges if each.method == "POST"], otherwise=EMPTY_LISTING)

    told = reddit(server, subreddit="all").recheck([one, other], reach())

    assert {each.external_id for each in told.edited} | set(told.gone) == {one, other}
