"""A small X on a scripted server: a recent search that pages as X's does, with posts that tests change."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from collectors.contract import Reach
from collectors.x import X
from model import Secret
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

SEARCH, LOOKUP = "/2/tweets/search/recent", "/2/tweets"
JSON = {"Content-Type": "application/json; charset=utf-8"}
NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
EPOCH = 1_288_834_974_657


@dataclass
class XService:
    """Posts that a search finds. ``size`` makes its pages smaller than was asked for, as X may do."""

    server: ScriptedServer
    posts: list[Any] = field(default_factory=list)
    size: int = 100
    users: list[dict[str, Any]] = field(default_factory=list)
    errors: list[object] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    expired: set[str] = field(default_factory=set)  # page tokens that X no longer knows

    def __post_init__(self) -> None:
        self.server.route(SEARCH, self.search)
        self.server.route(LOOKUP, self.lookup)
        self.users = self.users or [{"id": "7", "username": "northside_nss", "name": "Northside Shelter"}]

    def search(self, asked: Request) -> Answer:
        """Answer as X does: newest first, between the bounds, with a token while there is more."""
        given = {name: values[0] for name, values in asked.query.items()}
        token = given.get("next_token", "")
        if token in self.expired:
            return bad_request("next_token", "The 'next_token' is not valid.")
        above, below = int(given.get("since_id", 0)), int(given.get("until_id", 1 << 70))
        found = [post for post in self.posts if not _is_whole(post) or above < int(post["id"]) < below]
        first = int(token.removeprefix("page-") or 0)
        size = min(self.size, int(given["max_results"]))
        page, last = found[first : first + size], first + size >= len(found)
        body: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            body |= {"data": page, "includes": {"users": self.users}}
        if not last:
            body["meta"]["next_token"] = f"page-{first + size}"
        if self.errors:
            body["errors"] = self.errors
        return Answer(headers={**JSON, **self.headers}, body=json.dumps(body))

    def lookup(self, asked: Request) -> Answer:
        """Answer as X does to a list of ids: the posts that are there, and an error for each that is not."""
        ids = asked.query["ids"][0].split(",")
        found = {post["id"]: post for post in self.posts if _is_whole(post)}
        body: dict[str, Any] = {}
        if data := [found[each] for each in ids if each in found]:
            body["data"] = data
            if "expansions" in asked.query:
                body["includes"] = {"users": self.users}
        if errors := [not_there(each) for each in ids if each not in found]:
            body["errors"] = errors
        return Answer(headers={**JSON, **self.headers}, body=json.dumps(body))


def not_there(post_id: str, title: str = "Not Found Error") -> dict[str, str]:
    """Return X's word for a post that it does not show."""
    return {
        "value": post_id,
        "resource_id": post_id,
        "resource_type": "tweet",
        "parameter": "ids",
        "title": title,
        "detail": f"Could not find tweet with ids: [{post_id}].",
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def _is_whole(post: object) -> bool:
    return isinstance(post, dict) and str(post.get("id")).isdecimal()


def bad_request(parameter: str, message: str) -> Answer:
    """Return X's 400 that complains of one parameter."""
    fault = {"parameters": {parameter: ["x"]}, "message": message}
    body = {
        "errors": [fault],
        "title": "Invalid Request",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
    return Answer(400, JSON, json.dumps(body))


def id_at(moment: datetime, count: int = 0) -> str:
    """Return the id that X gives to a post of this moment."""
    return str(((round(moment.timestamp() * 1000) - EPOCH) << 22) + count)


def post(post_id: str | int, text: str = "The boxes came late.", **changed: Any) -> dict[str, Any]:
    """Return a post as X writes it."""
    data = {
        "id": str(post_id),
        "text": text,
        "author_id": "7",
        "conversation_id": str(post_id),
        "created_at": "2026-05-20T08:00:00.000Z",
        "edit_history_tweet_ids": [str(post_id)],
        "lang": "en",
    }
    return {**data, **changed}


def x(
    server: ScriptedServer, *, max_posts_per_poll: int = 100, a_day: int = 10_000, a_month: float = 1000.0
) -> X:
    """Return a collector that searches on the server, within a budget of posts and dollars."""
    return X(
        query='"food network" -is:retweet',
        bearer_token=Secret("canary-x-token"),
        base_url=server.url,
        max_posts_per_poll=max_posts_per_poll,
        budget_posts_per_day=a_day,
        budget_dollars_per_month=a_month,
    )


def reach(now: datetime = NOW) -> Reach:
    """Return what a collector is lent: a client that reaches loopback only, and a clock that stands still."""
    return Reach(http=Http(LOOPBACK_ONLY), now=lambda: now, ours={})
