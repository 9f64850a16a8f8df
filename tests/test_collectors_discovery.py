"""What a page leads to, read without asking anybody: invented pages, and what may be proposed of each."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.discovery import places_of
from collectors.discovery_page import MOST_LINKS, Page, kind_of, read_page, subject_of
from collectors.discovery_places import Found, slug
from config.values import name as config_name
from tests.effort import effort

SITE = "https://northside.example/about/"


def page(*links: str, head: str = "", url: str = SITE) -> Page:
    body = "".join(links)
    return read_page(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode(), url)


def a(href: str, rel: str = "", words: str = "here") -> str:
    return f'<a href="{href}" rel="{rel}">{words}</a>'


def found(*links: str, head: str = "", url: str = SITE) -> list[tuple[str, dict[str, str]]]:
    return [(each.channel, dict(each.settings)) for each in places_of(page(*links, head=head, url=url)).found]


def rss(url: str) -> tuple[str, dict[str, str]]:
    return "rss", {"url": url}


CHANNEL = "UC" + "a" * 22
VIDEOS = f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://x.com/northside_nss", [("x", {"query": "from:northside_nss -is:retweet"})]),
        ("https://www.twitter.com/northside_nss/", [("x", {"query": "from:northside_nss -is:retweet"})]),
        ("https://x.com/intent/tweet?text=hi", []),
        ("https://x.com/share", []),
        ("https://x.com/northside_nss/status/1", []),
        (
            "https://bsky.app/profile/northside.example",
            [rss("https://bsky.app/profile/northside.example/rss")],
        ),
        (
            "https://bsky.app/profile/did:plc:abcdefgh/post/1",
            [rss("https://bsky.app/profile/did:plc:abcdefgh/rss")],
        ),
        (f"https://m.youtube.com/channel/{CHANNEL}", [rss(VIDEOS), ("youtube", {"channel_id": CHANNEL})]),
        ("https://www.youtube.com/watch?v=abc", []),
        ("https://github.com/northside/boxes", [("github", {"repository": "northside/boxes"})]),
        ("https://github.com/northside/boxes.git", [("github", {"repository": "northside/boxes"})]),
        ("https://github.com/northside/boxes/issues/4", [("github", {"repository": "northside/boxes"})]),
        ("https://github.com/northside", [rss("https://github.com/northside.atom")]),
        ("https://github.com/sponsors/northside", []),
        ("https://github.com/", []),
        ("https://old.reddit.com/r/foodbanks/", [("reddit", {"subreddit": "foodbanks"})]),
        ("https://reddit.com/r/foodbanks/comments/1/x/", [("reddit", {"subreddit": "foodbanks"})]),
        ("https://www.reddit.com/user/northside", [rss("https://www.reddit.com/user/northside/.rss")]),
        (
            "https://lemmy.town.example/c/food",
            [("lemmy", {"url": "https://lemmy.town.example", "community": "food"})],
        ),
        ("https://town.example/c/food", []),
        (
            "https://lists.town.example/hyperkitty/list/friends@town.example/thread/ABC/",
            [
                (
                    "hyperkitty",
                    {
                        "base_url": "https://lists.town.example/hyperkitty",
                        "mailing_list": "friends@town.example",
                    },
                )
            ],
        ),
        (
            "https://town.example/archives/list/friends%40town.example/",
            [
                (
                    "hyperkitty",
                    {"base_url": "https://town.example/archives", "mailing_list": "friends@town.example"},
                )
            ],
        ),
        ("mailto:office@northside.example", []),
        ("javascript:alert(1)", []),
        ("https://[broken", []),
        ("https://medium.com/@northside", []),
        ("/contact", []),
    ],
)
def test_a_link_leads_to_what_it_names(href: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    assert found(a(href)) == expected


@pytest.mark.parametrize(
    ("href", "rel", "expected"),
    [
        ("https://social.example/@northside", "me", ("fediverse", "@northside@social.example", True)),
        ("https://social.example/@northside", "", ("fediverse", "@northside@social.example", False)),
        ("https://social.example/users/northside", "me", ("fediverse", "@northside@social.example", True)),
        (
            "https://any.example/@northside@social.example",
            "",
            ("fediverse", "@northside@social.example", False),
        ),
        ("https://youtube.com/@northside", "me", ("youtube", "", False)),
        ("https://www.youtube.com/c/Northside", "", ("youtube", "", False)),
        ("https://forum.town.example/t/boxes/4", "", ("forum", "", False)),
    ],
)
def test_what_a_link_leaves_open_is_asked_about(href: str, rel: str, expected: tuple[str, str, bool]) -> None:
    (place,) = places_of(page(a(href, rel))).open

    assert (place.kind, place.handle, place.is_me) == expected


def test_feeds_are_those_that_the_page_names_as_its_own() -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" title="Northside » News" href="/feed">'
        '<link rel="alternate home" type="Application/Atom+XML" href="atom.xml">'
        '<link rel="alternate" type="application/feed+json" href="https://cdn.example/feed.json">'
        '<link rel="alternate" type="text/html" hreflang="de" href="/de/">'
        '<link rel="stylesheet" type="application/rss+xml" href="/odd">'
    )

    assert found(head=head) == [
        rss("https://northside.example/feed"),
        rss("https://northside.example/about/atom.xml"),
        rss("https://cdn.example/feed.json"),
    ]


def test_links_are_read_from_where_the_page_says() -> None:
    head = '<base href="/de/"><link rel="alternate" type="application/rss+xml" href="feed">'

    assert found(head=head) == [rss("https://northside.example/de/feed")]


def test_a_forum_is_known_by_what_it_was_made_with() -> None:
    head = '<meta name="Generator" content="Discourse 3.5.0 - https://github.com/discourse/discourse">'

    assert found(head=head, url="https://talk.example/latest") == [
        ("discourse", {"url": "https://talk.example"})
    ]
    assert found(head='<meta name="generator" content="WordPress 6.8">') == []


def test_the_page_itself_may_be_the_place() -> None:
    assert found(url="https://www.reddit.com/r/foodbanks/") == [("reddit", {"subreddit": "foodbanks"})]
    (profile,) = places_of(page(url="https://social.example/@northside")).open
    assert (profile.handle, profile.is_me) == ("@northside@social.example", True)


def test_a_place_is_proposed_once_however_often_it_is_linked() -> None:
    links = [a("https://x.com/northside_nss"), a("https://twitter.com/northside_nss", "me")]

    assert len(found(*links)) == 1


def test_what_takes_a_key_says_which_and_accounts_are_told() -> None:
    places = places_of(page(a("https://x.com/northside_nss"), a("https://www.reddit.com/user/nss"))).found

    assert [(each.needs, each.account) for each in places] == [
        (("bearer_token",), ("x", "northside_nss")),
        ((), ("reddit", "nss")),
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "feed"),
        (b"\xef\xbb\xbf\n<feed xmlns='http://www.w3.org/2005/Atom'/>", "feed"),
        (b"<!-- made by hand --><rdf:RDF/>", "feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "feed"),
        (b'{"version":"https:\\/\\/jsonfeed.org\\/version\\/1"}', "feed"),
        (b'{"error": "no"}', "page"),
        (b"<!doctype html><html><body>about <rss></body></html>", "page"),
        (b"", "page"),
    ],
)
def test_a_feed_is_told_from_a_page_by_how_it_begins(body: bytes, kind: str) -> None:
    assert kind_of(body) == kind


def test_an_account_is_one_that_webfinger_says_acts_in_the_fediverse() -> None:
    self_link = {"rel": "self", "type": "application/activity+json", "href": "https://social.example/users/n"}
    told = {"subject": "acct:northside@social.example", "links": [self_link]}

    assert subject_of(json.dumps(told).encode()) == "@northside@social.example"
    assert subject_of(json.dumps({**told, "links": []}).encode()) is None
    assert subject_of(json.dumps({**told, "subject": 7}).encode()) is None
    for body in (b"", b"[]", b"<html>", b"[" * 100_000, b"\xff"):
        assert subject_of(body) is None


@given(st.text(max_size=200))
def test_a_name_is_one_that_the_configuration_takes(words: str) -> None:
    made = slug(words)

    assert made == "" or config_name(made) == made


@given(st.lists(st.text(max_size=60), max_size=5), st.binary(max_size=200))
def test_no_page_is_too_broken_to_be_read(hrefs: list[str], rest: bytes) -> None:
    links = "".join(
        f"<a href='{each}'>x</a><link rel='alternate' type='application/rss+xml' href='{each}'>"
        for each in hrefs
    )

    for place in places_of(read_page(links.encode("utf-8", "replace") + rest, SITE)).found:
        assert isinstance(place, Found)
        assert place.channel
        assert place.name or place.channel == "rss"


@pytest.mark.parametrize(
    "body",
    [
        b"<a href='https://x.com/a'>" * 100_000,
        b"<div>" * 300_000,
        b"<a href='" + b"https://x.com/" * 200_000 + b"'>",
        b"<a href='https://lists.example/" + b"archives/" * 50_000 + b"'>",
    ],
    ids=["links", "depth", "an address", "a path"],
)
def test_a_hostile_page_costs_little(body: bytes) -> None:
    """faults.md 33, 34. The dearest took 70 times the unit, where it was measured."""
    pages: list[Page] = []

    cost = effort(lambda: pages.append(read_page(body, SITE)))
    cost += effort(lambda: places_of(pages[0]))

    assert len(pages[0].links) <= MOST_LINKS
    assert cost < 700
