"""Looking at a page and at what it leaves open, on loopback: few requests, short time, and behind the gate."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count

import pytest

from collectors.discovery_visit import MOST_ASKED, Discovery, FewRequests, discover
from errors import EarshotError, NeedsAttention, TryLater
from net.addresses import Rules
from tests.scripted import Answer, Request, ScriptedServer
from tests.x_service import NOW

FEED = """<rss version="2.0"><channel><title>Northside</title><link>https://northside.example/</link>
<item><guid>1</guid><title>First</title></item><item><guid>2</guid><title>Second</title></item></channel></rss>"""
HTML = {"Content-Type": "text/html; charset=utf-8"}


@contextmanager
def client(
    server: ScriptedServer, *names: str, clock: Callable[[], float] = lambda: 0.0
) -> Iterator[FewRequests]:
    """Yield a client for which these names lead to the server, and all others into a private network."""
    http = FewRequests(Rules(loopback_only=True), clock=clock, resolve=server.names(server.host, *names))
    with closing(http):
        yield http


def look(server: ScriptedServer, *names: str, path: str = "/") -> Discovery:
    with client(server, *names) as http:
        return discover(f"{server.url}{path}", http, NOW)


def shows(server: ScriptedServer, *parts: str, path: str = "/") -> None:
    server.route(path, Answer(headers=HTML, body=f"<html><head></head><body>{''.join(parts)}</body></html>"))


def told(result: Discovery) -> list[tuple[str, str, bool | None]]:
    return [
        (each.found.channel, next(iter(each.found.settings.values())), each.readable)
        for each in result.places
    ]


def jrd(subject: str) -> Answer:
    link = {"rel": "self", "type": "application/activity+json", "href": "https://social.example/users/n"}
    return Answer(
        headers={"Content-Type": "application/jrd+json"},
        body=json.dumps({"subject": subject, "links": [link]}),
    )


def test_a_feed_that_the_page_names_is_tried(server: ScriptedServer) -> None:
    shows(server, '<link rel="alternate" type="application/rss+xml" href="/news.xml" title="Northside">')
    server.route("/news.xml", Answer(body=FEED))

    result = look(server)

    (place,) = result.places
    assert told(result) == [("rss", f"{server.url}/news.xml", True)]
    assert (place.found.name, place.words) == ("northside", "2 mentions now")
    assert not server.asked("/feed")


def test_a_feed_that_cannot_be_read_is_told_as_that(server: ScriptedServer) -> None:
    shows(server, '<link rel="alternate" type="application/rss+xml" href="/news.xml">')

    (place,) = look(server).places

    assert place.readable is False
    assert "404" in place.words


def test_the_usual_paths_are_asked_only_where_the_page_names_no_feed(server: ScriptedServer) -> None:
    shows(server, "hello")
    server.route("/feed", Answer(headers=HTML, body="<html>our food</html>"))
    server.route("/atom.xml", Answer(body=FEED))

    result = look(server)

    assert told(result) == [("rss", f"{server.url}/atom.xml", True)]
    assert "usual path /atom.xml" in result.places[0].found.why
    assert [len(server.asked(path)) for path in ("/feed", "/rss", "/feed.json")] == [1, 1, 0]


def test_an_address_that_is_a_feed_is_one_source(server: ScriptedServer) -> None:
    server.route("/feed.xml", Answer(body=FEED))

    assert told(look(server, path="/feed.xml")) == [("rss", f"{server.url}/feed.xml", True)]


def test_an_account_in_the_fediverse_is_confirmed_by_webfinger(server: ScriptedServer) -> None:
    shows(server, f'<a rel="me" href="{server.url}/@northside">us</a>')
    server.route("/.well-known/webfinger", jrd("acct:northside@social.example"))
    server.route("/@northside.rss", Answer(body=FEED))

    result = look(server)

    assert ("rss", f"{server.url}/@northside.rss", True) in told(result)
    assert ("mastodon", "@northside@social.example") in result.accounts
    resource = server.asked("/.well-known/webfinger")[0].query["resource"]
    assert resource == [f"acct:northside@{server.url.removeprefix('http://')}"]


@pytest.mark.parametrize(("rel", "n_found"), [("me", 1), ("", 0)])
def test_what_webfinger_does_not_know_is_proposed_only_where_the_page_says_it_is_theirs(
    server: ScriptedServer, rel: str, n_found: int
) -> None:
    shows(server, f'<a rel="{rel}" href="{server.url}/@northside">us</a>')

    assert len(look(server).places) == n_found


def test_a_site_may_itself_be_an_account(server: ScriptedServer) -> None:
    shows(server, "hello")
    server.route("/.well-known/webfinger", jrd("acct:blog@northside.example"))

    assert look(server).accounts == [("mastodon", "@blog@northside.example")]


def test_a_domain_may_be_a_handle_on_bluesky(server: ScriptedServer) -> None:
    shows(server, "hello")
    server.route("/.well-known/atproto-did", Answer(body="did:plc:abcdefghijklmnop\n"))

    with client(server, "northside.example") as http:
        result = discover(f"http://northside.example:{server.port}/", http, NOW)

    assert ("rss", "https://bsky.app/profile/northside.example/rss") in [each[:2] for each in told(result)]
    assert ("bluesky", "northside.example") in result.accounts


def test_a_page_in_place_of_a_did_is_no_handle(server: ScriptedServer) -> None:
    shows(server, "hello")
    server.route("/.well-known/atproto-did", Answer(headers=HTML, body="<html>did:plc:abc</html>"))

    assert look(server).accounts == []


def test_a_forum_that_is_linked_is_looked_at(server: ScriptedServer) -> None:
    generator = '<meta name="generator" content="Discourse 3.5.0 - https://github.com/discourse/discourse">'
    home = f"http://town.example:{server.port}"
    there = f"http://forum.town.example:{server.port}"
    server.route(
        "/",
        Answer(headers=HTML, body=f'<a href="{there}/t/1">talk</a>{generator.replace("Discourse", "Hugo")}'),
    )
    server.route("/feed", Answer(404))

    def by_host(asked: Request) -> Answer:
        is_forum = asked.headers["host"].startswith("forum.")
        return Answer(headers=HTML, body=generator if is_forum else f'<a href="{there}/t/1">talk</a>')

    server.route("/", by_host)
    with client(server, "town.example", "forum.town.example") as http:
        result = discover(home, http, NOW)

    assert [each.found.settings for each in result.places] == [{"url": there}]
    assert "Discourse 3.5.0" in result.places[0].found.why


def test_what_takes_a_key_is_not_tried(server: ScriptedServer) -> None:
    shows(server, '<a href="https://x.com/northside_nss">X</a>')

    (place,) = look(server).places

    assert (place.found.channel, place.readable) == ("x", None)
    assert "bearer_token" in place.words


@pytest.mark.parametrize(
    "href",
    ["http://10.0.0.1/feed", "http://169.254.169.254/feed", "http://[fd00::1]/feed", "http://0x0a.1/feed"],
)
def test_a_private_address_on_a_page_is_not_asked_and_not_proposed(server: ScriptedServer, href: str) -> None:
    """faults.md 1, 2, 7."""
    shows(server, f'<link rel="alternate" type="application/rss+xml" href="{href}">')

    result = look(server)

    assert result.places == []
    assert len(result.told) == 1


def test_a_name_that_leads_into_a_private_network_is_told_and_not_reached(server: ScriptedServer) -> None:
    """faults.md 4, 7."""
    shows(
        server,
        '<link rel="alternate" type="application/rss+xml" href="http://inside.example/feed">',
        '<a rel="me" href="http://inside.example/@us">us</a>',
    )

    result = look(server)

    assert [each.readable for each in result.places] == [False, False]
    assert any("inside.example" in line for line in result.told)


def test_a_page_in_a_private_network_is_refused(server: ScriptedServer) -> None:
    """faults.md 1, 7."""
    with client(server) as http, pytest.raises(NeedsAttention):
        discover("http://10.0.0.1/", http, NOW)
    assert server.requests == []


def test_a_page_that_leads_everywhere_is_asked_little(server: ScriptedServer) -> None:
    feeds = [f'<link rel="alternate" type="application/rss+xml" href="/f{n}">' for n in range(60)]
    profiles = [f'<a rel="me" href="{server.url}/@person{n}">x</a>' for n in range(60)]
    shows(server, *feeds, *profiles)

    result = look(server)

    assert len(server.requests) <= MOST_ASKED
    assert len(result.places) == 25
    assert "only the first 25 places are shown" in result.told
    assert [each.readable for each in result.places].count(None) >= 25 - MOST_ASKED
    assert len({each.found.name for each in result.places}) == 25


def test_hops_of_a_redirect_count(server: ScriptedServer) -> None:
    shows(server, *[f'<link rel="alternate" type="application/rss+xml" href="/f{n}">' for n in range(20)])
    for n in range(20):
        server.route(f"/f{n}", Answer(302, {"Location": f"/g{n}"}))

    look(server)

    assert len(server.requests) <= MOST_ASKED


def test_it_ends_when_its_time_is_over(server: ScriptedServer) -> None:
    """faults.md 12."""
    shows(
        server,
        '<link rel="alternate" type="application/rss+xml" href="/f">',
        f'<a rel="me" href="{server.url}/@a">x</a>',
    )
    ticks = count(0, 9)

    with client(server, clock=lambda: float(next(ticks))) as http:
        result = discover(f"{server.url}/", http, NOW)

    assert len(server.requests) == 1
    assert [each.readable for each in result.places] == [None, None]
    assert any("20 seconds" in line for line in result.told)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (Answer(404), TryLater),
        (Answer(403), NeedsAttention),
        (Answer(500), TryLater),
        (Answer(reset=True), TryLater),
    ],
    ids=["404", "403", "500", "reset"],
)
def test_a_page_that_cannot_be_read_is_an_error(
    server: ScriptedServer, answered: Answer, expected: type
) -> None:
    server.route("/", answered)

    with pytest.raises(EarshotError) as raised:
        look(server)

    assert isinstance(raised.value, expected)


def test_names_that_are_taken_are_left_alone(server: ScriptedServer) -> None:
    shows(server, '<link rel="alternate" type="application/rss+xml" href="/a" title="News">')

    with client(server) as http:
        result = discover(server.url, http, NOW, taken=["news", "news-2"])

    assert [each.found.name for each in result.places] == ["news-3"]
