"""Reading subreddits forward: through the real praw, from a scripted Reddit on loopback."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from collectors.contract import Batch
from collectors.reddit import Reddit
from collectors.reddit.listing import KEPT
from model import Author, Mention, Secret
from tests.reddit_service import RedditService, answer, comment, post, reach, reddit
from tests.scripted import ScriptedServer


@pytest.fixture
def service(server: ScriptedServer) -> RedditService:
    return RedditService(server)


def mentions(batches: list[Batch]) -> list[Mention]:
    return [mention for batch in batches for mention in batch.mentions]


def ids(batches: list[Batch]) -> list[str]:
    return [mention.external_id for mention in mentions(batches)]


def test_tells_all_that_a_post_says(server: ScriptedServer, service: RedditService) -> None:
    service.posts = [
        post(100, "Boxes **late** again &amp; again", edited=1779200000.0, link_flair_text="Help")
    ]

    told = mentions(list(reddit(server).collect({}, reach())))

    assert told == [
        Mention(
            channel="reddit",
            scope="",
            external_id="t3_100",
            title="Post 100",
            text="Boxes **late** again &amp; again",
            url="https://www.reddit.com/r/foodbanks/comments/100/post/",
            author=Author(
                handle="northside_nss",
                name="northside_nss",
                url="https://www.reddit.com/user/northside_nss",
                external_id="northside_nss",
            ),
            published_at=told[0].published_at,
            edited_at=datetime.fromtimestamp(1779200000, UTC),
            thread_id="t3_100",
            raw={"subreddit": "foodbanks", "flair": "Help"},
        )
    ]
    assert told[0].published_at is not None


def test_tells_where_a_comment_belongs(server: ScriptedServer, service: RedditService) -> None:
    service.comments = [comment(200, below="t3_100", parent_id="t1_1zz")]

    (told,) = mentions(list(reddit(server).collect({}, reach())))

    assert (told.parent_id, told.thread_id, told.title) == ("t1_1zz", "t3_100", "")
    assert told.url == "https://www.reddit.com/r/foodbanks/comments/100/post/200/"


def test_a_link_posts_target_is_kept(server: ScriptedServer, service: RedditService) -> None:
    service.posts = [post(100, "", is_self=False, url="https://news.example/a")]

    (told,) = mentions(list(reddit(server).collect({}, reach())))

    assert (told.text, told.raw) == ("", {"subreddit": "foodbanks", "link": "https://news.example/a"})


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


@pytest.mark.parametrize(
    "change", [{"selftext": "They came after all.", "edited": 1779210000.0}, {"selftext": "Ninja edit."}]
)
def test_an_edit_comes_again(
    server: ScriptedServer, service: RedditService, change: dict[str, object]
) -> None:
    """faults.md 26. Reddit marks no edit of the first three minutes; it comes again all the same."""
    service.posts = [post(101), post(100)]
    cursor = list(reddit(server).collect({}, reach()))[-1].cursor
    service.posts[1]["data"].update(change)

    (told,) = mentions(list(reddit(server).collect(cursor, reach())))

    assert (told.external_id, told.text) == ("t3_100", change["selftext"])
    assert (told.edited_at is not None) == ("edited" in change)


def test_votes_are_no_edit(server: ScriptedServer, service: RedditService) -> None:
    service.posts = [post(100, score=1)]
    cursor = list(reddit(server).collect({}, reach()))[-1].cursor
    service.posts[0]["data"].update(score=40, num_comments=7)

    assert ids(list(reddit(server).collect(cursor, reach()))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"author": "[deleted]", "selftext": "[deleted]"},
        {"selftext": "[removed]", "removed_by_category": "moderator"},
        {"selftext": "", "removed_by_category": "deleted"},
    ],
)
def test_what_is_deleted_or_removed_is_gone_and_never_text(
    server: ScriptedServer, service: RedditService, change: dict[str, object]
) -> None:
    """faults.md 26."""
    service.posts = [post(100)]
    cursor = list(reddit(server).collect({}, reach()))[-1].cursor
    service.posts[0]["data"].update(change)

    batches = list(reddit(server).collect(cursor, reach()))
    once_more = list(reddit(server).collect(batches[-1].cursor, reach()))

    assert ids(batches) == []
    assert [name for batch in batches for name in batch.gone] == ["t3_100"]
    assert [name for batch in once_more for name in batch.gone] == []


def test_what_a_moderator_brings_back_is_told_again(server: ScriptedServer, service: RedditService) -> None:
    service.comments = [comment(200, "[removed]")]
    cursor = list(reddit(server).collect({}, reach()))[-1].cursor
    service.comments = [comment(200, "Same with us.")]

    assert ids(list(reddit(server).collect(cursor, reach()))) == ["t1_200"]


def test_a_deleted_account_loses_its_name_and_keeps_its_text(
    server: ScriptedServer, service: RedditService
) -> None:
    service.comments = [comment(200)]
    cursor = list(reddit(server).collect({}, reach()))[-1].cursor
    service.comments = [comment(200, author="[deleted]")]

    (told,) = mentions(list(reddit(server).collect(cursor, reach())))

    assert (told.text, told.author) == ("Same with us.", None)


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "t3", "data": {"title": "no id"}},
        {"kind": "t3", "data": None},
        {"kind": "more", "data": {"name": "t1_5", "children": []}},
        {"kind": "t1", "data": {"name": "t3_5", "body": "two kinds"}},
        {"kind": "t3", "data": {"name": "t3_../../x", "title": "a path"}},
        {"kind": "t3", "data": {"name": "t3_5", "title": None, "selftext": None}},
        "a string",
        None,
    ],
)
def test_one_bad_item_among_good_ones_is_skipped_in_words(
    server: ScriptedServer, service: RedditService, bad: object
) -> None:
    body = {"data": {"children": [post(102), bad, post(101)], "after": None}}
    server.route("/r/foodbanks/new", lambda _asked: answer(body))

    batches = list(reddit(server).collect({}, reach()))

    assert ids(batches) == ["t3_102", "t3_101"]
    assert "item 2" in batches[0].skipped[0]


@pytest.mark.parametrize(
    "odd",
    [
        {"author": None},
        {"created_utc": None},
        {"created_utc": "soon"},
        {"created_utc": 1e300},
        {"created_utc": -5},
        {"edited": True},
        {"permalink": None},
        {"url": 7},
        {"title": "\ud800 half a character"},
    ],
)
def test_an_odd_field_does_not_cost_the_item(
    server: ScriptedServer, service: RedditService, odd: dict[str, Any]
) -> None:
    service.posts = [post(101, **odd), post(100)]

    told = mentions(list(reddit(server).collect({}, reach())))

    assert [each.external_id for each in told] == ["t3_101", "t3_100"]
    if "created_utc" in odd:
        assert told[0].published_at is None


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
