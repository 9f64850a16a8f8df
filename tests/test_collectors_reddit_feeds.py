"""Reddit without API access: its own feeds, from a scripted Reddit on loopback."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest

from collectors.contract import Batch
from collectors.reddit import Reddit
from collectors.reddit.atom import read_atom
from errors import EarshotError, NeedsAttention, TryLater
from model import Mention, Secret
from tests.effort import effort
from tests.reddit_feeds import ATOM, COMMENTS, POSTS, SEARCH, FeedService, atom, by_feeds
from tests.reddit_service import NOW, RedditService, comment, post, reach, reddit
from tests.scripted import Answer, ScriptedServer

MD = '<div class="md">'


@pytest.fixture
def service(server: ScriptedServer) -> FeedService:
    return FeedService(server)


def mentions(batches: list[Batch]) -> list[Mention]:
    return [mention for batch in batches for mention in batch.mentions]


def ids(batches: list[Batch]) -> list[str]:
    return [mention.external_id for mention in mentions(batches)]


def fault(server: ScriptedServer) -> EarshotError:
    with pytest.raises(EarshotError) as raised:
        list(by_feeds(server).collect({}, reach()))
    return raised.value


# what is asked, and what comes of it


def test_asks_for_two_feeds_and_says_who_asks(server: ScriptedServer, service: FeedService) -> None:
    collector = Reddit(subreddit="foodbanks", run_by="riverside", base_url=server.url)

    list(collector.collect({}, reach()))

    assert [(asked.path, asked.query) for asked in server.requests] == [
        (POSTS, {"limit": ["100"]}),
        (COMMENTS, {"limit": ["100"]}),
    ]
    assert server.requests[0].headers["user-agent"] == "python:earshot:0.1 (by /u/riverside)"
    assert "authorization" not in server.requests[0].headers


def test_several_subreddits_are_one_request(server: ScriptedServer, service: FeedService) -> None:
    for path in (POSTS, COMMENTS):
        server.route(path.replace("foodbanks", "foodbanks+mutualaid"), Answer(headers=ATOM, body=atom([])))

    list(by_feeds(server, subreddit="foodbanks+mutualaid").collect({}, reach()))

    assert len(server.requests) == 2


def test_with_a_query_posts_are_searched_and_comments_kept_by_its_words(
    server: ScriptedServer, service: FeedService
) -> None:
    service.posts = [post(100)]
    service.comments = [
        comment(203, "Riverside boxes are late"),
        comment(202, "What about lunch?"),
        comment(201, "Us too", link_title="Food network in trouble"),
        comment(200, "Thank you!", author="RiversideFood"),
    ]
    collector = by_feeds(server, query='riverside OR "food network"')

    batches = list(collector.collect({}, reach(ours={"reddit": ("u/riversidefood",)})))

    assert ids(batches) == ["t3_100", "t1_203", "t1_201", "t1_200"]
    assert server.asked(SEARCH)[0].query == {
        "q": ['riverside OR "food network"'],
        "restrict_sr": ["on"],
        "sort": ["new"],
        "t": ["all"],
        "limit": ["100"],
    }


def test_a_mention_is_the_same_as_by_the_api(server: ScriptedServer) -> None:
    posts = [
        post(101, "Boxes late & cold.\n\nAgain."),
        post(100, "", is_self=False, url="https://news.example/a?b=1&c=2"),
    ]
    comments = [comment(200, "Same with us.", below="t3_101", author="quay_tenants")]
    FeedService(server, posts=posts, comments=comments)
    RedditService(server, posts=posts, comments=comments)

    by_feed = mentions(list(by_feeds(server).collect({}, reach())))
    by_api = mentions(list(reddit(server).collect({}, reach())))

    assert by_feed == [*by_api[:2], replace(by_api[2], parent_id=None)]
    assert by_feed[1].raw == {"subreddit": "foodbanks", "link": "https://news.example/a?b=1&c=2"}


def test_what_reddit_writes_around_a_post_is_not_its_text() -> None:
    table = (
        '<table><tr><td> <a href="https://x.example/"><img src="t.png"/></a> </td><td> <!-- SC_OFF -->'
        '<div class="md"><p>Look:</p><div>a box</div></div><!-- SC_ON --> submitted by /u/x </td></tr></table>'
    )
    entry = (
        f'<entry><id>t3_1a</id><title>A picture</title><content type="html">{escape(table)}</content></entry>'
    )

    page = read_atom(atom([entry]).encode(), now=NOW)

    assert page is not None
    assert [item.mention.text for item in page.items if item.mention] == ["Look:\n\na box"]


# reading forward


def test_goes_on_where_it_stopped(server: ScriptedServer, service: FeedService) -> None:
    service.posts, service.comments = [post(101)], [comment(200)]
    first = list(by_feeds(server).collect({}, reach()))
    service.posts.insert(0, post(102))

    second = list(by_feeds(server).collect(first[-1].cursor, reach()))
    third = list(by_feeds(server).collect(second[-1].cursor, reach()))

    assert (ids(first), ids(second), ids(third)) == (["t3_101", "t1_200"], ["t3_102"], [])
    assert third[-1].cursor == second[-1].cursor
    assert sum(batch.unchanged for batch in third) == 3


def test_an_edit_comes_again_and_what_was_removed_is_gone(
    server: ScriptedServer, service: FeedService
) -> None:
    """faults.md 26."""
    service.comments = [comment(201), comment(200)]
    cursor = list(by_feeds(server).collect({}, reach()))[-1].cursor
    service.comments = [comment(201, "They came."), comment(200, "[removed]")]

    batches = list(by_feeds(server).collect(cursor, reach()))

    assert [mention.text for mention in mentions(batches)] == ["They came."]
    assert [name for batch in batches for name in batch.gone] == ["t1_200"]


def test_the_first_reading_takes_one_page_and_later_ones_go_back_to_the_known(
    server: ScriptedServer, service: FeedService
) -> None:
    service.limit = 30
    service.posts = [post(count) for count in range(199, 100, -1)]
    first = list(by_feeds(server).collect({}, reach()))
    service.posts = [post(count) for count in range(250, 100, -1)]

    second = list(by_feeds(server).collect(first[-1].cursor, reach()))

    assert len(ids(first)) == 30
    assert set(ids(second)) == {post(count)["data"]["name"] for count in range(200, 251)}
    assert len(server.asked(POSTS)) == 3


def test_a_long_way_back_is_gone_in_several_polls_and_leaves_no_hole(
    server: ScriptedServer, service: FeedService
) -> None:
    service.limit = 20
    service.posts = [post(100)]
    cursor = list(by_feeds(server).collect({}, reach()))[-1].cursor
    service.posts = [post(count) for count in range(250, 99, -1)]
    told: list[str] = []

    for _ in range(3):
        batches = list(by_feeds(server).collect(cursor, reach()))
        cursor = json.loads(json.dumps(batches[-1].cursor))
        told += ids(batches)

    assert sorted(told) == sorted(post(count)["data"]["name"] for count in range(101, 251))
    assert "rest" not in cursor


def test_an_anchor_that_is_deleted_between_two_pages_leaves_no_hole(
    server: ScriptedServer, service: FeedService
) -> None:
    service.limit = 25
    service.posts = [post(100)]
    cursor = list(by_feeds(server).collect({}, reach()))[-1].cursor
    service.posts = [post(count) for count in range(150, 99, -1)]
    service.deleted = {"t3_126"}

    batches = list(by_feeds(server).collect(cursor, reach()))

    assert set(ids(batches)) == {post(count)["data"]["name"] for count in range(101, 151)}


def test_a_feed_that_repeats_its_page_is_stopped(server: ScriptedServer, service: FeedService) -> None:
    """faults.md 25."""
    service.posts = [post(99)]
    cursor = list(by_feeds(server).collect({}, reach()))[-1].cursor
    server.route(POSTS, Answer(headers=ATOM, body=atom([post(count) for count in range(150, 125, -1)])))

    batches = list(by_feeds(server).collect(cursor, reach()))

    assert len(ids(batches)) == 25
    assert len(server.asked(POSTS)) == 3
    assert "rest" not in batches[-1].cursor


def test_a_429_after_the_posts_lets_the_next_poll_begin_with_the_comments(
    server: ScriptedServer, service: FeedService
) -> None:
    """faults.md 16. Reddit lets an address ask about once a minute."""
    service.posts, service.comments = [post(100)], [comment(200)]
    server.route(COMMENTS, Answer(429, {"x-ratelimit-reset": "55"}))
    reading = by_feeds(server).collect({}, reach())
    posts = next(reading)
    with pytest.raises(TryLater) as raised:
        next(reading)
    server.route(COMMENTS, lambda asked: service.feed(service.comments, asked))

    comments = list(by_feeds(server).collect(posts.cursor, reach()))
    both = list(by_feeds(server).collect(comments[-1].cursor, reach()))

    assert raised.value.after == timedelta(seconds=55)
    assert (ids([posts]), ids(comments), ids(both)) == (["t3_100"], ["t1_200"], [])
    assert len(both) == 2


def test_when_nothing_is_left_it_stops_and_says_until_when(
    server: ScriptedServer, service: FeedService
) -> None:
    """faults.md 23."""
    service.posts, service.comments = [post(100)], [comment(200)]
    service.headers = {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "1", "x-ratelimit-reset": "42"}

    first = list(by_feeds(server).collect({}, reach()))
    second = list(by_feeds(server).collect(first[-1].cursor, reach()))

    assert [batch.wait for batch in first] == [timedelta(seconds=42)]
    assert first[0].quota is not None
    assert (ids(first), ids(second)) == (["t3_100"], ["t1_200"])


@pytest.mark.parametrize(
    "cursor",
    [{"next": 7, "rest": 3}, {"next": "likes", "rest": {"posts": {"after": "x"}}}, {"rest": {"posts": []}}],
)
def test_a_cursor_that_it_does_not_understand_is_a_first_reading(
    server: ScriptedServer, service: FeedService, cursor: dict[str, object]
) -> None:
    service.posts = [post(100)]

    assert ids(list(by_feeds(server).collect(cursor, reach()))) == ["t3_100"]  # type: ignore[arg-type]


# what goes wrong


@pytest.mark.parametrize(
    ("answered", "expected", "words"),
    [
        (Answer(403, {}, '{"reason": "private"}'), NeedsAttention, "private"),
        (Answer(403, {}, "<html>You've been blocked by network security.</html>"), NeedsAttention, "network"),
        (Answer(404, {}, '{"reason": "banned"}'), TryLater, "banned"),
        (Answer(410), NeedsAttention, "410"),
        (Answer(429, {"Retry-After": "60"}), TryLater, "asks to wait"),
        (Answer(503), TryLater, "trouble of its own"),
        (Answer(200, ATOM, ""), TryLater, "no feed"),
        (Answer(200, {}, "<!doctype html><html><body>log in</body></html>"), TryLater, "no feed"),
        (Answer(200, ATOM, atom([post(100)])[:-30]), TryLater, "not all of one"),
        (Answer(200, ATOM, f"<!DOCTYPE feed [<!ENTITY a 'b'>]>{atom([])[38:]}"), TryLater, "no feed"),
        (Answer(200, ATOM, atom([]), cut_after=50), TryLater, "cut off"),
    ],
    ids=[
        "private",
        "blocked",
        "banned",
        "gone",
        "429",
        "503",
        "empty",
        "page",
        "broken off",
        "doctype",
        "cut",
    ],
)
def test_an_answer_says_what_to_do_next(
    server: ScriptedServer, service: FeedService, answered: Answer, expected: type, words: str
) -> None:
    """faults.md 13, 16, 17, 18, 19, 21, 27."""
    server.route(POSTS, answered)

    error = fault(server)

    assert isinstance(error, expected)
    assert words in str(error)
    assert "r/foodbanks" in str(error)


def test_a_subreddit_that_is_not_there_is_missing(server: ScriptedServer, service: FeedService) -> None:
    """Reddit sends whoever asks for it to a search for subreddits of that name."""
    server.route(POSTS, Answer(302, {"Location": "/subreddits/search.rss?q=foodbanks"}))
    server.route("/subreddits/search.rss", Answer(headers=ATOM, body=atom([])))

    error = fault(server)

    assert isinstance(error, TryLater)
    assert error.missing


@pytest.mark.parametrize(
    "bad",
    [
        "<entry><title>no id</title></entry>",
        "<entry><id>https://elsewhere.example/1</id><title>a stranger</title></entry>",
        "<entry><id>t3_5</id></entry>",
        "<entry><id>t5_2qk00</id><title>a subreddit</title></entry>",
    ],
)
def test_one_bad_entry_among_good_ones_is_skipped_in_words(
    server: ScriptedServer, service: FeedService, bad: str
) -> None:
    service.posts = [post(102), bad, post(101)]

    batches = list(by_feeds(server).collect({}, reach()))

    assert ids(batches) == ["t3_102", "t3_101"]
    assert "entry 2" in batches[0].skipped[0]


def test_odd_fields_do_not_cost_the_entry(server: ScriptedServer, service: FeedService) -> None:
    """faults.md 28, 30, 32."""
    odd = (
        "<entry><id>t1_5</id><title>&#1;&bogus;</title><published>soon</published>"
        '<author><name></name></author><link/><content type="html">Late &lt;b&gt;again&lt;/b&gt;</content></entry>'
    )
    service.comments = [odd]

    (told,) = mentions(list(by_feeds(server).collect({}, reach())))

    assert (told.text, told.author, told.published_at, told.thread_id) == ("Late again", None, None, None)


@pytest.mark.parametrize(
    "entries",
    [
        f"<entry><id>t1_5</id><content>{'&' * 500_000}</content></entry>",
        f"<entry><id>t3_5</id><content>{escape(MD) * 50_000}</content></entry>",
        f"<entry><id>t3_5</id><title>x</title><content>{escape('<a href=' + chr(34)) * 50_000}</content></entry>",
        f"<entry><id>t1_5</id><author><name>{'x' * 1_000_000}</name></author><content>x</content></entry>",
        "<entry>" * 20_000 + "</entry>" * 20_000,
        "<entry><id>t1_5</id><content>x</content></entry>" * 20_000,
    ],
    ids=["ampersands", "beginnings", "links", "a name", "nested", "many"],
)
def test_a_feed_of_a_strange_shape_costs_little(entries: str) -> None:
    """faults.md 27, 33, 34. The dearest took 15 times the unit, where it was measured."""
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()

    cost = effort(lambda: read_atom(feed, now=NOW))
    page = read_atom(feed, now=NOW)

    assert page is not None
    assert len(page.items) <= 200
    assert cost < 200


@pytest.mark.parametrize("given", [{"client_id": "i"}, {"client_secret": Secret("canary")}])
def test_half_of_the_keys_is_refused_at_once(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="belong together") as raised:
        Reddit(subreddit="foodbanks", **given)  # type: ignore[arg-type]

    assert "canary" not in str(raised.value)


def test_nothing_but_the_given_address_is_asked(server: ScriptedServer) -> None:
    """faults.md 8. Without a base_url it asks Reddit itself, which the rules of this test do not let it reach."""
    with pytest.raises(EarshotError, match=r"www\.reddit\.com"):
        list(Reddit(subreddit="foodbanks").collect({}, reach()))
