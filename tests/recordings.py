"""Recorded answers of real services (../shared/recordings), served again over a real socket on loopback.

The real client libraries ask, the scripted server answers with what the service once said: by method and path,
by the parameters that page (``PAGING``), and among several that fit in the recorded order. What was not
recorded is answered as ``otherwise`` says, so that a client which pages on comes to an end.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.scripted import Answer, Request, ScriptedServer

PAGING = ("after", "before", "next_token", "pagination_token", "since_id", "until_id", "id", "ids", "url")
HOP_BY_HOP = ("connection", "content-length", "set-cookie", "transfer-encoding")
EMPTY_LISTING = Answer(
    headers={"Content-Type": "application/json; charset=UTF-8"},
    body='{"kind": "Listing", "data": {"modhash": "", "children": [], "after": null, "before": null}}',
)
NO_POSTS = Answer(
    headers={"Content-Type": "application/json; charset=utf-8"}, body='{"meta":{"result_count":0}}'
)


@dataclass(frozen=True)
class Exchange:
    """One request that somebody recorded, and what it was answered with."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    answer: Answer

    def fits(self, request: Request) -> bool:
        """The same method and path, and the same place in the paging."""
        same_place = all(self.query.get(key) == request.query.get(key) for key in PAGING)
        return self.method == request.method and self.path == request.path and same_place

    def saying(self, change: Callable[[str], str]) -> Exchange:
        """Return the exchange with its (unpacked) body changed: a fault that is derived from the recording."""
        headers = {k: v for k, v in self.answer.headers.items() if k.lower() != "content-encoding"}
        return replace(self, answer=replace(self.answer, headers=headers, body=change(self.text)))

    @property
    def text(self) -> str:
        """The body, unpacked."""
        content = self.answer.content
        return (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode()


def reddit_exchanges(shared: Path, *names: str) -> list[Exchange]:
    """Read cassettes of praw's integration tests: ``TestSubredditListings.test_new``."""
    files = [shared / "recordings" / "reddit" / f"{name}.json" for name in names]
    return [_of_json(each) for file in files for each in json.loads(file.read_text())["interactions"]]


def x_exchanges(shared: Path, *names: str) -> list[Exchange]:
    """Read cassettes of tweepy's tests: ``test_client_search_recent_tweets``."""
    files = [shared / "recordings" / "x" / f"{name}.yaml" for name in names]
    return [_of_yaml(part) for file in files for part in file.read_text().split("- request:\n")[1:]]


def replay(server: ScriptedServer, exchanges: Sequence[Exchange], *, otherwise: Answer) -> None:
    """Let the server answer as recorded, each exchange once, and then with ``otherwise``."""
    left = list(exchanges)

    def answer(request: Request) -> Answer:
        for exchange in left:
            if exchange.fits(request):
                if request.method == "GET":
                    left.remove(exchange)
                return exchange.answer
        return otherwise

    for path in {exchange.path for exchange in exchanges}:
        server.route(path, answer)


def _of_json(recorded: Mapping[str, Mapping[str, object]]) -> Exchange:
    request, response = recorded["request"], recorded["response"]
    body, status, headers = response["body"], response["status"], response["headers"]
    assert isinstance(body, dict)
    assert isinstance(status, dict)
    assert isinstance(headers, dict)
    told = {name: ", ".join(values) for name, values in headers.items()}
    return _exchange(
        str(request["method"]), str(request["uri"]), status["code"], told, body["string"].encode()
    )


def _of_yaml(part: str) -> Exchange:
    """Read the one fixed form in which vcr writes: a YAML library is not worth four files."""
    asked, _, answered = part.partition("\n  response:")
    packed = re.search(r"string: !!binary \|\n((?:        \S+\n)+)", answered)
    told = dict(re.findall(r"^      ([\w-]+):\n      - (.+)$", answered, re.MULTILINE))
    code = re.search(r"code: (\d+)", answered)
    method = re.search(r"method: (\w+)", asked)
    uri = re.search(r"uri: (\S+)", asked)
    assert packed
    assert code
    assert method
    assert uri
    headers = {name: value.strip("'") for name, value in told.items()}
    return _exchange(method[1], uri[1], int(code[1]), headers, base64.b64decode(packed[1]))


def _exchange(method: str, uri: str, status: int, headers: Mapping[str, str], body: bytes) -> Exchange:
    address = urlsplit(uri)
    kept = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
    return Exchange(method, address.path, parse_qs(address.query), Answer(status, kept, body))
