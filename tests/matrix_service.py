"""A small homeserver on a scripted server: rooms, tokens and pages as Synapse has them, held to its scenario."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.matrix_people import Member, Place
from tests.scripted import Answer, Request, ScriptedServer

JSON = {"Content-Type": "application/json"}
TOKENS = {
    "ana-token": "@ana:fake.example",
    "ben-token": "@ben:fake.example",
    "canary-token": "@us:fake.example",
}
API = "/_matrix/client/v3/"
FIRST = 1000  # the position before anything was said


@dataclass
class Room:
    """Who is in it, and its events in order; each has its position in the whole server."""

    members: set[str] = field(default_factory=set)
    events: list[tuple[int, dict[str, Any]]] = field(default_factory=list)


class Homeserver(ScriptedServer):
    """``with Homeserver() as server:`` speaks as much of the client API as the scenario and the collector use."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.rooms: dict[str, Room] = {}
        self.aliases: dict[str, str] = {}
        self.position = FIRST
        self.instead: Answer | None = None  # of everything that is asked
        self.cut_after: int | None = None

    def place(self) -> Place:
        """Return it as the scenario wants it."""
        http = Http(LOOPBACK_ONLY)
        ana, ben, us = (Member(self.url, name, token, http) for token, name in TOKENS.items())
        return Place("fake.example", self.url, ana, ben, us, http)

    def add(self, room: str, sender: str, kind: str, content: Any, **more: Any) -> str:
        """Let an event happen; return its id."""
        self.position += 1
        event = {
            "event_id": f"$event{self.position}",
            "sender": sender,
            "type": kind,
            "origin_server_ts": int(time.time() * 1000),
            "content": content,
            "room_id": room,
            **more,
        }
        self.rooms[room].events.append((self.position, event))
        return str(event["event_id"])

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.instead is not None:
            return self.instead
        path = request.path.removeprefix(API)
        whole = self._answer(request, path)
        return whole if self.cut_after is None else Answer(200, JSON, whole.body, cut_after=self.cut_after)

    def _answer(self, request: Request, path: str) -> Answer:
        if path == request.path:
            return super().answer(request)
        user = TOKENS.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if user is None:
            return refused(401, "M_UNKNOWN_TOKEN")
        parts = [unquote(part) for part in path.split("/")]
        body = json.loads(request.body or b"{}") if request.method != "GET" else {}
        query = {name: values[0] for name, values in request.query.items()}
        match (request.method, *parts):
            case ("POST", "createRoom"):
                return self._create(user, body)
            case ("POST", "join", room):
                self.rooms[room].members.add(user)
                self.add(room, user, "m.room.member", {"membership": "join"}, state_key=user)
                return good({"room_id": room})
            case ("POST", "rooms", room, "leave"):
                self.rooms[room].members.discard(user)
                return good({})
            case ("GET", "joined_rooms"):
                mine = [name for name, room in self.rooms.items() if user in room.members]
                return good({"joined_rooms": mine})
            case ("GET", "directory", "room", alias):
                meant = self.aliases.get(alias)
                return good({"room_id": meant, "servers": []}) if meant else refused(404, "M_NOT_FOUND")
            case ("GET", "sync"):
                return self._sync(user, query)
            case _:
                return self._in_room(request.method, user, parts, body, query)

    def _create(self, user: str, body: Mapping[str, Any]) -> Answer:
        room = f"!room{len(self.rooms)}:fake.example"
        self.rooms[room] = Room({user})
        self.add(room, user, "m.room.create", {}, state_key="")
        if "room_alias_name" in body:
            self.aliases[f"#{body['room_alias_name']}:fake.example"] = room
        return good({"room_id": room})

    def _in_room(
        self, method: str, user: str, parts: list[str], body: dict[str, Any], query: Mapping[str, str]
    ) -> Answer:
        room = parts[1]
        if user not in self.rooms[room].members:
            return refused(403, "M_FORBIDDEN")
        match (method, *parts[2:]):
            case ("PUT", "send", kind, _):
                return good({"event_id": self.add(room, user, kind, body)})
            case ("PUT", "state", kind, key):
                return good({"event_id": self.add(room, user, kind, body, state_key=key)})
            case ("PUT", "redact", event, _):
                return good({"event_id": self._redact(room, user, event)})
            case ("GET", "messages"):
                return self._messages(self.rooms[room], query)
            case ("GET", "event", event):
                found = [told for _, told in self.rooms[room].events if told["event_id"] == event]
                return good(self._shown(room, found[0])) if found else refused(404, "M_NOT_FOUND")
        return refused(404, "M_UNRECOGNIZED")

    def _redact(self, room: str, user: str, event: str) -> str:
        event_id = self.add(room, user, "m.room.redaction", {"redacts": event}, redacts=event)
        for _, told in self.rooms[room].events:
            if told["event_id"] == event:
                told["content"] = {}
                told["unsigned"] = {"redacted_because": {"event_id": event_id}}
        return event_id

    def _shown(self, room: str, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event with its writer's newest edit, as Synapse bundles it."""
        edits = [
            each
            for _, each in self.rooms[room].events
            if _relation(each).get("rel_type") == "m.replace"
            and _relation(each).get("event_id") == event["event_id"]
            and each["sender"] == event["sender"]
        ]
        if not edits:
            return event
        return {**event, "unsigned": {**event.get("unsigned", {}), "m.relations": {"m.replace": edits[-1]}}}

    def _sync(self, user: str, query: Mapping[str, str]) -> Answer:
        since = _number(query["since"]) if "since" in query else None
        wanted = json.loads(query["filter"])["room"]
        types, limit = wanted["timeline"]["types"], wanted["timeline"]["limit"]
        told = {}
        for name in wanted["rooms"]:
            room = self.rooms.get(name)
            if room is None or user not in room.members:
                continue
            new = [each for each in room.events if each[0] > (since or 0) and _wanted(each[1], types)]
            timeline = [self._shown(name, event) for _, event in new[-limit:]]
            before = f"t1-{new[-limit:][0][0] - 1}_0" if new else f"s{self.position}_0"
            if new or since is None:
                line = {"events": timeline, "limited": len(new) > limit, "prev_batch": before}
                told[name] = {"timeline": line}
        answer: dict[str, Any] = {"next_batch": f"s{self.position}_0"}
        return good({**answer, "rooms": {"join": told}} if told else answer)

    def _messages(self, room: Room, query: Mapping[str, str]) -> Answer:
        assert query["dir"] == "b"
        start = _number(query["from"]) if "from" in query else self.position
        end = _number(query["to"]) if "to" in query else 0
        types = json.loads(query["filter"])["types"]
        older = [each for each in reversed(room.events) if end < each[0] <= start and _wanted(each[1], types)]
        page = older[: int(query["limit"])]
        answer: dict[str, Any] = {"chunk": [self._shown(event["room_id"], event) for _, event in page]}
        answer["start"] = f"t1-{start}_0"
        if page:
            answer["end"] = f"t1-{page[-1][0] - 1}_0"
        return good(answer)


def good(body: object) -> Answer:
    return Answer(200, JSON, json.dumps(body))


def refused(status: int, code: str, **more: Any) -> Answer:
    return Answer(status, JSON, json.dumps({"errcode": code, "error": "no", **more}))


def _wanted(event: Mapping[str, Any], types: list[str]) -> bool:
    return event.get("type") in types


def _relation(event: Mapping[str, Any]) -> Mapping[str, Any]:
    content = event["content"]
    relation = content.get("m.relates_to") if isinstance(content, dict) else None
    return relation if isinstance(relation, dict) else {}


def _number(token: str) -> int:
    match = re.fullmatch(r"(?:s|t1-)(\d+)_0", token)
    assert match, token
    return int(match[1])
