"""A source that leads into one's own network: nothing is sent, nothing stored, and its state says why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from net.addresses import LOOPBACK_ONLY
from net.http import Http
from stages.collect import collect
from stages.line import Line
from storage.sources import source_states
from tests.feeds import XML, item, rss
from tests.lines import a_line, feed, listening, stored
from tests.scripted import Answer, ScriptedServer

ONE = Answer(headers=XML, body=rss(item(1)))
DISGUISES = (
    "http://127.0.0.1:PORT/feed",
    "http://2130706433:PORT/feed",
    "http://0x7f.1:PORT/feed",
    "http://127.1:PORT/feed",
    "http://127.0.0.1.:PORT/feed",
    "http://[::1]:PORT/feed",
    "http://[::ffff:127.0.0.1]:PORT/feed",
    "http://[64:ff9b::7f00:1]:PORT/feed",
    "http://0.0.0.0:PORT/feed",
    "http://localhost:PORT/feed",
    "http://１２７．０．０．１:PORT/feed",
    "http://rfn.example@127.0.0.1:PORT/feed",
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.8/feed",
    "http://100.64.0.1/feed",
)
NO_WEB = (
    "file:///etc/passwd",
    "/etc/passwd",
    "ftp://127.0.0.1/feed",
    "gopher://127.0.0.1/",
    "data:text/xml,<rss/>",
)


def reasons(line: Line, http: Http) -> dict[str, str]:
    """Read every source by a client, and return why each that is off is so."""
    reading = replace(line, http=http)
    told = {result.source: result for result in collect(reading)}
    http.close()
    with line.store.reading() as connection:
        states = {state.name: state for state in source_states(connection)}
    assert {name: result.error or "" for name, result in told.items()} == {
        name: state.reason for name, state in states.items()
    }
    return {name: state.reason for name, state in states.items() if state.status == "off"}


def test_an_address_in_one_s_own_network_is_refused_in_every_disguise(
    tmp_path: Path, server: ScriptedServer
) -> None:
    """faults.md 1, 2 and 6."""
    server.route("/feed", ONE)
    urls = [url.replace("PORT", str(server.port)) for url in (*DISGUISES, *NO_WEB)]

    with a_line(tmp_path, listening(*(feed(url, url) for url in urls))) as line:
        off = reasons(line, Http())

        assert stored(line) == []
    assert set(off) == set(urls)
    assert server.requests == []
    for url in ("http://10.0.0.8/feed", f"http://127.0.0.1:{server.port}/feed"):
        assert "allow_private_networks" in off[url]
    for url in NO_WEB:
        assert "http" in off[url]


@pytest.mark.parametrize("status", [302, 308])
def test_a_redirect_into_one_s_own_network_is_refused_at_that_hop_and_the_others_are_read(
    tmp_path: Path, server: ScriptedServer, status: int
) -> None:
    """faults.md 3."""
    server.route("/moved", Answer(status, {"Location": "/again"}))
    server.route("/again", Answer(status, {"Location": "http://10.0.0.8/feed"}))
    server.route("/file", Answer(status, {"Location": "file:///etc/passwd"}))
    server.route("/good", ONE)
    names = ("moved", "file", "good")

    with a_line(tmp_path, listening(*(feed(name, f"{server.url}/{name}") for name in names))) as line:
        off = reasons(line, Http(LOOPBACK_ONLY))

        assert [mention.title for mention in stored(line)] == ["Post 1"]
    assert set(off) == {"moved", "file"}
    assert "10.0.0.8" in off["moved"]


def test_a_page_that_would_forward_a_browser_is_no_feed_and_its_target_is_not_asked(
    tmp_path: Path, server: ScriptedServer
) -> None:
    """faults.md 3, 7 and 21."""
    page = f'<html><head><meta http-equiv="refresh" content="0; url={server.url}/inside"></head><body>x</body></html>'
    server.route("/feed", Answer(headers={"Content-Type": "text/html"}, body=page))
    server.route("/inside", ONE)

    with a_line(tmp_path, listening(feed("blog", f"{server.url}/feed"))) as line:
        reasons(line, Http(LOOPBACK_ONLY))

        assert stored(line) == []
    assert server.asked("/inside") == []
