"""A homeserver as the scenario of channel matrix sees it: people who talk in rooms by the client API.

Nothing here knows whether it is played or real.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from collectors.contract import Batch, Reach
from collectors.matrix import Matrix
from model import Cursor, Mention, Secret
from net.http import Http

_numbers = itertools.count(1)


def next_number() -> int:
    """Return a number that nothing else here has."""
    return next(_numbers)


@dataclass(frozen=True)
class Member:
    """Somebody with an account, who speaks through the client API."""

    url: str
    name: str  # @ana:homeserver
    token: str
    http: Http

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Make one request of the client API, which must succeed."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        told = json.dumps(body or {}).encode() if method != "GET" else None
        answer = self.http.request(method, f"{self.url}/_matrix/client/v3/{path}", headers=headers, body=told)
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.body[:300]!r}"
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def send(self, room: str, content: Mapping[str, Any], kind: str = "m.room.message") -> str:
        """Send an event; return its id."""
        path = f"rooms/{quote(room, safe='')}/send/{kind}/{next_number()}"
        return str(self.call("PUT", path, content)["event_id"])

    def say(self, room: str, text: str, **more: Any) -> str:
        """Say something; return the event's id."""
        return self.send(room, {"msgtype": "m.text", "body": text, **more})

    def edit(self, room: str, event: str, text: str) -> str:
        """Say that an event should have read otherwise."""
        relation = {"rel_type": "m.replace", "event_id": event}
        new = {"msgtype": "m.text", "body": text}
        return self.say(room, f"* {text}", **{"m.new_content": new, "m.relates_to": relation})

    def take_back(self, room: str, event: str) -> None:
        """Redact an event."""
        path = f"rooms/{quote(room, safe='')}/redact/{quote(event, safe='')}/{next_number()}"
        self.call("PUT", path, {"reason": "changed my mind"})

    def join(self, room: str) -> None:
        self.call("POST", f"join/{quote(room, safe='')}")

    def leave(self, room: str) -> None:
        self.call("POST", f"rooms/{quote(room, safe='')}/leave")


@dataclass
class Place:
    """A homeserver with three accounts: two that talk, and ours."""

    homeserver: str
    url: str
    ana: Member
    ben: Member
    listener: Member
    http: Http

    def room(self, *, alias: str = "", joined: bool = True) -> str:
        """Make a public room of Ana's, where Ben is too, and we if ``joined``; return its id."""
        asked: dict[str, Any] = {"preset": "public_chat", "visibility": "private"}
        if alias:
            asked["room_alias_name"] = alias
        room = str(self.ana.call("POST", "createRoom", asked)["room_id"])
        self.ben.join(room)
        if joined:
            self.listener.join(room)
        return room

    def collector(self, *rooms: str, **changed: Any) -> Matrix:
        settings: dict[str, Any] = {
            "homeserver": self.homeserver,
            "base_url": self.url,
            "access_token": Secret(self.listener.token),
            "rooms": rooms,
        }
        return Matrix(**{**settings, **changed})

    def reach(self) -> Reach:
        return Reach(http=self.http, now=lambda: datetime.now(UTC), ours={})

    def read(self, collector: Matrix, cursor: Cursor | None = None) -> list[Batch]:
        """Collect to the end, from a cursor that has been to the store and back."""
        return list(collector.collect(json.loads(json.dumps(cursor or {})), self.reach()))


def heard(batches: list[Batch]) -> dict[str, Mention]:
    """Return mentions by external id, the later over the earlier, as the store keeps them."""
    return {mention.external_id: mention for batch in batches for mention in batch.mentions}


def texts(batches: list[Batch]) -> list[str]:
    return [mention.text for mention in heard(batches).values()]


def skipped(batches: list[Batch]) -> list[str]:
    return [words for batch in batches for words in batch.skipped]


def gone(batches: list[Batch]) -> list[str]:
    return [each for batch in batches for each in batch.gone]
