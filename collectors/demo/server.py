"""The invented town on a port of this machine: its feeds, its Reddit and its X, in the protocols' own answers.

It answers whoever asks on loopback and asks nobody. Every answer ends its connection, so that no thread outlives
``serve``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from collectors.demo import reddit, truth, x
from collectors.demo.feeds import write_feed
from collectors.demo.items import Place, Poll, places
from model import Json, utc

JSON_TYPE = "application/json; charset=utf-8"
BACK_SOON = "60"  # seconds: what the sleeping feed asks to wait
TOKEN_PATH = "/api/v1/access_token"  # noqa: S105  a path
RATES = {"x-ratelimit-remaining": "996.0", "x-ratelimit-used": "4", "x-ratelimit-reset": "300"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Community:
    """The town at one moment. ``url`` is where it is served; ``advance`` lets its second hour begin."""

    def __init__(self, moment: datetime) -> None:
        self.moment = utc(moment).replace(microsecond=0)
        self.poll: Poll = 1
        self.url = ""

    def advance(self) -> None:
        """Go on to the second poll's state: the edits, the late, the back-dated and the new posts."""
        self.poll = 2

    def configuration(self, *, smtp_port: int, store: str = "sqlite:///earshot.db") -> str:
        """Return the text of an ``earshot.toml`` that listens to this town; mail goes to that local port."""
        return truth.configuration(url=self.url, smtp_port=smtp_port, store=store)

    def answer(self, method: str, target: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer to one request; header names in lower case."""
        asked = urlsplit(target)
        room, _, path = asked.path.strip("/").partition("/")
        params = dict(parse_qsl(asked.query))
        if room == "feeds" and method == "GET":
            return self._feed(path, headers)
        if room == "reddit":
            return self._reddit(method, f"/{path}", params, headers)
        if room == "x" and method == "GET" and path == "2/tweets/search/recent":
            return self._x(params, headers)
        return Answer(404)

    def _feed(self, name: str, headers: Mapping[str, str]) -> Answer:
        feeds = [place for place in places() if place.channel == "rss"]
        for place in feeds:
            if place.moved_from == name:
                return Answer(301, headers={"Location": f"{self.url}/feeds/{place.name}"})
        found = next((place for place in feeds if place.name == name), None)
        if found is None:
            return Answer(404)
        if found.down_at_first and self.poll == 1:
            return Answer(503, headers={"Retry-After": BACK_SOON})
        return self._fresh(found, headers)

    def _fresh(self, place: Place, headers: Mapping[str, str]) -> Answer:
        """Answer with the feed, or with 304 where the asker has it already."""
        feed = write_feed(place, self.moment, self.poll)
        etag = f'"{blake2b(feed.body, digest_size=8).hexdigest()}"'
        as_before = self.poll == 1 or feed == write_feed(place, self.moment, 1)
        changed_at = self.moment if as_before else self.moment + timedelta(seconds=1)
        validators = {"ETag": etag, "Last-Modified": format_datetime(changed_at, usegmt=True)}
        if _has_it(headers, validators):
            return Answer(304, headers=validators)
        return Answer(200, feed.body, feed.content_type, validators)

    def _reddit(
        self, method: str, path: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> Answer:
        if "authorization" not in headers:
            return _json(401, {"message": "Unauthorized", "error": 401})
        if (method, path) == ("POST", TOKEN_PATH):
            return _json(200, reddit.TOKEN)
        listing = reddit.answer_listing(path, params, self.moment, self.poll) if method == "GET" else None
        if listing is None:
            return _json(404, {"message": "Not Found", "error": 404})
        return _json(200, listing, RATES)

    def _x(self, params: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if not headers.get("authorization", "").startswith("Bearer "):
            return _json(401, {"title": "Unauthorized", "type": "about:blank", "status": 401})
        reset = str(int(self.moment.timestamp()) + 900)
        rates = {"x-rate-limit-limit": "450", "x-rate-limit-remaining": "449", "x-rate-limit-reset": reset}
        return _json(200, x.answer_search(params, self.moment, self.poll), rates)


@contextmanager
def serve(moment: datetime) -> Iterator[Community]:
    """Serve the town on a free port of 127.0.0.1 until the context ends; ``moment`` is its now."""
    community = Community(moment)
    with _Server(community) as server:
        community.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="demo community")
        thread.start()
        try:
            yield community
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that the end of the context waits for the last answer

    def __init__(self, community: Community) -> None:
        self.community = community
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5  # seconds that a silent connection may hold its thread

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer()

    def _answer(self) -> None:
        assert isinstance(self.server, _Server)  # http.server knows only the base class
        asked = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.community.answer(self.command, self.path, asked)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's own word
        """Say nothing: the demo's own lines are what is read."""


def _has_it(asked: Mapping[str, str], validators: Mapping[str, str]) -> bool:
    """As RFC 9110 has it: If-None-Match decides where it is sent, If-Modified-Since only without it."""
    known = asked.get("if-none-match")
    if known is not None:
        return validators["ETag"] in [tag.strip().removeprefix("W/") for tag in known.split(",")]
    return asked.get("if-modified-since") == validators["Last-Modified"]


def _json(status: int, body: Json, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False).encode(), JSON_TYPE, headers or {})
