"""A small Mastodon on a scripted server: lists that page as Mastodon's do, with statuses that tests change."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from collectors.contract import Reach
from collectors.mastodon import Mastodon
from model import Handles, Secret
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

TAG = "/api/v1/timelines/tag/foodbank"
NOTIFICATIONS = "/api/v1/notifications"
SEARCH = "/api/v2/search"
STATUSES = "/api/v1/statuses"
JSON = {"Content-Type": "application/json; charset=utf-8"}
NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
TOKEN = "canary-mastodon-token"


@dataclass
class MastodonService:
    """Statuses, in the order of their ids. ``limit`` makes its pages smaller than Mastodon's forty."""

    server: ScriptedServer
    statuses: list[Any] = field(default_factory=list)
    notifications: list[Any] = field(default_factory=list)
    contexts: dict[str, dict[str, Any]] = field(default_factory=dict)
    limit: int = 40
    headers: dict[str, str] = field(default_factory=dict)
    has_links: bool = True

    def __post_init__(self) -> None:
        self.server.route(TAG, lambda asked: self.listing(self.statuses, asked))
        self.server.route(NOTIFICATIONS, lambda asked: self.listing(self.notifications, asked))
        self.server.route(SEARCH, self.search)
        self.server.route(STATUSES, self.bulk)

    def listing(self, items: list[Any], asked: Request) -> Answer:
        """Answer as Mastodon does: ``min_id`` gives what comes next, ``max_id`` what came before, newest first."""
        size = min(self.limit, int(asked.query["limit"][0]))
        given = {name: values[0] for name, values in asked.query.items()}
        ordered = sorted(items, key=_id)
        if "min_id" in given:
            page = [each for each in ordered if _id(each) > given["min_id"]][:size]
        else:
            page = [each for each in ordered if _id(each) < given.get("max_id", "~")][-size:]
        page.reverse()
        link = {"Link": _links(self.server.url + asked.path, page)} if page and self.has_links else {}
        return Answer(headers={**JSON, **link, **self.headers}, body=json.dumps(page))

    def search(self, asked: Request) -> Answer:
        """Answer as Mastodon's search does: newest first, by offset."""
        first, size = int(asked.query["offset"][0]), min(self.limit, int(asked.query["limit"][0]))
        ordered = sorted(self.statuses, key=_id, reverse=True)
        body = {"accounts": [], "hashtags": [], "statuses": ordered[first : first + size]}
        return Answer(headers={**JSON, **self.headers}, body=json.dumps(body))

    def bulk(self, asked: Request) -> Answer:
        """Answer with those that are there, as Mastodon 4.3 does."""
        wanted = asked.query.get("id[]", [])
        return answer([each for each in self.statuses if each.get("id") in wanted])

    def serve_each(self) -> None:
        """Serve each status, and each context that there is, at its own address."""
        for each in self.statuses:
            self.server.route(f"{STATUSES}/{each['id']}", answer(each))
        for status_id, told in self.contexts.items():
            self.server.route(f"{STATUSES}/{status_id}/context", answer(told))


def answer(body: object) -> Answer:
    """Return JSON as Mastodon serves it."""
    return Answer(headers=JSON, body=json.dumps(body))


def account(acct: str = "northside", **changed: Any) -> dict[str, Any]:
    """Return an account as Mastodon writes it."""
    return {
        "id": "7",
        "acct": acct,
        "username": acct.partition("@")[0],
        "display_name": "Northside Shelter",
        "url": f"https://social.example/@{acct}",
        "note": "<p>We shelter.</p>",
        "fields": [],
        "discoverable": None,
        "noindex": False,
    } | changed


def status(
    status_id: str | int, text: str = "The boxes came late.", at: datetime = NOW, **changed: Any
) -> dict[str, Any]:
    """Return a status as Mastodon writes it."""
    return {
        "id": str(status_id),
        "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
        "edited_at": None,
        "content": f"<p>{text}</p>",
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "url": f"https://social.example/@northside/{status_id}",
        "uri": f"https://social.example/users/northside/statuses/{status_id}",
        "in_reply_to_id": None,
        "replies_count": 0,
        "favourites_count": 3,
        "reblog": None,
        "account": account(),
    } | changed


def notification(number: int, told: dict[str, Any]) -> dict[str, Any]:
    """Return a notification of a mention."""
    return {"id": str(number), "type": "mention", "created_at": told["created_at"], "status": told}


def mastodon(server: ScriptedServer, **changed: Any) -> Mastodon:
    """Return a collector that listens to #foodbank on the server."""
    settings = {"instance": "social.example", "hashtag": "foodbank", "base_url": server.url}
    return Mastodon(**{**settings, **changed})


def signed_in(server: ScriptedServer, **changed: Any) -> Mastodon:
    """Return a collector with a token: of a query, or of the account's mentions."""
    return mastodon(server, hashtag="", access_token=Secret(TOKEN), **changed)


def reach(*, ours: Handles | None = None, now: datetime = NOW) -> Reach:
    """Return what a collector is lent: a client that reaches loopback only, and a clock that stands still."""
    return Reach(http=Http(LOOPBACK_ONLY), now=lambda: now, ours=ours or {})


def _id(item: Any) -> str:
    return str(item.get("id", "")) if isinstance(item, dict) else ""


def _links(url: str, page: list[Any]) -> str:
    return f'<{url}?limit=40&max_id={_id(page[-1])}>; rel="next", <{url}?limit=40&min_id={_id(page[0])}>; rel="prev"'
