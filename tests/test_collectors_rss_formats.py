"""What is read of each kind of feed."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime, timedelta

import pytest

from tests.feeds import NOW, atom, item, mentions_of, only, rss

RSS_090 = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>Notes</title></channel>
 <item><title>Late boxes</title><link>https://northside.example/1</link></item></rdf:RDF>"""
RSS_091 = """<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>Notes</title><item>
 <title>Late boxes</title><link>https://northside.example/1</link></item></channel></rss>"""
RSS_10 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://northside.example/"><title>Notes</title>
 </channel><item rdf:about="https://northside.example/1"><title>Late boxes</title>
 <link>https://northside.example/1</link><dc:date>2026-05-19T10:00:00Z</dc:date></item></rdf:RDF>"""
ATOM_03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Notes</title><entry><id>1</id>
 <title>Late boxes</title><link rel="alternate" type="text/html" href="https://northside.example/1"/></entry></feed>"""
ATOM_PREFIXED = """<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>Notes</a:title><a:entry><a:id>1</a:id>
 <a:title>Late boxes</a:title><a:link href="https://northside.example/1"/></a:entry></a:feed>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Notes",
        "items": [{"id": 1, "url": "/1", "title": "Late boxes"}],
    }
)


@pytest.mark.parametrize(
    "body",
    [RSS_090, RSS_091, RSS_10, ATOM_03, ATOM_PREFIXED, JSON],
    ids=["rss 0.90", "rss 0.91", "rss 1.0", "atom 0.3", "atom with a prefix", "json"],
)
def test_reads_every_kind_of_feed(body: str) -> None:
    mention = only(body)

    assert mention.title == "Late boxes"
    assert mention.url == "https://northside.example/1"
    assert mention.author is not None
    assert mention.author.name == "Notes"


def test_reads_all_that_an_atom_entry_says() -> None:
    entry = """<entry xml:lang="es-MX"><id>tag:northside.example,2026:1</id><title type="html">Caf&amp;eacute;</title>
      <link rel="alternate" type="text/html" href="/cafe"/><author><name>Ana</name><uri>/ana</uri></author>
      <published>2026-05-18T10:00:00+02:00</published><updated>2026-05-19T10:00:00Z</updated><category term="boxes"/>
      <thr:in-reply-to ref="tag:northside.example,2026:0"/>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Uno</p><p>Dos</p></div></content></entry>"""

    mention = only(atom(entry))

    assert mention.external_id == "tag:northside.example,2026:1"
    assert mention.title == "Café"
    assert mention.text == "Uno\n\nDos"
    assert mention.url == "https://northside.example/cafe"
    assert mention.lang == "es"
    assert mention.author is not None
    assert (mention.author.name, mention.author.url) == ("Ana", "https://northside.example/ana")
    assert mention.published_at == datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
    assert mention.edited_at == datetime(2026, 5, 19, 10, 0, tzinfo=UTC)
    assert mention.parent_id == mention.thread_id == "tag:northside.example,2026:0"
    assert isinstance(mention.raw, dict)
    assert mention.raw["tags"] == ["boxes"]


def test_reads_all_that_a_json_item_says() -> None:
    said = {
        "id": "1",
        "url": "https://northside.example/1",
        "content_html": "<p>Uno</p><script>alert(1)</script><p>Dos</p>",
        "date_published": "2026-05-18T10:00:00+02:00",
        "date_modified": "2026-05-19T10:00:00Z",
        "authors": [{"name": "Ana", "url": "https://northside.example/ana"}],
        "language": "es",
    }

    mention = only(json.dumps({"version": "https://jsonfeed.org/version/1", "items": [said]}))

    assert mention.text == "Uno\n\nDos"
    assert mention.lang == "es"
    assert mention.author is not None
    assert mention.author.name == "Ana"
    assert mention.published_at == datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
    assert mention.edited_at == datetime(2026, 5, 19, 10, 0, tzinfo=UTC)


def test_takes_the_whole_text_and_not_the_summary() -> None:
    both = (
        "<item><guid>1</guid><description>The beginning…</description>"
        "<content:encoded><![CDATA[<p>The beginning and</p><p>the end</p>]]></content:encoded></item>"
    )

    assert only(rss(both)).text == "The beginning and\n\nthe end"


def test_keeps_where_the_comments_are() -> None:
    said = (
        "<item><guid>1</guid><comments>https://northside.example/1#c</comments><slash:comments>4</slash:comments>"
        "<wfw:commentRss>https://northside.example/1/feed</wfw:commentRss></item>"
    )

    raw = only(rss(said)).raw

    assert isinstance(raw, dict)
    assert raw["comments"] == "https://northside.example/1#c"
    assert raw["comments_feed"] == "https://northside.example/1/feed"
    assert raw["comments_count"] == "4"


def test_a_thread_is_begun_by_what_answers_nothing() -> None:
    def comment(name: str, answers: str) -> str:
        return (
            f"<entry><id>urn:{name}</id><title>{name}</title><thr:in-reply-to ref='urn:{answers}'/></entry>"
        )

    heard = mentions_of(
        atom(comment("c", "b"), comment("b", "a"), "<entry><id>urn:a</id><title>a</title></entry>")
    )

    threads = {mention.title: (mention.parent_id, mention.thread_id) for mention in heard}
    assert threads == {"a": (None, None), "b": ("urn:a", "urn:a"), "c": ("urn:b", "urn:a")}


def test_comments_that_answer_each_other_in_a_circle_end() -> None:
    entries = (
        "<entry><id>urn:{}</id><title>x</title><thr:in-reply-to ref='urn:{}'/></entry>".format(*pair)
        for pair in ("ab", "ba", "cc")
    )

    assert len(mentions_of(atom(*entries))) == 3


@pytest.mark.parametrize(
    ("head", "lang"),
    [
        ("<language>pt-BR</language>", "pt"),
        ("<language>eng</language>", None),
        ("<language>?</language>", None),
        ("", None),
    ],
)
def test_the_language_is_a_hint_of_two_letters(head: str, lang: str | None) -> None:
    assert only(rss(item(1), head=head)).lang == lang


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://n.example/?a=1&amp;b=2", "https://n.example/?a=1&b=2"),
        ("/2026/05/post", "https://northside.example/2026/05/post"),
        ("post", "https://northside.example/blog/post"),
        ("//other.example/post", "https://other.example/post"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("http://[::1", ""),
    ],
)
def test_a_link_is_absolute_and_leads_to_the_web(link: str, url: str) -> None:
    assert only(rss(f"<item><guid isPermaLink='false'>1</guid><link>{link}</link></item>")).url == url


def test_a_link_is_resolved_by_the_base_that_the_feed_gives() -> None:
    body = atom("<entry><id>urn:1</id><title>x</title><link href='post'/></entry>").replace(
        "<feed ", "<feed xml:base='https://base.example/a/' "
    )

    assert only(body).url == "https://base.example/a/post"


def test_an_id_that_is_no_link_does_not_become_one() -> None:
    mention = only(rss("<item><guid>42</guid><title>x</title></item>"))

    assert mention.external_id == "42"
    assert mention.url == ""


GARBLED = [
    "",
    "yesterday",
    "Tue, 99 May 2026 10:00:00 GMT",
    "Tue, 19 May 2026 99:00:00 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Tue, 19 May 2036 10:00:00 GMT",
    "Fri, 22 May 2026 10:00:00 GMT",
    "9999-99-99T99:99:99Z",
    "1" * 3000,
]


@pytest.mark.parametrize("date", GARBLED)
def test_a_date_that_cannot_be_is_none(date: str) -> None:
    """faults.md 32."""
    assert only(rss(item(1, date=date))).published_at is None


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Tue, 19 May 2026 10:00:00 +0200", datetime(2026, 5, 19, 8, 0, tzinfo=UTC)),
        ("19 May 26 10:00 EST", datetime(2026, 5, 19, 15, 0, tzinfo=UTC)),
        ("2026-05-19T10:00:00.123-03:00", datetime(2026, 5, 19, 13, 0, tzinfo=UTC)),
        ("2026-05-19 10:00:00", datetime(2026, 5, 19, 10, 0, tzinfo=UTC)),
        ("2026-05-19", datetime(2026, 5, 19, tzinfo=UTC)),
        ("Thu, 21 May 2026 09:00:00 GMT", datetime(2026, 5, 21, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_as_it_is_written(date: str, expected: datetime) -> None:
    """faults.md 32: a date without a zone is read as UTC, at most 14 hours off."""
    mention = only(rss(item(1, date=date)))

    assert mention.published_at == expected
    assert mention.published_at.utcoffset() == timedelta(0)


def test_a_good_date_of_change_stands_in_for_a_bad_one_of_publication() -> None:
    entry = "<entry><id>urn:1</id><published>soon</published><updated>2026-05-19T10:00:00Z</updated></entry>"

    mention = only(atom(entry))

    assert mention.published_at == datetime(2026, 5, 19, 10, 0, tzinfo=UTC)
    assert mention.edited_at is None


def test_nothing_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        heard = mentions_of(rss(item(1), "<item><guid>2</guid></item>"), now=NOW)

    assert len(heard) == 2
