"""The contract of all collectors, for channel bluesky: a scripted Bluesky acts the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from collectors.bluesky import Bluesky
from collectors.bluesky.sessions import forget_sessions
from collectors.contract_suite import NOW, Scenario, World, collector_contract
from model import Secret
from tests.bluesky_service import PASSWORD, SEARCH, BlueskyService, post
from tests.scripted import Answer, Request, ScriptedServer


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as a search."""
    forget_sessions()
    with ScriptedServer() as server:
        service = BlueskyService(server)

        def search(asked: Request) -> Answer:
            service.posts = [post(each.number, each.text, each.at) for each in world.posts]
            if world.has_bad_item:
                service.posts.append({"uri": "nobody can read this"})
            whole = service.search(asked)
            if world.fault is None:
                return whole
            if world.fault.cut_after is not None:
                return replace(whole, cut_after=world.fault.cut_after)
            return Answer(world.fault.status, world.fault.headers, world.fault.body)

        server.route(SEARCH, search)
        yield {
            "query": "food",
            "handle": "rfn.example",
            "app_password": Secret(PASSWORD),
            "base_url": server.url,
        }


def until_reset(pause: timedelta) -> Mapping[str, str]:
    """Ask for a pause as Bluesky does: by the moment when it ends."""
    reset = str(int((NOW + pause).timestamp()))
    return {"ratelimit-limit": "3000", "ratelimit-remaining": "0", "ratelimit-reset": reset}


TestContract = collector_contract(
    Scenario(
        channel="bluesky",
        collector=Bluesky,
        serve=acted,
        pause=until_reset,
        heavy=("atproto_client", "atproto_core", "httpx"),
    )
)
