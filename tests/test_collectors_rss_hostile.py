"""Feeds that are meant to hurt: nothing of this machine is read or asked, and none takes long or much memory."""

from __future__ import annotations

import gc
import json
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from collectors.contract import Reach
from collectors.rss import Rss
from collectors.rss.entries import Entry
from collectors.rss.sizes import LONGEST_CUT
from model import Mention
from net.http import Http, Rules
from tests.effort import effort
from tests.feeds import NOW, XML, entries_of, item, mentions_of, only, rss
from tests.scripted import Answer, ScriptedServer

ITEM = "<rss version='2.0'><channel><item><guid>1</guid>{}</item></channel></rss>"
LAUGHS = "<!DOCTYPE rss [<!ENTITY l0 'lol'>{}]>" + ITEM.format("<title>&l9;</title>")
LEVELS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
QUADRATIC = f"<!DOCTYPE rss [<!ENTITY a '{'a' * 100_000}'>]>" + ITEM.format(
    f"<title>{'&a;' * 50_000}</title>"
)


@pytest.mark.parametrize("body", [LAUGHS.format(LEVELS), QUADRATIC], ids=["billion laughs", "quadratic"])
def test_entities_do_not_grow(body: str) -> None:
    """faults.md 27, M1. The dearest took 6 times the unit, where it was measured."""
    cost = effort(lambda: entries_of(body))
    tracemalloc.start()
    entries, skipped = entries_of(body)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert cost < 60
    assert most < 50_000_000
    assert len(entries[0].title.value) < 300_000
    assert "entities" in skipped[0]


def test_no_file_and_no_other_machine_is_read(server: ScriptedServer, tmp_path: Path) -> None:
    """faults.md 27, M1."""
    secret = tmp_path / "secret"
    secret.write_text("canary-of-the-file")
    dtd = f"""<!DOCTYPE rss PUBLIC "x" "{server.url}/x.dtd" [<!ENTITY f SYSTEM "file://{secret}">
      <!ENTITY w SYSTEM "{server.url}/entity"><!ENTITY % p SYSTEM "{server.url}/parameter"> %p;]>"""
    include = f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://{secret}' parse='text'/>"
    body = f"<?xml-stylesheet href='{server.url}/s.xsl'?>{dtd}" + ITEM.format(
        f"<title>&f;&w;</title><description>{include}</description>"
    )

    (mention,) = mentions_of(body)

    assert "canary" not in f"{mention}"
    assert mention.title == "&f;&w;"
    assert server.requests == []


@pytest.mark.parametrize(
    "body", ["/etc/hostname", "file:///etc/hostname", "http://127.0.0.1:9/x", "feed.xml"]
)
def test_a_body_that_looks_like_an_address_is_not_opened(body: str) -> None:
    """M2."""
    with pytest.raises(AssertionError, match="not taken for a feed"):
        entries_of(body)


def test_characters_that_no_store_takes_are_gone() -> None:
    """faults.md 30, M1."""
    dirty = "A\x00B\x0bC\u2028D\u202eE\u200bF\ufffeG"
    marks = "e" + "\u0301" * 100_000

    mention = only(
        ITEM.format(f"<title>{dirty}</title><author>{dirty}</author><description>{marks}</description>")
    )
    from_json = only(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1",
                "items": [{"id": "a\ud800\x00", "title": "\udfffx"}],
            }
        )
    )

    assert mention.title == "ABC DEFG"
    assert mention.author is not None
    assert mention.author.name == "ABC DEFG"
    assert len(mention.text) < 10
    for text in (from_json.external_id, from_json.title, json.dumps(from_json.raw, ensure_ascii=False)):
        text.encode()
        assert "\x00" not in text


SMALL = "<item><guid>{}</guid><title>x</title></item>"
ATTRIBUTES = " ".join(f"a{n}=''" for n in range(100_000))
NAMESPACES = "".join(f"<n{n}:a xmlns:n{n}='u{n}'/>" for n in range(50_000))
LONG_BODIES = {
    "5 MB of words": f"<description>{'words and more ' * 350_000}</description>",
    "5 MB of escaped tags": f"<description>{'&lt;p&gt;' * 550_000}</description>",
    "5 MB of tags": f"<description><![CDATA[{'<div>' * 1_000_000}]]></description>",
    "20,000 nested tags": f"<description><![CDATA[{'<div>' * 20_000}deep{'</div>' * 20_000}]]></description>",
    "20,000 nested elements": f"<description>{'<div>' * 20_000}deep{'</div>' * 20_000}</description>",
    "5 MB of nested elements": f"<description>{'<b>' * 700_000}deep{'</b>' * 700_000}</description>",
    "one author of 1 MB": f"<author>{'a' * 1_000_000}</author><title>x</title>",
    "an author in a group": f"<group><author>{'a' * 200_000}</author></group><title>x</title>",
    "100,000 categories": f"{''.join(f'<category>{n}</category>' for n in range(100_000))}<title>x</title>",
    "100,000 attributes": f"<x {ATTRIBUTES}/><title>x</title>",
    "100,000 namespaces": f"{NAMESPACES}<title>x</title>",
    "1 MB of date": f"<pubDate>{'1 ' * 500_000}</pubDate><title>x</title>",
    "1 MB of link": f"<link>{'../' * 330_000}</link><title>x</title>",
}


@pytest.mark.parametrize("inside", LONG_BODIES.values(), ids=LONG_BODIES.keys())
def test_a_huge_item_is_cut_and_costs_little(inside: str) -> None:
    """faults.md 33, M3. The dearest took 55 times the unit, where it was measured."""
    body = ITEM.format(inside)
    heard: list[Mention] = []

    cost = effort(lambda: heard.append(only(body)))

    (mention,) = heard
    assert cost < 300
    assert mention.external_id == "1"
    assert len(mention.text) <= LONGEST_CUT


HANGS = {
    "white space before the feed": "\n" * 1_000_000 + ITEM,
    "entities before the feed": "\n<!ENTITY" * 110_000 + ITEM,
    "document types before the feed": "\n<!DOCTYPE" * 100_000 + ITEM,
    "an author of the feed": f"<rss version='2.0'><channel><managingEditor>{'a' * 1_000_000}</managingEditor>",
    "lone brackets": ITEM.format("<title>" + "<" * 1_000_000),
    "open tags": ITEM.format("<title>" + "<a " * 330_000),
    "open sections": ITEM.format("<title>" + "<![CDATA[" * 110_000),
    "open comments": ITEM.format("<!--" * 250_000),
    "bare ampersands": ITEM.format("<title>" + "&" * 1_000_000 + "</title>"),
    "a huge root": f"<rss {ATTRIBUTES}/>",
    "a page of open tags": "<html>" + "<div>" * 200_000,
    "deep json": '{"items":' + "[" * 1_000_000,
}


@pytest.mark.parametrize("body", HANGS.values(), ids=HANGS.keys())
def test_nothing_keeps_the_reader_busy(body: str) -> None:
    """Each of these kept feedparser alone busy for seconds to hours, or is of that kind."""
    assert effort(lambda: mentions_of(body)) < 700


def test_items_that_never_close_are_given_up_after_some_thousands() -> None:
    _, skipped = entries_of("<rss><channel>" + "<item><title>x" * 2100)

    assert any("100 items behind the first 2000" in line for line in skipped)


@pytest.mark.parametrize("count", [3000, pytest.param(100_000, marks=pytest.mark.long)])
def test_a_feed_of_many_items_comes_in_batches_and_keeps_no_more_than_two(
    server: ScriptedServer, count: int
) -> None:
    """faults.md 34."""
    server.route("/feed", Answer(200, XML, rss(*(SMALL.format(n) for n in range(count)))))
    ids: set[str] = set()

    with closing(Http(Rules(loopback_only=True))) as http:
        for batch in Rss(url=f"{server.url}/feed").collect({}, Reach(http=http, now=lambda: NOW, ours={})):
            assert len(batch.mentions) <= 500
            assert sum(isinstance(each, Mention | Entry) for each in gc.get_objects()) <= 2000
            ids |= {mention.external_id for mention in batch.mentions}

    assert len(ids) == count


def test_a_feed_of_a_normal_size_is_not_touched_by_the_limits() -> None:
    text = "A sentence of a long article. " * 3000

    assert only(rss(item(1, text))).text == text.strip()
