"""The contract of all collectors, for channel mastodon: a scripted Mastodon acts each of its lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta

from collectors.contract_suite import NOW, Scenario, World, collector_contract
from collectors.mastodon import Mastodon
from model import Secret
from tests.mastodon_service import NOTIFICATIONS, SEARCH, TAG, TOKEN, MastodonService, notification, status
from tests.scripted import Answer, Request, ScriptedServer

NOBODY_CAN_READ = {"id": "1000000001x", "content": None}


def acted(
    path: str, settings: Mapping[str, object]
) -> Callable[[World], AbstractContextManager[Mapping[str, object]]]:
    """Return what acts the world as the list at a path, which a source with these settings reads."""

    @contextmanager
    def serve(world: World) -> Iterator[Mapping[str, object]]:
        with ScriptedServer() as server:
            service = MastodonService(server)

            def listed(asked: Request) -> Answer:
                said = [status(1_000_000_000 + each.number, each.text, each.at) for each in world.posts]
                service.statuses = [*said, *([NOBODY_CAN_READ] if world.has_bad_item else [])]
                if path == SEARCH:
                    whole = service.search(asked)
                elif path == TAG:
                    whole = service.listing(service.statuses, asked)
                else:
                    told = [notification(5000 + place, each) for place, each in enumerate(said)]
                    bad = [{"id": "5001x", "status": NOBODY_CAN_READ}] if world.has_bad_item else []
                    whole = service.listing([*told, *bad], asked)
                if world.fault is None:
                    return whole
                if world.fault.cut_after is not None:
                    return replace(whole, cut_after=min(world.fault.cut_after, len(whole.content) - 1))
                return Answer(world.fault.status, world.fault.headers, world.fault.body)

            server.route(path, listed)
            yield {"instance": "social.example", "base_url": server.url, **settings}

    return serve


def until_reset(pause: timedelta) -> Mapping[str, str]:
    """Ask for a pause as Mastodon does: by the date when it ends."""
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + pause:%Y-%m-%dT%H:%M:%S}.348080Z"}


def scenario(path: str, settings: Mapping[str, object]) -> Scenario:
    return Scenario(
        channel="mastodon",
        collector=Mastodon,
        serve=acted(path, settings),
        pause=until_reset,
        heavy=("mastodon",),
    )


TestHashtag = collector_contract(scenario(TAG, {"hashtag": "foodbank"}))
TestSearch = collector_contract(scenario(SEARCH, {"query": "boxes", "access_token": Secret(TOKEN)}))
TestMentions = collector_contract(scenario(NOTIFICATIONS, {"access_token": Secret(TOKEN)}))
