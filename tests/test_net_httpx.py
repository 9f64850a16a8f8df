"""httpx through our own client: its rules, caps and errors, and nothing of httpx's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from errors import NeedsAttention, TryLater
from net.http import Http, Response, Rules
from net.httpx_transport import transport
from tests.scripted import Answer, ScriptedServer


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    http = Http(Rules(loopback_only=True), deadline=timedelta(seconds=2), max_bytes=1000)
    with httpx.Client(transport=transport(http), trust_env=False) as made:
        yield made
    http.close()


def test_a_request_arrives_as_it_was_made(server: ScriptedServer, client: httpx.Client) -> None:
    server.route("/say", Answer(201, {"X-Told": "yes"}, "heard"))

    answer = client.post(f"{server.url}/say?a=b%20c", json={"x": 1}, headers={"Authorization": "Bearer t"})

    (asked,) = server.requests
    assert (answer.status_code, answer.headers["x-told"], answer.text) == (201, "yes", "heard")
    assert (asked.method, asked.query, asked.body) == ("POST", {"a": ["b c"]}, b'{"x":1}')
    assert asked.headers["authorization"] == "Bearer t"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["accept-encoding"] == "gzip, deflate"


def test_a_packed_answer_is_unpacked_once(server: ScriptedServer, client: httpx.Client) -> None:
    import gzip

    server.route("/", Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"words")))

    assert client.get(server.url).text == "words"


def test_what_may_not_be_reached_is_not(client: httpx.Client) -> None:
    """faults.md 1, 8."""
    with pytest.raises(NeedsAttention, match="only this machine"):
        client.get("http://169.254.169.254/latest")


def test_a_body_over_the_cap_is_not_read(server: ScriptedServer, client: httpx.Client) -> None:
    """faults.md 10."""
    server.route("/", Answer(body="x" * 1001))

    with pytest.raises(NeedsAttention, match="more than"):
        client.get(server.url)


def test_a_connection_that_breaks_is_tried_later(server: ScriptedServer, client: httpx.Client) -> None:
    """faults.md 13."""
    server.route("/", Answer(reset=True))

    with pytest.raises(TryLater, match="reset|closed"):
        client.get(server.url)


def test_no_proxy_is_taken_from_the_environment(
    server: ScriptedServer, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.route("/", Answer(body="here"))

    assert client.get(server.url).text == "here"


def test_each_answer_is_heard_before_httpx_hears_it(server: ScriptedServer) -> None:
    server.route("/", Answer(503, body="no"))

    def hear(answer: Response) -> None:
        raise TryLater(f"{answer.status} {answer.body!r}")

    http = Http(Rules(loopback_only=True))
    with httpx.Client(transport=transport(http, hear=hear), trust_env=False) as client:
        with pytest.raises(TryLater, match="503 b'no'"):
            client.get(server.url)
    http.close()
