"""Libraries that insist on requests go through our own client, and their errors are ours."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import praw
import prawcore
import pytest
import requests
import tweepy  # type: ignore[import-untyped]

from errors import NeedsAttention, TryLater
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from net.requests_session import own_error, session
from tests.scripted import Answer, ScriptedServer


@pytest.fixture
def asking() -> Iterator[requests.Session]:
    http = Http(LOOPBACK_ONLY, deadline=timedelta(seconds=0.5), max_bytes=1 << 20)
    with session(http) as made:
        yield made
    http.close()


def test_sends_and_answers_as_requests_does(server: ScriptedServer, asking: requests.Session) -> None:
    server.route(
        "/a",
        lambda request: Answer(201, {"X-A": "b", "Content-Type": "text/plain; charset=utf-8"}, request.body),
    )

    response = asking.post(server.url + "/a", params={"q": "1"}, data={"food": "bänk"}, auth=("me", "key"))

    assert (response.status_code, response.text, response.headers["x-a"]) == (201, "food=b%C3%A4nk", "b")
    assert server.requests[0].query == {"q": ["1"]}
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_follows_redirects_under_the_same_rules(server: ScriptedServer, asking: requests.Session) -> None:
    """faults.md 3, 9, 14."""
    with ScriptedServer() as other:
        server.route("/a", Answer(302, {"Location": other.url + "/b"}))
        other.route("/b", Answer(body="there"))
        server.route("/private", Answer(302, {"Location": "http://10.0.0.1/"}))
        server.route("/round", Answer(302, {"Location": "/round"}))
        server.route("/post", Answer(307, {"Location": other.url + "/b"}))

        found = asking.get(server.url + "/a", headers={"Authorization": "Bearer k", "X-Api-Key": "k"})

        assert found.text == "there"
        assert not {"authorization", "x-api-key"} & set(other.requests[0].headers)
        with pytest.raises(NeedsAttention, match="only this machine"):
            asking.get(server.url + "/private")
        with pytest.raises(NeedsAttention, match="more than 5 times"):
            asking.get(server.url + "/round")
        with pytest.raises(NeedsAttention, match="posted"):
            asking.post(server.url + "/post", data=b"secret")
        assert asking.get(server.url + "/a", allow_redirects=False).status_code == 302


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(reset=True), TryLater),
        (Answer(body="x" * 99, drip=0.05), TryLater),
        (Answer(body="x" * 99, cut_after=3), TryLater),
        (Answer(endless=True), NeedsAttention),
    ],
)
def test_trouble_comes_out_as_itself(
    server: ScriptedServer, asking: requests.Session, answer: Answer, kind: type[Exception]
) -> None:
    """faults.md 10, 12, 13."""
    server.route("/", answer)

    with pytest.raises(kind):
        asking.get(server.url, timeout=100)


def test_tweepy_lets_our_errors_through_and_asks_only_once() -> None:
    asked: list[str] = []

    def private(host: str, port: int) -> list[tuple[int, Any]]:
        asked.append(host)
        return [(socket.AF_INET, ("10.0.0.1", port))]

    http = Http(LOOPBACK_ONLY, resolve=private)
    client = tweepy.Client(bearer_token="k", wait_on_rate_limit=True)
    client.session = session(http)

    with pytest.raises(NeedsAttention, match="only this machine"):
        client.search_recent_tweets("food")

    assert asked == ["api.twitter.com"]
    http.close()


def test_praw_wraps_our_errors_and_asks_only_once(server: ScriptedServer, asking: requests.Session) -> None:
    server.route("/api/v1/access_token", Answer(reset=True))
    reddit = praw.Reddit(
        client_id="a",
        client_secret="canary",
        user_agent="earshot tests",
        reddit_url=server.url,
        oauth_url=server.url,
        requestor_kwargs={"session": asking},
        check_for_updates=False,
    )

    with pytest.raises(prawcore.RequestException) as caught:
        next(iter(reddit.subreddit("foodbanks").new(limit=1)))

    assert isinstance(own_error(caught.value), TryLater)
    assert len(server.requests) == 1


def test_finds_our_error_however_it_is_wrapped() -> None:
    ours = TryLater("later")
    caused = ValueError("outer")
    caused.__cause__ = KeyError("inner")
    caused.__cause__.__context__ = ours

    assert own_error(ours) is ours
    assert own_error(caused) is ours
    assert own_error(OSError("a", ours)) is ours
    assert own_error(ValueError("theirs")) is None
