"""The invented town on the wire: its answers please the real client libraries, and its end leaves nothing behind."""

from __future__ import annotations

import io
import json
import re
import threading
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from collectors.demo import Community, serve
from collectors.demo.items import Place, external_id, places, standing

MOMENT = datetime(2026, 11, 21, 11, 30, tzinfo=UTC)
FEEDS = [place for place in places() if place.channel == "rss"]
AWAKE = [place for place in FEEDS if not place.down_at_first]


@pytest.fixture
def community() -> Iterator[Community]:
    with serve(MOMENT) as town:
        yield town


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    asked = urlsplit(url)
    connection = HTTPConnection(asked.hostname or "", asked.port, timeout=5)
    try:
        connection.request(
            "GET",
            f"{asked.path}?{asked.query}",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def feed(community: Community, place: Place, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return get(f"{community.url}/feeds/{place.name}", **headers)


# Feeds


@pytest.mark.parametrize(
    "place", [place for place in AWAKE if place.format != "jsonfeed"], ids=lambda place: place.name
)
def test_writes_feeds_that_feedparser_reads_without_complaint(community: Community, place: Place) -> None:
    import feedparser

    status, headers, body = feed(community, place)
    parsed = feedparser.parse(io.BytesIO(body), response_headers=headers)

    assert (status, parsed.bozo) == (200, False)
    assert parsed.version == {"atom": "atom10", "rdf": "rss10"}.get(place.format, "rss20")
    assert {entry.id for entry in parsed.entries} == {external_id(place, item) for item in standing(place, 1)}
    dated = [
        entry for entry in parsed.entries if entry.get("published_parsed") or entry.get("updated_parsed")
    ]
    assert len(parsed.entries) - len(dated) == (1 if place.name == "northside-blog" else 0)


def test_writes_a_json_feed(community: Community) -> None:
    (place,) = [place for place in FEEDS if place.format == "jsonfeed"]

    _, headers, body = feed(community, place)

    assert headers["content-type"].startswith("application/feed+json")
    assert {item["id"] for item in json.loads(body)["items"]} == {
        external_id(place, item) for item in place.items
    }


@pytest.mark.parametrize("place", AWAKE, ids=lambda place: place.name)
def test_answers_304_without_a_body_to_who_has_it(community: Community, place: Place) -> None:
    _, headers, _ = feed(community, place)

    by_etag = feed(
        community, place, If_None_Match=headers["etag"], If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT"
    )
    by_date = feed(community, place, If_Modified_Since=headers["last-modified"])
    other = feed(community, place, If_None_Match='"other"', If_Modified_Since=headers["last-modified"])

    assert (by_etag[0], by_etag[2]) == (304, b"")
    assert (by_date[0], by_date[2]) == (304, b"")
    assert by_etag[1]["etag"] == headers["etag"]
    assert other[0] == 200


def test_changes_some_feeds_at_the_second_poll_and_leaves_the_others(community: Community) -> None:
    before = {place.name: feed(community, place)[1]["etag"] for place in AWAKE}

    community.advance()

    again = {place.name: feed(community, place, If_None_Match=before[place.name])[0] for place in AWAKE}
    changed = {name for name, status in again.items() if status == 200}
    assert changed == {"northside-blog", "mile-end-news", "casa-marea", "aldermouth-talk"}
    assert set(again.values()) == {200, 304}


def test_has_moved_one_feed_for_good(community: Community) -> None:
    status, headers, _ = get(f"{community.url}/feeds/talk-old")

    assert status == 301
    assert headers["location"] == f"{community.url}/feeds/aldermouth-talk"
    assert get(headers["location"])[0] == 200


def test_has_one_feed_that_sleeps_at_first_and_is_back(community: Community) -> None:
    (place,) = [place for place in FEEDS if place.down_at_first]
    status, headers, _ = feed(community, place)

    community.advance()

    assert (status, headers["retry-after"]) == (503, "60")
    assert feed(community, place)[0] == 200


def test_knows_no_other_address(community: Community) -> None:
    assert get(f"{community.url}/")[0] == 404
    assert get(f"{community.url}/feeds/nowhere")[0] == 404
    assert get(f"{community.url}/reddit/r/nowhere/new", Authorization="bearer demo")[0] == 404
    assert get(f"{community.url}/reddit/r/aldermouth/new")[0] == 401
    assert get(f"{community.url}/x/2/tweets/search/recent")[0] == 401


def test_lists_one_post_twice_and_one_without_a_date(community: Community) -> None:
    forum = next(place for place in FEEDS if place.format == "forum")
    blog = next(place for place in FEEDS if place.name == "northside-blog")

    guids = re.findall(rb"<guid[^>]*>([^<]+)", feed(community, forum)[2])
    body = feed(community, blog)[2]

    assert sorted(Counter(guids).values())[-2:] == [1, 2]
    assert body.count(b"<item>") - body.count(b"<pubDate>") == 1


# Reddit and X, through the libraries that Earshot uses


def listing(community: Community) -> str:
    return get(f"{community.url}/reddit/r/aldermouth/comments", Authorization="bearer demo")[2].decode()


@pytest.fixture
def reddit(community: Community) -> Iterator[Any]:
    import praw
    import requests

    with requests.Session() as session:
        session.trust_env = False
        yield praw.Reddit(
            client_id="demo",
            client_secret="demo",
            user_agent="python:earshot-test:0",
            reddit_url=f"{community.url}/reddit",
            oauth_url=f"{community.url}/reddit/",  # praw joins paths to it
            check_for_updates=False,
            check_for_async=False,
            requestor_kwargs={"session": session},
        )


@pytest.mark.parametrize("name", ["aldermouth", "FoodShareCrew"])
def test_is_read_by_praw(reddit: Any, name: str) -> None:
    (place,) = [place for place in places() if place.subreddit == name]
    shown = standing(place, 1)

    posts = list(reddit.subreddit(name).new(limit=None, params={"limit": 5}))
    comments = list(reddit.subreddit(name).comments(limit=None))

    assert [post.fullname for post in posts] == [
        external_id(place, item) for item in shown if not item.parent
    ]
    assert {comment.body for comment in comments} == {item.text for item in shown if item.parent}
    assert {comment.link_id for comment in comments} <= {post.fullname for post in posts}
    first = min(comments, key=lambda comment: comment.created_utc)
    assert first.parent_id in {thing.fullname for thing in [*posts, *comments]}
    assert (first.author.name, first.subreddit.display_name) == (first.author.name, name)


def test_is_searched_by_praw(reddit: Any) -> None:
    found = list(reddit.subreddit("aldermouth").search('riverside OR "food network"', sort="new", limit=None))

    assert 3 <= len(found) < len(list(reddit.subreddit("aldermouth").new(limit=None)))
    assert all("riverside" in f"{post.title} {post.selftext}".lower() for post in found)


def test_is_asked_by_name_and_shows_an_edit(reddit: Any, community: Community) -> None:
    (place,) = [place for place in places() if place.subreddit == "aldermouth"]
    name = external_id(place, place.item("soup-1"))

    (before,) = reddit.info(fullnames=[name])
    community.advance()
    (after,) = reddit.info(fullnames=[name])

    assert (before.edited, bool(after.edited)) == (False, True)
    assert before.body != after.body


@pytest.fixture
def twitter(community: Community) -> Iterator[Any]:
    import requests
    import tweepy  # type: ignore[import-untyped]
    from requests.adapters import HTTPAdapter

    class ToTown(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            request.url = (request.url or "").replace("https://api.twitter.com", f"{community.url}/x")
            return super().send(request, *args, **{**kwargs, "timeout": 5})

    client = tweepy.Client("demo", wait_on_rate_limit=False)
    client.session.trust_env = False
    client.session.mount("https://api.twitter.com", ToTown())
    yield client
    client.session.close()


def test_is_read_by_tweepy_page_by_page(twitter: Any) -> None:
    import tweepy

    (place,) = [place for place in places() if place.channel == "x"]
    fields = ["created_at", "conversation_id", "referenced_tweets", "lang", "author_id"]
    pages = list(
        tweepy.Paginator(
            twitter.search_recent_tweets,
            place.query,
            max_results=10,
            tweet_fields=fields,
            expansions=["author_id"],
        )
    )

    tweets = [tweet for page in pages for tweet in page.data]
    users = {user.id: user.username for page in pages for user in page.includes["users"]}
    assert len(pages) >= 3
    assert [str(tweet.id) for tweet in tweets] == [external_id(place, item) for item in standing(place, 1)]
    assert {users[tweet.author_id] for tweet in tweets} == {item.author for item in standing(place, 1)}
    assert any("R&amp;B" in tweet.text for tweet in tweets)
    assert all(tweet.conversation_id for tweet in tweets)


def test_tells_tweepy_what_came_since(twitter: Any, community: Community) -> None:
    newest = twitter.search_recent_tweets("demo", max_results=100).meta["newest_id"]

    nothing = twitter.search_recent_tweets("demo", since_id=newest)
    community.advance()
    later = twitter.search_recent_tweets("demo", since_id=newest)

    assert (nothing.data, nothing.meta["result_count"]) == (None, 0)
    assert sorted(len(tweet.edit_history_tweet_ids) for tweet in later.data) == [1, 1, 2]


def test_keeps_its_ids_when_the_moment_is_another() -> None:
    with serve(MOMENT) as one, serve(MOMENT + timedelta(days=40)) as other:
        names = [re.findall(r'"name": "(t\d_\w+)"', listing(town)) for town in (one, other)]

    assert names[0] == names[1] != []


# The house


def test_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())

    with serve(MOMENT) as community:
        feed(community, AWAKE[0])
        assert set(threading.enumerate()) > before

    assert set(threading.enumerate()) <= before


def test_writes_a_configuration_that_names_its_writer_and_every_place(community: Community) -> None:
    text = community.configuration(smtp_port=2525, store="sqlite:///other.db")
    settings = tomllib.loads(text)
    asked = {source["name"]: source.get("url") for source in settings["sources"]}

    assert re.match(r"# .*`earshot demo`", text)
    assert set(asked) == {place.name for place in places()}
    assert {get(url)[0] for url in asked.values() if url} == {200, 301, 503}
    assert settings["smtp"]["port"] == 2525
    assert settings["store"]["url"] == "sqlite:///other.db"
    assert settings["http"]["allow_private_networks"] is True
