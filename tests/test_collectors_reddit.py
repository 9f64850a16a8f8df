"""Reading subreddits forward: through the real praw, from a scripted Reddit on loopback."""

from __future__ import annotations

import json
from itertools import islice

import pytest

from collectors.contract import Batch
from collectors.reddit import Reddit
from collectors.reddit.listing import KEPT
from model import Mention, Secret
from tests.reddit_service import RedditService, answer, comment, post, reach, reddit
from tests.scripted import ScriptedServer


@pytest.fixture
def service(server: ScriptedServer) -> RedditService:
    return RedditService(server)


def mentions(batches: list[Batch]) -> list[Mention]:
    return [mention for batch in batches for mention in batch.mentions]


def ids(batches: list[Batch]) -> list[str]:
    return [mention.external_id for mention in mentions(batches)]


def test_asks_as_praw_asks(server: ScriptedServer, service: RedditService) -> None:
    service.posts = [post(100)]

    list(reddit(server).collect({}, reach()))

    assert [(asked.method, asked.path) for asked in server.requests] == [
        ("POST", "/api/v1/access_token"),
        ("GET", "/r/foodbanks/new"),
        ("GET", "/r/foodbanks/comments/"),
    ]
    assert server.requests[1].query == {"limit": ["100"], "raw_json": ["1"]}
    assert server.requests[1].headers["authorization"] == "bearer good"
    assert server.requests[1].headers["user-agent"].startswith("python:earshot:")


def test_several_subreddits_are_read_at_once(server: ScriptedServer, service: RedditService) -> None:
    server.route("/r/foodbanks+mutualaid/new", lambda asked: service.listing([post(100)], asked))
    server.route("/r/foodbanks+mutualaid/comments/", lambda asked: service.listing([], asked))

    assert ids(list(reddit(server, subreddit="foodbanks+mutualaid").collect({}, reach()))) == ["t3_100"]


def test_a_path_before_the_api_is_kept(server: ScriptedServer, service: RedditService) -> None:
    token, listing = "/town/api/v1/access_token", "/town/r/foodbanks/{}"
    server.route(token, lambda asked: server.answer(asked.__class__("POST", token[5:], {}, {}, b"")))
    server.route(listing.format("new"), lambda asked: service.listing([post(100)], asked))
    server.route(listing.format("comments/"), lambda asked: service.listing([], asked))
    collector = Reddit(
        subreddit="foodbanks", client_id="i", client_secret=Secret("s"), base_url=f"{server.url}/town/"
    )

    assert ids(list(collector.collect({}, reach()))) == ["t3_100"]


def test_a_whole_first_reading_is_followed_by_nothing_new(
    server: ScriptedServer, service: RedditService
) -> None:
    service.posts = [post(102), post(101)]
    service.comments = [comment(200)]
    first = list(reddit(server).collect({}, reach()))

    second = list(reddit(server).collect(first[-1].cursor, reach()))

    assert ids(first) == ["t3_102", "t3_101", "t1_200"]
    assert ids(second) == []
    assert sum(batch.unchanged for batch in second) == 3
    assert second[-1].cursor == first[-1].cursor


def test_goes_on_where_it_stopped(server: ScriptedServer, service: RedditService) -> None:
    service.posts = [post(101)]
    cursor = list(reddit(server).collect({}, reach()))[-1].cursor
    service.posts.insert(0, post(102))

    assert ids(list(reddit(server).collect(cursor, reach()))) == ["t3_102"]


def test_a_post_that_a_moderator_lets_through_late_is_met(
    server: ScriptedServer, service: RedditService
) -> None:
    service.posts = [post(103), post(101)]
    cursor = list(reddit(server).collect({}, reach()))[-1].cursor
    service.posts.insert(1, post(102))

    assert ids(list(reddit(server).collect(cursor, reach()))) == ["t3_102"]


def test_pages_until_the_known_and_no_further(server: ScriptedServer, service: RedditService) -> None:
    service.limit = 3
    service.posts = [post(count) for count in range(109, 99, -1)]
    cursor = list(reddit(server).collect({}, reach()))[-1].cursor
    service.posts = [post(count) for count in range(114, 99, -1)]
    asked_before = len(server.asked("/r/foodbanks/new"))

    batches = list(reddit(server).collect(cursor, reach()))

    assert ids(batches) == ["t3_114", "t3_113", "t3_112", "t3_111", "t3_110"]
    assert len(server.asked("/r/foodbanks/new")) - asked_before == 2


def test_the_cursor_stays_old_until_the_last_page(server: ScriptedServer, service: RedditService) -> None:
    service.limit = 2
    service.posts = [post(count) for count in range(104, 99, -1)]

    batches = list(reddit(server).collect({}, reach()))

    assert [batch.cursor for batch in batches[:2]] == [{}, {}]
    assert len(ids(batches)) == 5


def test_killed_between_pages_it_reads_them_again(server: ScriptedServer, service: RedditService) -> None:
    service.limit = 2
    service.posts = [post(count) for count in range(104, 99, -1)]
    (killed_after,) = islice(reddit(server).collect({}, reach()), 1)

    batches = list(reddit(server).collect(killed_after.cursor, reach()))

    assert set(ids(batches)) == {f"t3_{count}" for count in range(100, 105)}


def test_an_anchor_that_is_deleted_between_two_pages_leaves_no_hole(
    server: ScriptedServer, service: RedditService
) -> None:
    service.limit = 2
    service.posts = [post(count) for count in range(104, 99, -1)]
    service.deleted = {"t3_103"}

    batches = list(reddit(server).collect({}, reach()))

    assert set(ids(batches)) == {f"t3_{count}" for count in range(100, 105)}
    assert len(ids(batches)) == 5


def test_when_all_that_was_known_is_deleted_it_stops_below_it(
    server: ScriptedServer, service: RedditService
) -> None:
    service.limit = 2
    service.posts = [post(count) for count in range(120, 110, -1)]
    cursor = {"posts": {"t3_115": "x", "t3_114": "x"}}
    service.posts = [each for each in service.posts if each["data"]["name"] not in cursor["posts"]]

    batches = list(reddit(server).collect(cursor, reach()))

    assert ids(batches) == ["t3_120", "t3_119", "t3_118", "t3_117", "t3_116", "t3_113"]


def test_with_a_query_posts_are_searched_and_comments_kept_by_its_words(
    server: ScriptedServer, service: RedditService
) -> None:
    service.posts = [post(100)]
    service.comments = [
        comment(203, "Riverside boxes are late"),
        comment(202, "What about lunch?"),
        comment(201, "Us too", link_title="Food network in trouble"),
    ]

    batches = list(reddit(server, query='riverside OR "food network"').collect({}, reach()))

    assert ids(batches) == ["t3_100", "t1_203", "t1_201"]
    assert server.asked("/r/foodbanks/search/")[0].query == {
        "q": ['riverside OR "food network"'],
        "restrict_sr": ["True"],
        "sort": ["new"],
        "syntax": ["lucene"],
        "t": ["all"],
        "limit": ["100"],
        "raw_json": ["1"],
    }


def test_our_part_in_a_thread_is_kept_whatever_its_words(
    server: ScriptedServer, service: RedditService
) -> None:
    service.comments = [
        comment(203, "Thank you, we will look.", author="RiversideFood"),
        comment(202, "Good!", link_author="riversidefood"),
        comment(201, "Good!"),
    ]
    lent = reach(ours={"reddit": ("u/riversidefood",)})

    assert ids(list(reddit(server, query="riverside").collect({}, lent))) == ["t1_203", "t1_202"]


def test_a_comment_that_is_edited_into_the_query_is_told(
    server: ScriptedServer, service: RedditService
) -> None:
    service.comments = [comment(200, "Same with us.")]
    collector = reddit(server, query="riverside")
    first = list(collector.collect({}, reach()))
    service.comments = [comment(200, "Same with Riverside.")]
    second = list(collector.collect(first[-1].cursor, reach()))
    service.comments = [comment(200, "Never mind.")]

    assert ids(first) == []
    assert ids(second) == ["t1_200"]
    assert ids(list(collector.collect(second[-1].cursor, reach()))) == ["t1_200"]


def test_a_listing_that_repeats_its_page_is_stopped_and_told(
    server: ScriptedServer, service: RedditService
) -> None:
    """faults.md 25."""
    body = {"data": {"children": [post(102), post(101)], "after": "t3_101"}}
    server.route("/r/foodbanks/new", lambda _asked: answer(body))

    batches = list(reddit(server).collect({}, reach()))

    assert ids(batches) == ["t3_102", "t3_101"]
    assert any("repeat" in words for batch in batches for words in batch.skipped)
    assert "posts" not in batches[-1].cursor
    assert len(server.asked("/r/foodbanks/new")) == 2


def test_a_listing_that_never_ends_is_stopped_and_told(
    server: ScriptedServer, service: RedditService
) -> None:
    """faults.md 25."""
    service.limit = 1
    service.posts = [post(count) for count in range(190, 100, -1)]

    batches = list(reddit(server).collect({}, reach()))

    assert len(server.asked("/r/foodbanks/new")) < 30
    assert any("do not end" in words for batch in batches for words in batch.skipped)


def test_the_cursor_stays_small(server: ScriptedServer, service: RedditService) -> None:
    service.posts = [post(count) for count in range(1900, 1000, -1)]

    cursor = list(reddit(server).collect({}, reach()))[-1].cursor

    assert isinstance(cursor["posts"], dict)
    assert len(cursor["posts"]) == KEPT
    assert len(json.dumps(cursor)) < 6000
    assert "t3_1900" in cursor["posts"]


@pytest.mark.parametrize("cursor", [{"posts": 7}, {"posts": {"x": "y", "t3_5": 3}}, {"from": "later"}])
def test_a_cursor_that_it_does_not_understand_is_a_first_reading(
    server: ScriptedServer, service: RedditService, cursor: dict[str, object]
) -> None:
    service.posts = [post(100)]

    assert ids(list(reddit(server).collect(cursor, reach()))) == ["t3_100"]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["r/foodbanks", "", "a b", "foodbanks+", "../api"])
def test_a_name_that_is_no_subreddit_is_refused_at_once(name: str) -> None:
    with pytest.raises(ValueError, match=r"^subreddit: "):
        Reddit(subreddit=name, client_id="i", client_secret=Secret("s"))
