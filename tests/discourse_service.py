"""A small Discourse on a scripted server: newest posts, topics by parts, a search of one post a topic, refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from collectors.discourse import Discourse
from tests.json_services import JSON, NOW, told
from tests.scripted import Answer, Request, ScriptedServer

FORUM = "https://forum.example"
LATEST = "/posts.json"
NOT_FOUND = '{"errors": ["The requested URL could not be found."], "error_type": "not_found"}'


@dataclass
class DiscourseService:
    """Posts in the order of their ids. The search finds the posts whose text holds ``word``."""

    server: ScriptedServer
    posts: list[dict[str, Any]] = field(default_factory=list)
    word: str = "box"
    page_size: int = 50

    def __post_init__(self) -> None:
        self.server.route(LATEST, self.latest)
        self.server.route("/search.json", self.search)

    def latest(self, asked: Request) -> Answer:
        """Answer with the newest posts below an id, as Discourse does."""
        before = int(asked.query.get("before", ["0"])[0])
        below = [post for post in reversed(self.posts) if not before or post.get("id", 0) < before]
        return told({"latest_posts": below[: self.page_size]})

    def search(self, asked: Request) -> Answer:
        """Answer with the newest hit of each topic, and the topics; one page of fifty."""
        hits: dict[int, dict[str, Any]] = {}
        for post in self.posts:
            if self.word in post["cooked"]:
                hits.pop(post["topic_id"], None)
                hits[post["topic_id"]] = post
        page = int(asked.query["page"][0])
        newest = list(reversed(hits))[(page - 1) * 50 : page * 50]
        topics = [
            {
                "id": topic,
                "title": f"Topic {topic}",
                "category_id": hits[topic]["category_id"],
                "highest_post_number": max(post["post_number"] for post in self._of(topic)),
            }
            for topic in newest
        ]
        more = len(hits) > page * 50
        body = {
            "posts": [],
            "topics": topics,
            "grouped_search_result": {"more_full_page_results": more or None},
        }
        return told(body)

    def show(self, topic: int) -> None:
        """Let a topic be read: its first twenty posts, the ids of all, and any of them by id."""

        def whole(_asked: Request) -> Answer:
            posts = self._of(topic)
            stream = {
                "posts": [_untitled(post) for post in posts[:20]],
                "stream": [post["id"] for post in posts],
            }
            return told({"id": topic, "title": f"Topic {topic}", "post_stream": stream})

        def some(asked: Request) -> Answer:
            wanted = {int(each) for each in asked.query["post_ids[]"]}
            posts = [_untitled(post) for post in self._of(topic) if post["id"] in wanted]
            return told({"id": topic, "post_stream": {"posts": posts}})

        self.server.route(f"/t/{topic}.json", whole)
        self.server.route(f"/t/{topic}/posts.json", some)

    def by_number(self, topic: int, number: int, answer: Answer) -> None:
        """Let one post be answered like this."""
        self.server.route(f"/posts/by_number/{topic}/{number}.json", answer)

    def _of(self, topic: int) -> list[dict[str, Any]]:
        return [post for post in self.posts if post["topic_id"] == topic]


def refused(status: int, body: str = NOT_FOUND) -> Answer:
    """Return a refusal in Discourse's own words."""
    return Answer(status, JSON, body)


def post(number: int, text: str = "The box came late.", **changed: Any) -> dict[str, Any]:
    """Return a post as Discourse writes it; by default each is the first of its own topic."""
    made = {
        "id": number,
        "topic_id": number,
        "post_number": 1,
        "post_type": 1,
        "topic_slug": "a-topic",
        "topic_title": f"Topic {changed.get('topic_id', number)}",
        "category_id": 6,
        "username": "ada",
        "name": "Ada L.",
        "user_id": 3,
        "cooked": f"<p>{text}</p>",
        "created_at": NOW.replace(hour=8).isoformat().replace("+00:00", ".123Z"),
        "updated_at": NOW.replace(hour=9).isoformat().replace("+00:00", "Z"),
        "version": 1,
        "reply_to_post_number": None,
        "hidden": False,
        "user_deleted": False,
        "deleted_at": None,
    }
    return {**made, **changed}


def discourse(server: ScriptedServer, **more: Any) -> Discourse:
    """Return a collector that reads from the server."""
    return Discourse(url=FORUM, base_url=server.url, **more)


def _untitled(post: dict[str, Any]) -> dict[str, Any]:
    """A topic's page and a single post come without the topic's title."""
    return {key: value for key, value in post.items() if key not in ("topic_title", "category_id")}
