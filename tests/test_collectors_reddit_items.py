"""What one post or comment on Reddit becomes: through the real praw, from a scripted Reddit on loopback."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.contract import Batch
from model import Author, Mention
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


def test_what_a_deleted_account_wrote_is_gone(server: ScriptedServer, service: RedditService) -> None:
    """faults.md 26. Reddit still shows the text, and wants all forgotten that leads to the person."""
    service.comments = [comment(200)]
    cursor = list(reddit(server).collect({}, reach()))[-1].cursor
    service.comments = [comment(200, author="[deleted]")]

    batches = list(reddit(server).collect(cursor, reach()))

    assert ids(batches) == []
    assert [name for batch in batches for name in batch.gone] == ["t1_200"]


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "t3", "data": {"title": "no id"}},
        {"kind": "t3", "data": None},
        {"kind": "more", "data": {"name": "t1_5", "children": []}},
        {"kind": "t1", "data": {"name": "t3_5", "body": "two", "selftext": "kinds", "title": "in one"}},
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
        {"created_utc": float("nan")},
        {"created_utc": 10**400},
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
