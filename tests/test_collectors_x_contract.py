"""The contract of all collectors, for channel x: a scripted X acts the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from collectors.contract_suite import NOW, Scenario, World, collector_contract
from collectors.x import X
from model import Secret
from tests.scripted import Answer, Request, ScriptedServer
from tests.x_service import SEARCH, XService, id_at, post


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as a search."""
    with ScriptedServer() as server:
        service = XService(server)

        def search(asked: Request) -> Answer:
            service.posts = [
                post(id_at(each.at, each.number), each.text, created_at=f"{each.at:%Y-%m-%dT%H:%M:%S}.000Z")
                for each in reversed(world.posts)
            ]
            if world.has_bad_item:
                service.posts.insert(1, {"text": "nobody can read this"})
            whole = service.search(asked)
            if world.fault is None:
                return whole
            if world.fault.cut_after is not None:
                return replace(whole, cut_after=world.fault.cut_after)
            return Answer(world.fault.status, world.fault.headers, world.fault.body)

        server.route(SEARCH, search)
        yield {
            "query": "food",
            "bearer_token": Secret("canary-x-token"),
            "base_url": server.url,
            "max_posts_per_poll": 1000,
            "budget_posts_per_day": 10_000,
            "budget_dollars_per_month": 1000.0,
        }


def until_reset(pause: timedelta) -> Mapping[str, str]:
    """Ask for a pause as X does: by the moment when it ends."""
    return {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int((NOW + pause).timestamp()))}


TestContract = collector_contract(
    Scenario(channel="x", collector=X, serve=acted, pause=until_reset, heavy=("tweepy",))
)
