"""The contract of all collectors, for channel reddit: a scripted Reddit acts the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from collectors.contract_suite import Scenario, World, collector_contract
from collectors.reddit import Reddit
from model import Secret
from tests.reddit_service import RedditService, post
from tests.scripted import Answer, Request, ScriptedServer

NO_ID = {"kind": "t3", "data": {"title": "nobody can read this"}}


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as the posts of r/foodbanks, where nobody comments."""
    with ScriptedServer() as server:
        service = RedditService(server)

        def posts(asked: Request) -> Answer:
            said = [
                post(1000 + each.number, each.text, author=each.author, created_utc=each.at.timestamp())
                for each in reversed(world.posts)
            ]
            bad = [NO_ID] if world.has_bad_item else []
            whole = service.listing([*said[:1], *bad, *said[1:]], asked)
            if world.fault is None:
                return whole
            if world.fault.cut_after is not None:
                return replace(whole, cut_after=world.fault.cut_after)
            return Answer(world.fault.status, world.fault.headers, world.fault.body)

        server.route("/r/foodbanks/new", posts)
        yield {
            "subreddit": "foodbanks",
            "client_id": "an-id",
            "client_secret": Secret("canary-reddit-secret"),
            "base_url": server.url,
        }


TestContract = collector_contract(
    Scenario(channel="reddit", collector=Reddit, serve=acted, heavy=("praw", "prawcore"))
)
