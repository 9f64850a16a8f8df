"""Reading a search on X forward: through the real tweepy, from a scripted X on loopback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from itertools import count, islice

import pytest

from collectors.contract import Batch
from collectors.x import X
from collectors.x.stretch import Stretch
from model import Cursor, Secret
from tests.scripted import Answer, Request, ScriptedServer
from tests.x_service import JSON, NOW, SEARCH, XService, bad_request, id_at, post, reach, x


@pytest.fixture
def service(server: ScriptedServer) -> XService:
    return XService(server)


def ids(batches: Sequence[Batch]) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


def test_asks_as_tweepy_asks(server: ScriptedServer, service: XService) -> None:
    service.posts = [post(1005)]

    list(x(server).collect({"newest_id": "1001"}, reach()))

    (asked,) = server.requests
    assert (asked.method, asked.path) == ("GET", SEARCH)
    assert asked.headers["authorization"] == "Bearer canary-x-token"
    assert asked.query == {
        "query": ['"food network" -is:retweet'],
        "max_results": ["100"],
        "since_id": ["1001"],
        "expansions": ["author_id"],
        "user.fields": ["name,username"],
        "tweet.fields": [
            "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,lang,note_tweet,referenced_tweets"
        ],
    }


def test_a_path_before_the_api_is_kept(server: ScriptedServer, service: XService) -> None:
    server.route(f"/town/x{SEARCH}", service.search)
    service.posts = [post(1005)]
    collector = X(query="food", bearer_token=Secret("t"), base_url=f"{server.url}/town/x/")

    assert ids(list(collector.collect({}, reach()))) == ["1005"]


def test_goes_on_where_it_stopped(server: ScriptedServer, service: XService) -> None:
    service.posts = [post(1002), post(1001)]
    first = list(x(server).collect({}, reach()))
    service.posts.insert(0, post(1003))

    second = list(x(server).collect(first[-1].cursor, reach()))

    assert (ids(first), ids(second)) == (["1002", "1001"], ["1003"])
    assert first[-1].cursor["newest_id"] == "1002"


def test_nothing_new_leaves_the_cursor_as_it_is(server: ScriptedServer, service: XService) -> None:
    service.posts = [post(1002)]
    first = list(x(server).collect({}, reach()))

    second = list(x(server).collect(first[-1].cursor, reach()))

    assert ids(second) == []
    assert second[-1].cursor == first[-1].cursor


def test_the_cursor_stays_old_until_the_last_page(server: ScriptedServer, service: XService) -> None:
    service.size = 2
    service.posts = [post(number) for number in range(1005, 1000, -1)]

    batches = list(x(server).collect({"newest_id": "1000"}, reach()))

    assert ids(batches) == ["1005", "1004", "1003", "1002", "1001"]
    assert [batch.cursor.get("newest_id") for batch in batches] == ["1000", "1000", "1005"]
    assert [asked.query.get("next_token") for asked in server.requests] == [None, ["page-2"], ["page-4"]]


def test_killed_between_pages_it_reads_them_again(server: ScriptedServer, service: XService) -> None:
    service.size = 2
    service.posts = [post(number) for number in range(1005, 1000, -1)]
    (killed_after,) = islice(x(server).collect({}, reach()), 1)

    batches = list(x(server).collect(killed_after.cursor, reach()))

    assert ids(batches) == ["1005", "1004", "1003", "1002", "1001"]


def test_a_poll_reads_no_more_than_it_may_cost_and_the_next_reads_the_rest_first(
    server: ScriptedServer, service: XService
) -> None:
    service.posts = [post(number) for number in range(1060, 1000, -1)]
    collector = x(server, max_posts_per_poll=25)
    service.size = 10
    first = list(collector.collect({"newest_id": "1000"}, reach()))
    service.posts.insert(0, post(1061))
    second = list(collector.collect(first[-1].cursor, reach()))
    third = list(collector.collect(second[-1].cursor, reach()))

    assert ids(first) == [str(number) for number in range(1060, 1040, -1)]
    assert ids(second) == [str(number) for number in range(1040, 1020, -1)]
    assert ids(third) == [str(number) for number in range(1020, 1000, -1)]
    assert third[-1].cursor["newest_id"] == "1060"
    assert "rest" not in third[-1].cursor
    assert ids(list(collector.collect(third[-1].cursor, reach()))) == ["1061"]


def test_what_is_new_is_read_in_the_same_poll_as_a_short_rest(
    server: ScriptedServer, service: XService
) -> None:
    service.posts = [post(number) for number in range(1005, 1000, -1)]
    cursor: Cursor = {"newest_id": "1000", "rest": {"newest_id": "1003", "until_id": "1002"}}

    batches = list(x(server).collect(cursor, reach()))

    assert ids(batches) == ["1001", "1005", "1004"]
    assert batches[-1].cursor["newest_id"] == "1005"


def test_a_page_that_comes_twice_takes_nothing_back() -> None:
    stretch = Stretch(since_id=1000).reaching([1005, 1004]).reaching([1003, 1002]).reaching([1005, 1004])

    assert stretch == Stretch(since_id=1000, until_id=1002, newest_id=1005)


def test_a_token_that_expires_on_page_two_loses_nothing(server: ScriptedServer, service: XService) -> None:
    """faults.md 24."""
    service.size = 2
    service.posts = [post(number) for number in range(1005, 1000, -1)]
    service.expired = {"page-2"}
    batches = []
    for batch in x(server).collect({"newest_id": "1000"}, reach()):
        batches.append(batch)
        service.expired = {"page-2"} if len(batches) == 1 else set()

    assert ids(batches) == ["1005", "1004", "1003", "1002", "1001"]
    assert server.requests[2].query["until_id"] == ["1004"]
    assert server.requests[2].query["since_id"] == ["1000"]
    assert batches[-1].cursor["newest_id"] == "1005"


def test_a_token_that_repeats_is_stopped_and_told_and_the_next_poll_goes_on_below(
    server: ScriptedServer, service: XService
) -> None:
    """faults.md 25."""
    service.size = 2
    service.posts = [post(number) for number in range(1005, 1000, -1)]
    server.route(SEARCH, lambda asked: _leading_back(service, asked))
    stuck = list(x(server).collect({"newest_id": "1000"}, reach()))
    server.route(SEARCH, service.search)
    after = list(x(server).collect(stuck[-1].cursor, reach()))

    assert any("repeat" in words for words in stuck[-1].skipped)
    assert len(stuck) == 2
    assert stuck[-1].cursor["newest_id"] == "1000"
    assert {*ids(stuck), *ids(after)} == {str(number) for number in range(1001, 1006)}


def _leading_back(service: XService, asked: Request) -> Answer:
    return service.search(Request("GET", SEARCH, {**asked.query, "next_token": ["page-0"]}, {}, b""))


def test_empty_pages_without_an_end_are_stopped(server: ScriptedServer, service: XService) -> None:
    """faults.md 25."""
    tokens = count()
    server.route(SEARCH, lambda _asked: _empty_page(f"t{next(tokens)}"))

    batches = list(x(server).collect({"newest_id": "1000"}, reach()))

    assert batches[-1].cursor == {"newest_id": "1000"}
    assert any("do not end" in words for words in batches[-1].skipped)


def _empty_page(token: str) -> Answer:
    return Answer(headers=JSON, body=json.dumps({"meta": {"result_count": 0, "next_token": token}}))


def test_a_since_id_older_than_the_search_goes_is_replaced_by_a_time(
    server: ScriptedServer, service: XService
) -> None:
    cursor = {"newest_id": id_at(NOW - timedelta(days=9))}

    list(x(server).collect(cursor, reach()))

    assert "since_id" not in server.requests[0].query
    assert server.requests[0].query["start_time"] == ["2026-05-13T09:35:00Z"]


def test_a_since_id_that_x_does_not_take_is_replaced_by_a_time(
    server: ScriptedServer, service: XService
) -> None:
    service.posts = [post(1005)]
    server.route(
        SEARCH,
        bad_request("since_id", "'since_id' must be a tweet id created after 2026-05-13."),
        service.search,
    )

    batches = list(x(server).collect({"newest_id": "1001"}, reach()))

    assert ids(batches) == ["1005"]
    assert "start_time" in server.requests[1].query


def test_what_was_lost_in_a_long_absence_is_told(server: ScriptedServer, service: XService) -> None:
    service.posts = [post(1005)]
    first = list(x(server).collect({}, reach(NOW - timedelta(days=30))))
    back = list(x(server).collect(first[-1].cursor, reach()))
    again = list(x(server).collect(back[-1].cursor, reach()))

    assert [words for words in back[0].skipped if "seven days" in words]
    assert again[0].skipped == []


def test_a_rest_older_than_the_search_goes_is_given_up(server: ScriptedServer, service: XService) -> None:
    old, newer = id_at(NOW - timedelta(days=9)), id_at(NOW - timedelta(days=8))
    cursor: Cursor = {
        "newest_id": "1",
        "rest": {"until_id": old, "newest_id": newer},
        "read_on": "2026-05-01",
    }
    service.posts = [post(id_at(NOW - timedelta(days=1)))]

    batches = list(x(server).collect(cursor, reach()))

    assert len(server.requests) == 1
    assert "until_id" not in server.requests[0].query
    assert len(ids(batches)) == 1
    assert any("seven days" in words for words in batches[0].skipped)


def test_a_cursor_that_it_does_not_understand_is_a_first_reading(
    server: ScriptedServer, service: XService
) -> None:
    service.posts = [post(1005)]

    assert ids(list(x(server).collect({"newest_id": 5, "rest": 7, "read_on": 3}, reach()))) == ["1005"]


@pytest.mark.parametrize("query", ["", "x" * 513])
def test_a_query_that_x_would_not_take_is_refused_at_once(query: str) -> None:
    with pytest.raises(ValueError, match=r"^query: "):
        X(query=query, bearer_token=Secret("t"))


def test_a_budget_below_one_page_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"^max_posts_per_poll: "):
        X(query="food", bearer_token=Secret("t"), max_posts_per_poll=5)
