"""The probe's place on channel matrix: a room on a played homeserver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from model import Secret
from tests.matrix_service import Homeserver, Room
from tests.probe import Place, Said, World
from tests.scripted import Answer, Request

ROOM = "!place:fake.example"
PAGES = ("/sync", "/messages")


class ActedHomeserver(Homeserver):
    """Says what the World says; what befalls, befalls its pages."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.rooms[ROOM] = Room({"@us:fake.example"})
        self.events: dict[int, str] = {}  # of what was said, by its number
        self.texts: dict[int, str] = {}
        self.taken_back: set[int] = set()
        self.has_said_bad = False

    def answer(self, request: Request) -> Answer:
        if request.path.endswith(PAGES):
            return self.world.answering(super().answer)(request)
        return super().answer(request)

    def show(self) -> None:
        """Let happen what has happened in the world: words, new words, and words taken back."""
        for said in self.world.said:
            sender, number = f"@{said.author}:fake.example", said.number
            if number not in self.events:
                self.events[number] = self._say(sender, said)
            elif said.text != self.texts[number]:
                new = {"msgtype": "m.text", "body": said.text}
                relation = {"rel_type": "m.replace", "event_id": self.events[number]}
                content = {**new, "body": f"* {said.text}", "m.new_content": new, "m.relates_to": relation}
                self.add(ROOM, sender, "m.room.message", content)
            self.texts[number] = said.text
            if said.is_gone and number not in self.taken_back:
                self.taken_back.add(number)
                self._redact(ROOM, sender, self.events[number])
        if self.world.has_bad_item and not self.has_said_bad:
            self.has_said_bad = True
            self.add(ROOM, "nobody", "m.room.message", {"body": "nobody can read this"}, event_id=17)

    def _say(self, sender: str, said: Said) -> str:
        content: dict[str, Any] = {"msgtype": "m.text", "body": said.text}
        if said.answers is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": self.events[said.answers.number]}}
        assert said.at is not None
        moment = int(said.at.timestamp() * 1000)
        return self.add(ROOM, sender, "m.room.message", content, origin_server_ts=moment)


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as messages in a room."""
    with ActedHomeserver(world) as server:
        world.show = server.show
        yield {
            "homeserver": "fake.example",
            "base_url": server.url,
            "access_token": Secret("canary-token"),
            "rooms": (ROOM,),
        }


PLACE = Place(
    channel="matrix",
    serve=serve,
    first_reads=1000,
    handle=lambda name: f"@{name}:fake.example",
    cannot={
        "undated": "each event has a time; one without is told as skipped",
        "silent edits": "an edit is an event of its own",
        "returns": "what was taken back is so for good",
        "the list is empty for one poll": "a room is read by what happens there, not by a list",
        "listed twice": "an event stands in a room once",
        "accounts": "what a closed account said stays, or is taken back as any message",
        "renews": "a token does not end by itself",
        "forgets pages": "pages are named by places in the room",
        "quota": "no quota is told",
        "ids by hand": "the homeserver makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
    },
    misses={
        "a page that repeats": "it is told, and what is older than that page is left out",
    },
)
