"""A small Lemmy on a scripted server: posts by its own cursor, comments by numbered pages, refusals with 400."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collectors.lemmy import Lemmy
from tests.json_services import JSON, NOW, told
from tests.scripted import Answer, Request, ScriptedServer

INSTANCE = "https://lemmy.example"
POSTS, COMMENTS, SEARCH = "/api/v3/post/list", "/api/v3/comment/list", "/api/v3/search"


@dataclass
class LemmyService:
    """Views, the newest first. With ``has_cursor`` posts page by Lemmy's cursor, as since 0.19."""

    server: ScriptedServer
    posts: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    has_cursor: bool = True

    def __post_init__(self) -> None:
        self.server.route(POSTS, self.list_posts)
        self.server.route(COMMENTS, lambda asked: told({"comments": _numbered(self.comments, asked)}))
        self.server.route(SEARCH, self.search)

    def list_posts(self, asked: Request) -> Answer:
        """Answer with posts behind a cursor, or with a numbered page where there are no cursors."""
        if not self.has_cursor:
            return told({"posts": _numbered(self.posts, asked)})
        start = 0
        if "page_cursor" in asked.query:
            behind = int(asked.query["page_cursor"][0].removeprefix("P"), 16)
            start = 1 + [view["post"].get("id") for view in self.posts].index(behind)
        page = self.posts[start : start + int(asked.query["limit"][0])]
        body: dict[str, Any] = {"posts": page}
        if start + len(page) < len(self.posts):
            body["next_page"] = f"P{page[-1]['post']['id']:x}"
        return told(body)

    def search(self, asked: Request) -> Answer:
        """Answer with numbered pages of the kind that is asked for."""
        kind = asked.query["type_"][0].lower()
        views = self.posts if kind == "posts" else self.comments
        return told({"type_": kind, "posts": [], "comments": [], kind: _numbered(views, asked)})


def refused(reason: str, status: int = 400) -> Answer:
    """Return a refusal in Lemmy's own words."""
    return Answer(status, JSON, json.dumps({"error": reason}))


def post(
    number: int, text: str = "The box came late.", *, at: datetime = NOW, **changed: Any
) -> dict[str, Any]:
    """Return the view of a post as Lemmy writes it."""
    made = {
        "id": number,
        "name": f"Post {number}",
        "body": text,
        "published": at.isoformat().replace("+00:00", "Z"),
        "deleted": False,
        "removed": False,
        "ap_id": f"https://far.example/post/{number}",
        "local": False,
        "language_id": 37,
    }
    return {"post": {**made, **changed}, "creator": creator(), "community": {"name": "foodbanks"}}


def comment(
    number: int, text: str = "Same here.", *, above: Sequence[int] = (), below: int = 1, **changed: Any
) -> dict[str, Any]:
    """Return the view of a comment; ``above`` are the comments that it stands below."""
    made = {
        "id": number,
        "post_id": below,
        "content": text,
        "published": NOW.isoformat().replace("+00:00", "Z"),
        "deleted": False,
        "removed": False,
        "ap_id": f"https://far.example/comment/{number}",
        "path": ".".join(str(each) for each in (0, *above, number)),
    }
    return {
        "comment": {**made, **changed},
        "creator": creator(),
        "post": {"id": below, "name": "Post"},
        "community": {"name": "foodbanks"},
    }


def creator(**changed: Any) -> dict[str, Any]:
    """Return an account as Lemmy writes it."""
    made = {
        "id": 4,
        "name": "ada",
        "display_name": "Ada L.",
        "actor_id": "https://far.example/u/ada",
        "deleted": False,
    }
    return {**made, **changed}


def lemmy(server: ScriptedServer, **more: Any) -> Lemmy:
    """Return a collector that reads from the server."""
    return Lemmy(url=INSTANCE, base_url=server.url, **more)


def _numbered(views: list[dict[str, Any]], asked: Request) -> list[dict[str, Any]]:
    page, size = int(asked.query.get("page", ["1"])[0]), int(asked.query["limit"][0])
    return views[(page - 1) * size : page * size]
