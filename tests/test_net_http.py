"""The one HTTP client against a server that does what servers do."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from errors import EarshotError, NeedsAttention
from net.addresses import LOOPBACK_ONLY, Rules
from net.http import Http
from tests.scripted import Answer, ScriptedServer

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


@pytest.fixture
def http() -> Iterator[Http]:
    client = Http(LOOPBACK_ONLY, deadline=timedelta(seconds=5), max_bytes=1 << 20)
    yield client
    client.close()


def test_reads_an_address_with_parameters_and_its_own_name(server: ScriptedServer, http: Http) -> None:
    server.route("/feed", Answer(headers={"ETag": '"1"'}, body="hello"))

    response = http.get(server.url + "/feed?a=1#top", params={"q": "food bank"}, headers={"X-Key": "k"})

    assert (response.status, response.body, response.headers["etag"]) == (200, b"hello", '"1"')
    assert response.url == server.url + "/feed?a=1&q=food+bank"
    assert server.requests[0].query == {"a": ["1"], "q": ["food bank"]}
    assert server.requests[0].headers["user-agent"].startswith("Earshot/")
    assert server.requests[0].headers["x-key"] == "k"


@pytest.mark.parametrize("status", [204, 304, 400, 401, 404, 410, 429, 500, 503])
def test_any_status_comes_back(server: ScriptedServer, http: Http, status: int) -> None:
    server.route("/", Answer(status))

    assert http.get(server.url).status == status


def test_sends_a_body_and_keeps_its_connection(server: ScriptedServer, http: Http) -> None:
    server.route("/", lambda request: Answer(body=request.body[::-1]))

    answers = [http.request("POST", server.url, body=b"abc").body for _ in range(3)]

    assert answers == [b"cba"] * 3


def test_serves_many_threads_at_once(server: ScriptedServer, http: Http) -> None:
    server.route("/", lambda request: Answer(body=request.query["n"][0], chunked=True))
    answers: dict[int, bytes] = {}

    def ask(number: int) -> None:
        for _ in range(5):
            answers[number] = http.get(server.url, params={"n": str(number)}).body

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert answers == {number: str(number).encode() for number in range(16)}


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"])
def test_refuses_this_machine_before_anything_is_sent(server: ScriptedServer, host: str) -> None:
    """faults.md 1, 2."""
    http = Http()

    with pytest.raises(NeedsAttention, match=r"private address refused \(http.allow_private_networks = true"):
        http.get(f"http://{host}:{server.port}/")

    assert server.requests == []


def test_reaches_an_intranet_when_the_setting_allows_it(server: ScriptedServer) -> None:
    server.route("/", Answer(body="inside"))
    http = Http(Rules(allow_private_networks=True))

    assert http.get(server.url).body == b"inside"
    with pytest.raises(NeedsAttention, match="special address refused"):
        http.get("http://169.254.169.254/latest/meta-data/")
    http.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/", "http://inner.example/", "//169.254.169.254/", "http://a@10.0.0.1/"]
)
def test_refuses_a_redirect_into_a_private_network_at_that_hop(
    server: ScriptedServer, status: int, target: str
) -> None:
    """faults.md 3."""
    server.route("/", Answer(302, {"Location": "/second"}))
    server.route("/second", Answer(status, {"Location": target}))
    http = Http(LOOPBACK_ONLY, resolve=server.names("feeds.example"))

    with pytest.raises(NeedsAttention, match=r"refused|this machine itself"):
        http.get(f"http://feeds.example:{server.port}/")

    assert [request.path for request in server.requests] == ["/", "/second"]
    http.close()


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "data:text/plain,x"])
def test_refuses_a_redirect_to_another_scheme(server: ScriptedServer, http: Http, target: str) -> None:
    """faults.md 6."""
    server.route("/", Answer(302, {"Location": target}))

    with pytest.raises(NeedsAttention, match="only https:// and http:// are read"):
        http.get(server.url)


def test_connects_only_to_the_address_that_was_checked(server: ScriptedServer) -> None:
    """faults.md 4."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[tuple[int, Any]]:
        asked.append(host)
        first = (socket.AF_INET, ("127.0.0.1", server.port))
        return [first] if len(asked) == 1 else [(socket.AF_INET, ("10.0.0.1", port))]

    http = Http(LOOPBACK_ONLY, resolve=rebinding)
    server.route("/", Answer(headers={"Connection": "close"}, body="ok"))

    assert http.get("http://feeds.example/").body == b"ok"
    with pytest.raises(NeedsAttention, match=r"feeds\.example: only this machine"):
        http.get("http://feeds.example/")

    assert asked == ["feeds.example"] * 2
    assert [request.headers["host"] for request in server.requests] == ["feeds.example"]
    http.close()


def test_passes_over_a_private_address_among_good_ones(server: ScriptedServer) -> None:
    """faults.md 4."""
    mixed = [
        (socket.AF_INET6, ("fd00::1", server.port, 0, 0)),
        (socket.AF_INET, ("10.0.0.1", server.port)),
        (socket.AF_INET, ("127.0.0.1", server.port)),
    ]
    http = Http(LOOPBACK_ONLY, resolve=lambda host, port: mixed, deadline=timedelta(seconds=2))
    server.route("/", Answer(body="ok"))

    assert http.get("http://feeds.example/").body == b"ok"
    http.close()


def test_stops_a_redirect_that_goes_round(server: ScriptedServer, http: Http) -> None:
    """faults.md 9."""
    server.route("/a", Answer(302, {"Location": "/b"}))
    server.route("/b", Answer(302, {"Location": "/a"}))

    with pytest.raises(NeedsAttention, match="redirects more than 5 times"):
        http.get(server.url + "/a")

    assert len(server.requests) == 6


def test_follows_five_redirects_and_tells_where_it_ended(server: ScriptedServer, http: Http) -> None:
    """faults.md 9."""
    for hop in range(5):
        server.route(f"/{hop}", Answer(301 if hop < 2 else 302, {"Location": f"{hop + 1}"}, "moved"))
    server.route("/5", Answer(body="here"))

    response = http.get(server.url + "/0")

    assert (response.body, response.url) == (b"here", server.url + "/5")
    assert response.moved_to == server.url + "/2"


@pytest.mark.parametrize(
    ("first", "last", "moved"), [(301, 200, True), (308, 304, True), (302, 200, False), (301, 404, False)]
)
def test_a_new_address_is_one_that_was_moved_to_for_good(
    server: ScriptedServer, http: Http, first: int, last: int, moved: bool
) -> None:
    server.route("/old", Answer(first, {"Location": "/new"}))
    server.route("/new", Answer(last))

    assert http.get(server.url + "/old").moved_to == (server.url + "/new" if moved else None)


def test_another_origin_sees_no_credentials(server: ScriptedServer, http: Http) -> None:
    """faults.md 14."""
    with ScriptedServer() as other:
        server.route("/", Answer(302, {"Location": "/same"}))
        server.route("/same", Answer(307, {"Location": other.url + "/there"}))
        other.route("/there", Answer(body="ok"))
        secret = {"Authorization": "Bearer k", "Cookie": "s=k", "X-Api-Key": "k", "If-None-Match": '"1"'}

        http.get(server.url, headers=secret)

        assert server.requests[1].headers["authorization"] == "Bearer k"
        seen = other.requests[0].headers
        assert not {"authorization", "cookie", "x-api-key"} & set(seen)
        assert seen["if-none-match"] == '"1"'


def test_what_is_posted_is_never_sent_on_to_another_origin(server: ScriptedServer, http: Http) -> None:
    """faults.md 14."""
    with ScriptedServer() as other:
        server.route("/", Answer(307, {"Location": other.url + "/there"}))

        with pytest.raises(NeedsAttention, match="on to another site"):
            http.request("POST", server.url, body=b"secret")

        assert other.requests == []


def test_a_post_becomes_a_get_where_the_redirect_says_so(server: ScriptedServer, http: Http) -> None:
    server.route("/", Answer(303, {"Location": "/result"}))
    server.route("/result", Answer(body="done"))

    response = http.request("POST", server.url, body=b"x", headers={"Content-Type": "text/plain"})

    assert response.body == b"done"
    assert (server.requests[1].method, server.requests[1].body) == ("GET", b"")
    assert "content-type" not in server.requests[1].headers


def test_a_redirect_comes_back_as_it_is_when_asked_once(server: ScriptedServer, http: Http) -> None:
    server.route("/", Answer(302, {"Location": "/other"}))

    response = http.request_once("GET", server.url)

    assert (response.status, response.headers["location"]) == (302, "/other")


@pytest.mark.parametrize("value", ["k\n", "k\r\nX: y", "k\x00", "schlüssel€"])
def test_a_key_that_breaks_out_of_its_header_is_refused_unseen(
    server: ScriptedServer, http: Http, value: str
) -> None:
    """faults.md 90."""
    with pytest.raises(NeedsAttention, match="'X-Key'") as caught:
        http.get(server.url, headers={"X-Key": value})

    assert value not in str(caught.value)
    assert server.requests == []


def test_takes_no_proxy_from_the_environment(
    server: ScriptedServer, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.route("/", Answer(body="direct"))

    assert http.get(server.url).body == b"direct"


def test_a_kept_connection_that_the_server_closed_is_opened_again(server: ScriptedServer, http: Http) -> None:
    server.route("/", Answer(body="a"))
    http.get(server.url)
    server.hang_up()

    assert http.get(server.url).body == b"a"


def test_every_fault_is_one_of_the_tree(server: ScriptedServer, http: Http) -> None:
    server.route("/", Answer(302, {"Location": "http://[::1"}))

    with pytest.raises(EarshotError):
        http.get(server.url)
