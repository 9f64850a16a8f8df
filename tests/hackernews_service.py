"""A small Hacker News on a scripted server: Algolia's search by date, with its limits, and the items of Firebase."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from collectors.hackernews import HackerNews
from tests.json_services import NOW, told
from tests.scripted import Answer, Request, ScriptedServer

SEARCH = "/search_by_date"


@dataclass
class HackerNewsService:
    """Hits in any order. ``most`` is how many Algolia lists of one query."""

    server: ScriptedServer
    hits: list[dict[str, Any]] = field(default_factory=list)
    most: int = 1000

    def __post_init__(self) -> None:
        self.server.route(SEARCH, self.search)

    def search(self, asked: Request) -> Answer:
        """Answer as Algolia does: newest first, within the bounds of time, no page beyond the limit."""
        low, high = map(int, re.findall(r"\d+", asked.query["numericFilters"][0].replace("_i", "")))
        size, page = int(asked.query["hitsPerPage"][0]), int(asked.query["page"][0])
        found = [hit for hit in self.hits if low <= hit.get("created_at_i", low) < high]
        found.sort(key=lambda hit: -hit.get("created_at_i", low))
        listed = found[: self.most]
        body = {
            "hits": listed[page * size : (page + 1) * size],
            "nbHits": len(found),
            "nbPages": -(-len(listed) // size),
            "page": page,
            "hitsPerPage": size,
        }
        return told(body)

    def item(self, number: int, body: object) -> None:
        """Let Firebase answer this for an item."""
        self.server.route(f"/v0/item/{number}.json", told(body))


def story(
    number: int, *, title: str = "Weekend Box", at: float | None = None, **changed: Any
) -> dict[str, Any]:
    """Return a story as Algolia writes it."""
    hit = {
        "objectID": str(number),
        "title": title,
        "url": "https://rfn.example/box",
        "author": "ada",
        "story_text": None,
        "comment_text": None,
        "created_at_i": int(at if at is not None else NOW.timestamp() - 3600),
        "story_id": number,
        "parent_id": None,
        "_tags": ["story", "author_ada", f"story_{number}"],
    }
    return {**hit, **changed}


def comment(number: int, text: str, *, below: int = 1, parent: int = 1, **changed: Any) -> dict[str, Any]:
    """Return a comment as Algolia writes it."""
    made = {"title": None, "url": None, "comment_text": text, "story_id": below, "parent_id": parent}
    return story(number, **{**made, **changed})


def hackernews(server: ScriptedServer, *, query: str = "weekend box", **more: Any) -> HackerNews:
    """Return a collector that reads from the server."""
    return HackerNews(query=query, base_url=server.url, items_url=f"{server.url}/v0", **more)
