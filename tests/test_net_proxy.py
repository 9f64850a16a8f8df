"""The way through a company's proxy: what it is asked for, what it is never asked for, and its troubles."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from commands.opening import opened_line
from delivery.chat import ChatTransport
from errors import NeedsAttention, TryLater
from model import Message, Secret, Way
from net.addresses import PUBLIC, Rules
from net.gate import guarded
from net.http import Http
from net.httpx_transport import transport
from net.requests_session import session
from tests.company_proxy import CompanyProxy
from tests.scripted import Answer, ScriptedServer
from tests.test_net_limits import needs_openssl

OUTSIDE = "93.184.216.34"
ADDRESSES = {
    "feeds.example": [OUTSIDE],
    "secure.example": [OUTSIDE],
    "wiki.example": ["10.1.2.3"],
    "torn.example": [OUTSIDE, "192.168.0.7"],
    "metadata.example": ["169.254.169.254"],
    "127.0.0.1": ["127.0.0.1"],
}


def resolve(host: str, port: int) -> list[tuple[int, Any]]:
    if host not in ADDRESSES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [(socket.AF_INET, (address, port)) for address in ADDRESSES[host]]


@pytest.fixture
def proxy(server: ScriptedServer) -> Iterator[CompanyProxy]:
    """A proxy that finds a few names, all of them at ``server``; it wants no login."""
    here = (server.host, server.port)
    places = dict.fromkeys((*ADDRESSES, "only-outside.example", "intranet", "wiki.corp", OUTSIDE), here)
    with CompanyProxy(places) as running:
        yield running


def by(proxy: CompanyProxy, rules: Rules = PUBLIC, **more: Any) -> Http:
    return Http(rules, proxy=proxy.url, resolve=resolve, deadline=timedelta(seconds=5), **more)


def test_a_page_is_asked_for_by_its_whole_address(server: ScriptedServer, proxy: CompanyProxy) -> None:
    """faults.md 5."""
    server.route("/feed", Answer(body="heard"))
    http = by(proxy)

    answers = [http.get("http://feeds.example/feed?page=2").body for _ in range(2)]

    assert answers == [b"heard", b"heard"]
    assert proxy.asked == ["GET http://feeds.example/feed?page=2"] * 2
    assert [request.headers["host"] for request in server.requests] == ["feeds.example"] * 2


@needs_openssl
def test_a_secure_page_is_tunnelled_and_its_own_certificate_is_checked() -> None:
    """faults.md 5, 13."""
    with ScriptedServer(tls=True, tls_names=("DNS:secure.example",)) as server:
        server.route("/feed", Answer(body="heard"))
        places = dict.fromkeys(("secure.example", "feeds.example"), (server.host, server.port))
        with CompanyProxy(places, login="rosa:pass wörd") as proxy:
            known = Http(
                proxy=Secret(f"http://rosa:pass%20w%C3%B6rd@127.0.0.1:{proxy.port}"),
                resolve=resolve,
                authorities=server.certificate,
            )

            answers = [known.get("https://secure.example/feed").body for _ in range(2)]
            with pytest.raises(TryLater, match="certificate is not accepted"):
                known.get("https://feeds.example/feed")  # its certificate is another name's

    assert answers == [b"heard", b"heard"]
    assert proxy.asked == ["CONNECT secure.example:443", "CONNECT feeds.example:443"]
    assert "proxy-authorization" in proxy.heard[0]
    assert all("proxy-authorization" not in request.headers for request in server.requests)


@pytest.mark.parametrize(
    "url",
    [
        "http://wiki.example/",
        "https://wiki.example/",
        "http://torn.example/",
        "http://metadata.example/latest/meta-data/",
        "http://10.1.2.3/",
        "http://2130706433/",
        "http://intranet/",
        "https://wiki.corp/",
    ],
)
def test_what_is_private_is_refused_before_the_proxy_is_asked(proxy: CompanyProxy, url: str) -> None:
    """faults.md 1, 2, 5."""
    with pytest.raises(NeedsAttention, match="refused"):
        by(proxy).get(url)

    assert proxy.asked == []


def test_a_redirect_to_what_is_private_is_refused_at_that_hop(
    server: ScriptedServer, proxy: CompanyProxy
) -> None:
    """faults.md 3, 5."""
    server.route("/feed", Answer(302, {"Location": "http://wiki.example/secret"}))

    with pytest.raises(NeedsAttention, match="private address refused"):
        by(proxy).get("http://feeds.example/feed")

    assert proxy.asked == ["GET http://feeds.example/feed"]


def test_a_name_that_only_the_proxy_knows_is_asked_for(server: ScriptedServer, proxy: CompanyProxy) -> None:
    """faults.md 5."""
    server.route("/feed", Answer(body="heard"))

    assert by(proxy).get("http://only-outside.example/feed").body == b"heard"


def test_what_lies_in_one_s_own_network_is_reached_without_the_proxy(
    server: ScriptedServer, proxy: CompanyProxy
) -> None:
    """faults.md 5."""
    server.route("/feed", Answer(body="heard"))
    allowed = Rules(allow_private_networks=True)

    assert by(proxy, allowed).get(server.url + "/feed").body == b"heard"
    with pytest.raises(TryLater, match="intranet: its name cannot be resolved"):
        by(proxy, allowed).get("http://intranet/feed")
    with pytest.raises(NeedsAttention, match="special address refused"):
        by(proxy, allowed).get("http://metadata.example/")
    assert proxy.asked == []


@pytest.mark.parametrize("url", ["http://feeds.example/", "https://feeds.example/"])
def test_a_wrong_login_may_be_mended_and_shows_no_password(url: str) -> None:
    """faults.md 5, 90."""
    with CompanyProxy({}, login="rosa:right") as proxy:
        wrong = Http(proxy=Secret(f"http://rosa:sesame@127.0.0.1:{proxy.port}"), resolve=resolve)

        with pytest.raises(TryLater, match=r"feeds.example: the proxy .* wants a login, .*\(407\)") as caught:
            wrong.get(url)

    assert len(proxy.asked) == 1
    assert "sesame" not in repr(caught.value) + repr(caught.value.__cause__) + repr(vars(wrong))


def test_a_host_that_the_proxy_forbids_is_told_as_such(proxy: CompanyProxy) -> None:
    """faults.md 5."""
    with pytest.raises(
        TryLater, match=r"elsewhere.example: the proxy of \[http\] does not lead there \(403\)"
    ):
        by(proxy).get("https://elsewhere.example/")


def test_a_proxy_that_is_away_or_silent_is_told_as_the_proxy_s_trouble(proxy: CompanyProxy) -> None:
    """faults.md 5, 12."""
    away = Http(proxy=Secret("http://127.0.0.1:1"), resolve=resolve)
    silent = Http(proxy=proxy.url, resolve=resolve, deadline=timedelta(seconds=0.3))
    proxy.silent.set()

    with pytest.raises(TryLater, match=r"the proxy of \[http\]: 127.0.0.1:1 cannot be reached"):
        away.get("https://feeds.example/")
    for url in ("http://feeds.example/", "https://feeds.example/"):
        with pytest.raises(TryLater, match="timed out"):
            silent.get(url)
    away.close()
    silent.close()


def test_the_environment_names_no_proxy(
    server: ScriptedServer, proxy: CompanyProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md 5."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy.url.reveal())
    server.route("/feed", Answer(body="heard"))
    http = Http(Rules(allow_private_networks=True))

    answers = [http.get(server.url + "/feed").body, session(http).get(server.url + "/feed").content]

    assert (answers, proxy.asked) == ([b"heard", b"heard"], [])


def test_the_libraries_clients_go_the_same_way(server: ScriptedServer, proxy: CompanyProxy) -> None:
    """faults.md 5."""
    import httpx

    server.route("/api", lambda request: Answer(body=request.body or request.method))
    http = by(proxy)

    with httpx.Client(transport=transport(http)) as client:
        by_httpx = client.post("http://feeds.example/api", content=b"one").content
    by_requests = session(http).post("http://feeds.example/api", data=b"two").content

    assert (by_httpx, by_requests) == (b"one", b"two")
    assert proxy.asked == ["POST http://feeds.example/api"] * 2
    with pytest.raises(NeedsAttention, match="private address refused"):
        session(http).get("http://wiki.example/")


def test_the_file_s_proxy_is_the_one_that_sources_go_by(
    tmp_path: Path, server: ScriptedServer, proxy: CompanyProxy
) -> None:
    """faults.md 5."""
    server.route("/feed", Answer(body="heard"))
    (tmp_path / "proxy.txt").write_text(proxy.url.reveal() + "\n", encoding="utf-8")
    said = '[organisation]\nname = "Us"\n[http]\nproxy = "file:proxy.txt"\n'
    said += f'[smtp]\nhost = "{server.host}"\nport = {server.port}\n'  # so the proxy, in this process, may go there
    config = tmp_path / "earshot.toml"
    config.write_text(said, encoding="utf-8")

    with guarded(PUBLIC), opened_line(config) as line:
        body = line.http.get(f"http://{OUTSIDE}/feed").body
        with pytest.raises(NeedsAttention, match="private address refused"):
            line.http.get(server.url + "/feed")

    assert (body, proxy.asked) == (b"heard", [f"GET http://{OUTSIDE}/feed"])


def test_a_chat_is_told_by_the_proxy(server: ScriptedServer, proxy: CompanyProxy) -> None:
    """faults.md 5, 60."""
    server.route("/", Answer(body="{}"))
    letter = Message(key="k", recipient="transport:c", kind="alert", subject="A concern", text="Late again.")
    chat = ChatTransport(Way(name="c", address=Secret(f"ntfy://{OUTSIDE}/topic")), proxy=proxy.url)

    chat.send(letter, now=datetime(2026, 5, 20, 9, 30, tzinfo=UTC))

    assert proxy.asked == [f"POST http://{OUTSIDE}/"]
    assert json.loads(server.requests[0].body)["message"] == "Late again."
