"""The contract of all collectors, for channel matrix: a played homeserver acts the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from collectors.contract_suite import Scenario, World, collector_contract
from collectors.matrix import Matrix
from model import Secret
from tests.matrix_service import Homeserver, Room
from tests.scripted import Answer, Request

ROOM = "!acted:fake.example"
US = "@us:fake.example"


class ActedHomeserver(Homeserver):
    """Says what the World says, whenever it is asked."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.rooms[ROOM] = Room({US})
        self.said = 0
        self.said_bad = False

    def answer(self, request: Request) -> Answer:
        for post in self.world.posts[self.said :]:
            moment = int(post.at.timestamp() * 1000)
            content = {"msgtype": "m.text", "body": post.text}
            self.add(ROOM, f"@{post.author}:fake.example", "m.room.message", content, origin_server_ts=moment)
        self.said = len(self.world.posts)
        if self.world.has_bad_item and not self.said_bad:
            self.add(ROOM, "nobody", "m.room.message", {"body": "nobody can read this"}, event_id=17)
            self.said_bad = True
        fault = self.world.fault
        self.cut_after = fault.cut_after if fault is not None else None
        plain = fault is None or fault.cut_after is not None
        self.instead = None if plain or fault is None else Answer(fault.status, fault.headers, fault.body)
        return super().answer(request)


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    with ActedHomeserver(world) as server:
        yield {
            "homeserver": "fake.example",
            "base_url": server.url,
            "access_token": Secret("canary-token"),
            "rooms": (ROOM,),
        }


TestContract = collector_contract(
    Scenario(channel="matrix", collector=Matrix, serve=acted, heavy=("nio", "aiohttp", "asyncio"))
)
