"""A small Stack Exchange API on a scripted server: always gzip, quota in each answer, refusals with 400."""

from __future__ import annotations

import gzip
import json
from typing import Any

from collectors.stackexchange import StackExchange
from tests.json_services import JSON, NOW
from tests.scripted import Answer, Request, Script, ScriptedServer

SEARCH = "/search/advanced"
CREATED = int(NOW.timestamp()) - 86_400

Told = dict[str, Any]


class StackExchangeService(ScriptedServer):
    """Questions, answers and comments of one site. ``backoff`` has seconds by the last word of a method."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[Told] = []
        self.answers: list[Told] = []
        self.comments: list[Told] = []
        self.quota = 290
        self.scripted: set[str] = set()
        self.backoff: dict[str, int] = {}

    def answer(self, request: Request) -> Answer:
        """Answer as the test scripted it; else as the API does."""
        if request.path not in self.scripted:
            super().route(request.path, self.method)
        return super().answer(request)

    def route(self, path: str, *answers: Script) -> None:
        """Answer a path with these in order, in place of what the API would say."""
        self.scripted.add(path)
        super().route(path, *answers)

    def method(self, asked: Request) -> Answer:
        """Answer by the path of the method."""
        parts = asked.path.strip("/").split("/")
        if asked.path == SEARCH:
            return self._page(self._by_activity(asked), asked, "search")
        ids = {int(each) for each in parts[1].split(";")}
        if len(ids) > 100:
            return refused(400, "bad_parameter", "ids")
        kind = parts[-1] if len(parts) == 3 else parts[0]
        key = {"questions/answers": "question_id", "posts/comments": "post_id"}.get(f"{parts[0]}/{kind}")
        told = {"questions": self.questions, "answers": self.answers, "comments": self.comments}[kind]
        found = [each for each in told if each.get(key or f"{kind[:-1]}_id") in ids]
        found.sort(key=lambda each: -int(each["creation_date"]))
        return self._page(found, asked, kind)

    def paths(self) -> list[str]:
        """Return what was asked, without the ids."""
        return [
            "/".join(part for part in each.path.split("/") if not part[:1].isdigit())
            for each in self.requests
        ]

    def _by_activity(self, asked: Request) -> list[Told]:
        low = int(asked.query["min"][0])
        found = [each for each in self.questions if each.get("last_activity_date", low) >= low]
        return sorted(found, key=lambda each: int(each.get("last_activity_date", low)))

    def _page(self, items: list[Told], asked: Request, method: str) -> Answer:
        size, number = int(asked.query["pagesize"][0]), int(asked.query.get("page", ["1"])[0])
        body: Told = {
            "items": items[(number - 1) * size : number * size],
            "has_more": len(items) > number * size,
            "quota_max": 300,
            "quota_remaining": self.quota,
        }
        if method in self.backoff:
            body["backoff"] = self.backoff[method]
        return packed(body)


def packed(body: object) -> Answer:
    """Return JSON in gzip, as the service sends it whatever is asked for."""
    return Answer(headers={**JSON, "Content-Encoding": "gzip"}, body=gzip.compress(json.dumps(body).encode()))


def refused(number: int, name: str, message: str = "") -> Answer:
    """Return a refusal in the API's own words."""
    body = {"error_id": number, "error_name": name, "error_message": message}
    return Answer(400, {**JSON, "Content-Encoding": "gzip"}, gzip.compress(json.dumps(body).encode()))


def question(number: int, text: str = "Where is my box?", **changed: Any) -> Told:
    """Return a question as the API writes it."""
    made = {
        "question_id": number,
        "title": f"Question &amp; {number}",
        "body": f"<p>{text}</p>",
        "tags": ["boxes"],
        "owner": owner(),
        "creation_date": CREATED,
        "last_activity_date": CREATED + number,
        "answer_count": 0,
        "content_license": "CC BY-SA 4.0",
        "link": f"https://diy.stackexchange.com/questions/{number}/question",
    }
    return {**made, **changed}


def answer(number: int, below: int, text: str = "In the hall.", **changed: Any) -> Told:
    """Return an answer as the API writes it."""
    made = {
        "answer_id": number,
        "question_id": below,
        "body": f"<p>{text}</p>",
        "owner": owner(),
        "creation_date": CREATED + 60,
        "content_license": "CC BY-SA 4.0",
    }
    return {**made, **changed}


def comment(number: int, below: int, text: str = "Thanks!", **changed: Any) -> Told:
    """Return a comment as the API writes it, below a question or an answer."""
    made = {
        "comment_id": number,
        "post_id": below,
        "body": text,
        "owner": owner(),
        "creation_date": CREATED + number,
        "edited": False,
    }
    return {**made, **changed}


def owner(**changed: Any) -> Told:
    """Return an account as the API writes it."""
    return {"user_id": 4, "user_type": "registered", "display_name": "Ada &#233; L.", **changed}


def stackexchange(server: ScriptedServer, **more: Any) -> StackExchange:
    """Return a collector that reads from the server."""
    return StackExchange(**{"site": "diy", "query": "box", "base_url": server.url, **more})
