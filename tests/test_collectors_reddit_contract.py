"""The contract of all collectors, for channel reddit, by API and by feeds: a scripted Reddit acts the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from collectors.contract_suite import Scenario, World, collector_contract
from collectors.reddit import Reddit
from model import Secret
from tests.reddit_feeds import POSTS, FeedService
from tests.reddit_service import RedditService, post
from tests.scripted import Answer, Request, ScriptedServer

NO_ID = {"kind": "t3", "data": {"title": "nobody can read this"}}


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as the posts of r/foodbanks, where nobody comments."""
    with ScriptedServer() as server:
        service = RedditService(server)

        def posts(asked: Request) -> Answer:
            said = posts_of(world)
            bad = [NO_ID] if world.has_bad_item else []
            return faulty(service.listing([*said[:1], *bad, *said[1:]], asked), world)

        server.route("/r/foodbanks/new", posts)
        yield {
            "subreddit": "foodbanks",
            "client_id": "an-id",
            "client_secret": Secret("canary-reddit-secret"),
            "base_url": server.url,
        }


@contextmanager
def acted_by_feeds(world: World) -> Iterator[Mapping[str, object]]:
    """Act the same world as Reddit's own feeds."""
    with ScriptedServer() as server:
        service = FeedService(server)

        def posts(asked: Request) -> Answer:
            said = posts_of(world)
            bad = ["<entry><title>nobody can read this</title></entry>"] if world.has_bad_item else []
            return faulty(service.feed([*said[:1], *bad, *said[1:]], asked), world)

        server.route(POSTS, posts)
        yield {"subreddit": "foodbanks", "base_url": server.url}


def posts_of(world: World) -> list[dict[str, Any]]:
    """Return what the world says as posts, newest first."""
    return [
        post(1000 + each.number, each.text, author=each.author, created_utc=each.at.timestamp())
        for each in reversed(world.posts)
    ]


def faulty(whole: Answer, world: World) -> Answer:
    """Return the answer as the world's fault leaves it."""
    if world.fault is None:
        return whole
    if world.fault.cut_after is not None:
        return replace(whole, cut_after=world.fault.cut_after)
    return Answer(world.fault.status, world.fault.headers, world.fault.body)


TestContract = collector_contract(
    Scenario(channel="reddit", collector=Reddit, serve=acted, heavy=("praw", "prawcore"))
)

TestContractByFeeds = collector_contract(
    Scenario(channel="reddit", collector=Reddit, serve=acted_by_feeds, many=90, heavy=("praw", "lxml"))
)
