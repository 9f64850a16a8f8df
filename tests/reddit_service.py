"""A small Reddit on a scripted server: listings that page as Reddit's do, with posts that tests change."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from collectors.contract import Reach
from collectors.reddit import Reddit
from model import Handles, Secret
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

JSON = {"Content-Type": "application/json; charset=UTF-8"}
TOKEN = {"access_token": "good", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


@dataclass
class RedditService:
    """Posts and comments, newest first, of r/foodbanks. ``limit`` makes its pages smaller than Reddit's hundred."""

    server: ScriptedServer
    limit: int = 100
    posts: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)  # fullnames after which Reddit has nothing to say

    def __post_init__(self) -> None:
        self.server.route("/api/v1/access_token", Answer(headers=JSON, body=json.dumps(TOKEN)))
        self.server.route("/r/foodbanks/new", lambda asked: self.listing(self.posts, asked))
        self.server.route("/r/foodbanks/search/", lambda asked: self.listing(self.posts, asked))
        self.server.route("/r/foodbanks/comments/", lambda asked: self.listing(self.comments, asked))
        self.server.route("/api/info/", self.named)

    def named(self, asked: Request) -> Answer:
        """Answer as Reddit does to a list of fullnames: what it knows of them, and no word on the others."""
        names = asked.query["id"][0].split(",")
        found = [each for each in (*self.posts, *self.comments) if each["data"]["name"] in names]
        body = {"kind": "Listing", "data": {"children": found, "after": None, "before": None}}
        return Answer(headers={**JSON, **self.headers}, body=json.dumps(body))

    def listing(self, children: list[dict[str, Any]], asked: Request) -> Answer:
        """Answer as Reddit does: what stands after the anchor, and the next anchor while there is more."""
        after = asked.query.get("after", [""])[0]
        below = [child for child in children if not after or _count(child["data"]["name"]) < _count(after)]
        size = min(self.limit, int(asked.query["limit"][0]))
        page = [] if after in self.deleted else below[:size]
        more = page[-1]["data"]["name"] if len(below) > len(page) and page else None
        body = {"kind": "Listing", "data": {"children": page, "after": more, "before": None}}
        return Answer(headers={**JSON, **self.headers}, body=json.dumps(body))


def answer(body: object) -> Answer:
    """Return JSON as Reddit serves it."""
    return Answer(headers=JSON, body=json.dumps(body))


def post(count: int, text: str = "The boxes came late.", **changed: Any) -> dict[str, Any]:
    """Return a post as Reddit writes it; a higher count is newer."""
    name = f"t3_{count}"
    data = {
        "name": name,
        "id": name[3:],
        "title": f"Post {count}",
        "selftext": text,
        "author": "northside_nss",
        "subreddit": "foodbanks",
        "permalink": f"/r/foodbanks/comments/{name[3:]}/post/",
        "created_utc": NOW.timestamp() - 100_000 + _count(name),
        "edited": False,
        "is_self": True,
        "url": f"https://www.reddit.com/r/foodbanks/comments/{name[3:]}/post/",
    }
    return {"kind": "t3", "data": {**data, **changed}}


def comment(
    count: int, text: str = "Same with us.", *, below: str = "t3_100", **changed: Any
) -> dict[str, Any]:
    """Return a comment as Reddit writes it in a subreddit's list of comments."""
    name = f"t1_{count}"
    data = {
        "name": name,
        "id": name[3:],
        "body": text,
        "author": "quay_tenants",
        "subreddit": "foodbanks",
        "permalink": f"/r/foodbanks/comments/{below[3:]}/post/{name[3:]}/",
        "link_id": below,
        "link_title": "A post",
        "link_author": "somebody",
        "parent_id": below,
        "created_utc": NOW.timestamp() - 100_000 + _count(name),
        "edited": False,
    }
    return {"kind": "t1", "data": {**data, **changed}}


def reddit(server: ScriptedServer, *, subreddit: str = "foodbanks", query: str = "") -> Reddit:
    """Return a collector that reads from the server."""
    return Reddit(
        subreddit=subreddit,
        query=query,
        client_id="an-id",
        client_secret=Secret("canary-reddit-secret"),
        base_url=server.url,
    )


def reach(*, ours: Handles | None = None, now: datetime = NOW) -> Reach:
    """Return what a collector is lent: a client that reaches loopback only, and a clock that stands still."""
    return Reach(http=Http(LOOPBACK_ONLY), now=lambda: now, ours=ours or {})


def _count(name: str) -> int:
    return int(name[3:], 36)
