"""A small Bluesky on a scripted server: sign-in, refresh, a search that pages as the service's does, and getPosts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.bluesky import Bluesky
from collectors.contract import Batch, Reach
from model import Cursor, Secret
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

SIGN_IN = "/xrpc/com.atproto.server.createSession"
REFRESH = "/xrpc/com.atproto.server.refreshSession"
SEARCH = "/xrpc/app.bsky.feed.searchPosts"
POSTS = "/xrpc/app.bsky.feed.getPosts"
JSON = {"Content-Type": "application/json; charset=utf-8"}
NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
DID = "did:plc:northside234567abcdefghi"
PASSWORD = "canary-app-pass-word"


@dataclass
class BlueskyService:
    """Posts that a search finds. Tokens are counted up, and only those in ``valid`` are taken.

    Without ``heeds_times`` it acts as the AppView that anyone can run did (bsky 0.0.221): its search leaves ``since``
    and ``until`` alone, and gives a cursor with every page that has posts. A search knows the cursors of its own
    ``make`` only.
    """

    server: ScriptedServer
    posts: list[Any] = field(default_factory=list)
    size: int = 100
    headers: dict[str, str] = field(default_factory=dict)
    valid: set[str] = field(default_factory=set)
    made: int = 0
    did_doc: dict[str, Any] | None = None
    heeds_times: bool = True
    make: str = "first-"
    unknown: int = 400
    """How it answers a cursor that it does not know."""

    def __post_init__(self) -> None:
        self.server.route(SIGN_IN, self.sign_in)
        self.server.route(REFRESH, self.refresh)
        self.server.route(SEARCH, self.search)
        self.server.route(POSTS, self.get_posts)

    def sign_in(self, asked: Request) -> Answer:
        """Make a session, if the password is right."""
        if json.loads(asked.body)["password"] != PASSWORD:
            return error(401, "AuthenticationRequired")
        return self.session()

    def refresh(self, asked: Request) -> Answer:
        """Make a session of the newest one."""
        if _bearer(asked) != f"refresh-{self.made}":
            return error(400, "ExpiredToken")
        return self.session()

    def session(self) -> Answer:
        """Hand out the next tokens."""
        self.made += 1
        self.valid = {f"access-{self.made}"}
        body: dict[str, Any] = {
            "did": DID,
            "handle": "rfn.example",
            "accessJwt": f"access-{self.made}",
            "refreshJwt": f"refresh-{self.made}",
        }
        return answer(body | ({"didDoc": self.did_doc} if self.did_doc else {}))

    def expire(self) -> None:
        """Take the access token that was given no longer."""
        self.valid = set()

    def search(self, asked: Request) -> Answer:
        """Answer as Bluesky does: newest first, between the bounds, with a cursor while there is more."""
        if _bearer(asked) not in self.valid:
            return error(400, "ExpiredToken")
        given = {name: values[0] for name, values in asked.query.items()}
        since, until = (given.get("since", ""), given.get("until", "~")) if self.heeds_times else ("", "~")
        found = [each for each in self.posts if _between(each, since, until)]
        found.sort(key=_sort_at, reverse=True)
        cursor = given.get("cursor", f"{self.make}0")
        if not cursor.startswith(self.make):
            return error(self.unknown, "InvalidRequest")
        first, size = int(cursor.removeprefix(self.make)), min(self.size, int(given["limit"]))
        page = found[first : first + size]
        is_more = first + size < len(found) if self.heeds_times else bool(page)
        more = {"cursor": f"{self.make}{first + size}"} if is_more else {}
        return Answer(headers={**JSON, **self.headers}, body=json.dumps({"posts": page, **more}))

    def get_posts(self, asked: Request) -> Answer:
        """Answer with those that are there."""
        if _bearer(asked) not in self.valid:
            return error(400, "ExpiredToken")
        wanted = asked.query["uris"]
        return answer({"posts": [each for each in self.posts if each.get("uri") in wanted]})


def answer(body: object) -> Answer:
    """Return JSON as Bluesky serves it."""
    return Answer(headers=JSON, body=json.dumps(body))


def error(status: int, name: str) -> Answer:
    """Return an error as the protocol writes it."""
    return Answer(status, JSON, json.dumps({"error": name, "message": "no"}))


def uri_of(number: int) -> str:
    """Return the address of a post."""
    return f"at://{DID}/app.bsky.feed.post/3k{number:011d}"


def post(
    number: int, text: str = "The boxes came late.", at: datetime = NOW, **changed: Any
) -> dict[str, Any]:
    """Return a post as Bluesky shows it."""
    moment = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": moment, "langs": ["en"]}
    view = {
        "uri": uri_of(number),
        "cid": f"bafy{number}",
        "author": {"did": DID, "handle": "northside.example", "displayName": "Northside Shelter"},
        "record": record | changed.pop("record", {}),
        "indexedAt": moment,
        "likeCount": 3,
    }
    return view | changed


def bluesky(server: ScriptedServer, **changed: Any) -> Bluesky:
    """Return a collector that searches on the server."""
    settings = {
        "query": '"food network"',
        "handle": "rfn.example",
        "app_password": Secret(PASSWORD),
        "base_url": server.url,
    }
    return Bluesky(**{**settings, **changed})


def reach(now: datetime = NOW) -> Reach:
    """Return what a collector is lent: a client that reaches loopback only, and a clock that stands still."""
    return Reach(http=Http(LOOPBACK_ONLY), now=lambda: now, ours={})


def _bearer(asked: Request) -> str:
    return asked.headers.get("authorization", "").removeprefix("Bearer ")


def _sort_at(view: Any) -> str:
    told = view if isinstance(view, dict) else {}
    times = [told.get("indexedAt"), (told.get("record") or {}).get("createdAt")]
    return min((each for each in times if isinstance(each, str)), default="")


def _between(view: Any, since: str, until: str) -> bool:
    at = _sort_at(view)
    return not at or since <= at < until


def read(collector: Bluesky, cursor: Cursor | None = None, **changed: Any) -> list[Batch]:
    return list(collector.collect(json.loads(json.dumps(cursor or {})), reach(**changed)))


def heard(batches: list[Batch]) -> list[str]:
    return [mention.external_id for batch in batches for mention in batch.mentions]


def minutes_ago(number: float) -> Any:
    return NOW - timedelta(minutes=number)
