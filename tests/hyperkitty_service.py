"""A small HyperKitty on a scripted server: one list's letters, as its REST API of 1.3.12 shows them."""

from __future__ import annotations

import json
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any

from collectors.contract import Reach
from collectors.hyperkitty import HyperKitty
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
LIST = "friends@lists.example.org"
API = f"/archives/api/list/{LIST}"
ELSEWHERE = "http://example.com/archives"  # HyperKitty takes the host of its links from a table of sites
SHORT = (
    "url",
    "mailinglist",
    "message_id",
    "message_id_hash",
    "thread",
    "sender",
    "sender_name",
    "subject",
    "date",
    "parent",
    "children",
)


@dataclass
class HyperKittyService:
    """Letters of one list, the newest first as the archive got them. ``broken`` letters make it fail."""

    server: ScriptedServer
    letters: list[Any] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    is_there: bool = True

    def __post_init__(self) -> None:
        self.server.route(f"{API}/", self.about)
        self.server.route(f"{API}/emails/", self.listed)

    def about(self, asked: Request) -> Answer:
        """Answer for the list itself."""
        return _json({"name": LIST}) if self.is_there else Answer(404, body='{"detail": "Not found."}')

    def listed(self, asked: Request) -> Answer:
        """Answer with one page of letters, without their texts; they can be asked for one by one from then on."""
        if not self.is_there:
            return Answer(500, body="<h1>Server Error (500)</h1>")
        limit, offset = int(asked.query["limit"][0]), int(asked.query["offset"][0])
        page = self.letters[offset : offset + limit]
        more = f"{ELSEWHERE}?offset={offset + limit}" if offset + limit < len(self.letters) else None
        self.open_letters()
        results = [{key: letter[key] for key in SHORT if key in letter} for letter in page]
        return _json({"count": len(self.letters), "next": more, "previous": None, "results": results})

    def open_letters(self) -> None:
        """Let each letter be asked for by its hash."""
        for each in self.letters:
            self.server.route(f"{API}/email/{each.get('message_id_hash')}/", self.letter)

    def letter(self, asked: Request) -> Answer:
        """Answer with one whole letter."""
        wanted = asked.path.split("/")[-2]
        if wanted in self.broken:
            return Answer(500, body="<h1>Server Error (500)</h1>")
        found = [each for each in self.letters if each.get("message_id_hash") == wanted]
        return _json(found[0]) if found else Answer(404, body='{"detail": "Not found."}')


def _json(value: object) -> Answer:
    return Answer(headers={"Content-Type": "application/json"}, body=json.dumps(value))


def hashed(message_id: str) -> str:
    """Return Mailman's hash of a Message-ID."""
    return b32encode(sha1(message_id.encode()).digest()).decode()


def letter(
    message_id: str, content: str | None = "The boxes came late.", *, answers: str = "", **changed: Any
) -> dict[str, Any]:
    """Return a letter as the REST API writes it; ``answers`` is the Message-ID of the letter that it replies to."""
    api = f"{ELSEWHERE}/api/list/{LIST}"
    data: dict[str, Any] = {
        "url": f"{api}/email/{hashed(message_id)}/",
        "mailinglist": f"{api}/",
        "message_id": message_id,
        "message_id_hash": hashed(message_id),
        "thread": f"{api}/thread/{hashed(answers or message_id)}/",
        "sender": {"address": "Ann (a) northside.example", "mailman_id": None, "emails": None},
        "sender_name": "Ann of Northside",
        "subject": f"Boxes {message_id}",
        "date": "2026-05-20T08:30:00Z",
        "parent": f"{api}/email/{hashed(answers)}/" if answers else None,
        "children": [],
        "votes": {"likes": 0, "dislikes": 0, "status": "neutral"},
        "content": content,
        "attachments": [],
    }
    return {**data, **changed}


def hyperkitty(server: ScriptedServer) -> HyperKitty:
    """Return a collector of the list on the server."""
    return HyperKitty(base_url=f"{server.url}/archives/", mailing_list=LIST)


def reach(now: datetime = NOW) -> Reach:
    """Return what a collector is lent: a client that reaches loopback only, and a clock that stands still."""
    return Reach(http=Http(LOOPBACK_ONLY), now=lambda: now, ours={})
