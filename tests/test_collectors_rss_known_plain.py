"""Items that are read without feedparser say exactly what feedparser says of each alone in its frame."""

from __future__ import annotations

import feedparser
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from collectors.rss import xmlfeed
from collectors.rss.cut import cut
from collectors.rss.frame import frame_of
from collectors.rss.walk import read_plainly
from tests.feeds import URL
from tests.known_feeds import HEAD, SPACES, frames, items

ATOM = f"<feed xmlns='http://www.w3.org/2005/Atom' {SPACES}>{{items}}</feed>"
RSS = f"<rss version='2.0' {SPACES}><channel>{{items}}</channel></rss>"
RDF = (
    f"<rdf:RDF xmlns='http://purl.org/rss/1.0/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' {SPACES}>"
    "<channel rdf:about='https://northside.example'><title>Notes</title></channel>{items}</rdf:RDF>"
)
USUAL = {
    "WordPress": (
        RSS,
        "<item><title>Bread &#8211; and more</title><link>https://northside.example/bread/</link>"
        "<comments>https://northside.example/bread/#respond</comments><dc:creator><![CDATA[Ana]]></dc:creator>"
        "<pubDate>Tue, 19 May 2026 10:00:00 +0000</pubDate><category><![CDATA[News]]></category>"
        "<guid isPermaLink='false'>https://northside.example/?p=1</guid>"
        "<description><![CDATA[<p>Short [&#8230;]</p>]]></description>"
        "<content:encoded><![CDATA[<p>Long <a href='/x'>text</a></p>]]></content:encoded>"
        "<wfw:commentRss>https://northside.example/bread/feed/</wfw:commentRss>"
        "<slash:comments>3</slash:comments></item>",
    ),
    "Blogger": (
        ATOM,
        "<entry><id>tag:blogger.com,1999:blog-1.post-2</id><published>2026-05-19T10:00:00.000-07:00</published>"
        "<updated>2026-05-19T10:00:01.000-07:00</updated><category scheme='http://x' term='Food'/>"
        "<title type='text'>Caf\u00e9</title><content type='html'>&lt;p&gt;Hi&lt;/p&gt;</content>"
        "<link rel='replies' type='application/atom+xml' href='https://x.example/c' title='C'/>"
        "<link rel='alternate' type='text/html' href='https://x.example/1.html' title='T'/>"
        "<author><name>Ana</name><uri>https://x.example/ana</uri><email>noreply@blogger.com</email></author>"
        "<thr:total>0</thr:total></entry>",
    ),
    "Jekyll": (
        ATOM,
        "<entry><title type='html'>Post</title><link href='https://x.example/p' rel='alternate' type='text/html'/>"
        "<published>2026-05-19T10:00:00+00:00</published><id>https://x.example/p</id>"
        "<content type='html' xml:base='https://x.example/p'>&lt;p&gt;x&lt;/p&gt;</content>"
        "<author><name>Ana</name></author><summary type='html'>s</summary></entry>",
    ),
    "a podcast": (
        RSS,
        "<item><title>One</title><itunes:title>One</itunes:title><itunes:author>Ana</itunes:author>"
        "<itunes:summary>About</itunes:summary><description>About</description><link>https://x.example/1</link>"
        "<enclosure url='https://x.example/1.mp3' length='1' type='audio/mpeg'/><guid>x-1</guid>"
        "<itunes:duration>1:00</itunes:duration><itunes:explicit>no</itunes:explicit></item>",
    ),
    "RSS 1.0": (
        RDF,
        "<item rdf:about='https://x.example/1'><title>T</title><link>https://x.example/1</link>"
        "<description>plain words</description><dc:date>2026-05-19</dc:date><dc:subject>food</dc:subject></item>",
    ),
    "an old feed by mail": (
        RSS,
        "<item><title>T</title><author>ana@x.example (Ana B)</author><description>it&#146;s</description></item>",
    ),
}
ODD = {
    "markup in Atom": "<entry><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>x</div></content></entry>",
    "markup that is not escaped": "<item><description>some <b>bold</b></description></item>",
    "a namespace of its own": "<item><y:creator xmlns:y='http://purl.org/dc/elements/1.1/'>Y</y:creator></item>",
    "a language of its own": "<item xml:lang='es'><title>T</title></item>",
    "an element that is read into others": "<item><media:group><media:title>T</media:title></media:group></item>",
    "an element named like a part of feedparser": "<item><links>x</links><link>/1</link></item>",
    "a base that the next link would be resolved by": "<item><title xml:base='/a/'>t</title><link>1</link></item>",
    "authors of two kinds": "<item><dc:creator>Una</dc:creator><author><name>Ana</name></author></item>",
    "an item in an item": "<item><item><title>t</title></item></item>",
    "packed text": "<item><content type='application/octet-stream'>aGk=</content></item>",
}


@hypothesis(max_examples=120)
@given(frames(), st.lists(items(), max_size=4), st.sampled_from(("", "fr")))
def test_an_item_is_read_as_feedparser_reads_it_or_left_to_it(frame: str, some: list[str], lang: str) -> None:
    found = cut(frame.replace("{items}", "".join(some)).encode())
    around = frame_of(found.opening, depth=found.depth, lang=lang)
    if around is None:
        return

    heard = read_plainly(found.document(found.items), around)

    assert heard is not None
    for item, said in zip(found.items, heard, strict=True):
        if said is not None:
            feed, entries = xmlfeed.parse(found.document([item]), url=URL, lang=lang)
            assert (around.feed, [xmlfeed.entry_of(said, URL)]) == (feed, entries)


@pytest.mark.parametrize("name", USUAL)
def test_items_as_they_come_are_read_without_feedparser(name: str) -> None:
    frame, item = USUAL[name]
    found = cut(frame.replace("{items}", item).encode())
    around = frame_of(found.opening, depth=found.depth, lang="")
    assert around is not None

    (said,) = read_plainly(found.document(found.items), around) or [None]

    assert said is not None
    assert [xmlfeed.entry_of(said, URL)] == xmlfeed.parse(found.document(found.items), url=URL)[1]
    assert said["title"]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("frame", [RSS, ATOM], ids=["rss", "atom"])
def test_what_feedparser_reads_in_its_own_way_is_left_to_it(frame: str, name: str) -> None:
    found = cut(frame.replace("{items}", ODD[name]).encode())
    around = frame_of(found.opening, depth=found.depth, lang="")
    assert around is not None

    assert read_plainly(found.document(found.items), around) == [None]


@pytest.mark.parametrize(
    "head",
    [
        "<content>in the head</content>",
        "<copyright>words <div>deep</div> more</copyright>",
        "<subtitle xml:base='/sub/'>s</subtitle>",
        "<q:title>no such namespace</q:title>",
        "<x:more><item><title>deep</title></item></x:more>",
    ],
)
def test_a_head_that_leaves_something_open_leaves_every_item_to_feedparser(head: str) -> None:
    found = cut(RSS.replace("{items}", head + "<item><title>t</title></item>").encode())

    assert frame_of(found.opening, depth=found.depth, lang="") is None


def test_a_usual_head_leaves_nothing_open() -> None:
    usual = [part for part in HEAD if not part.startswith(("<content", "<subtitle"))]
    found = cut(RSS.replace("{items}", "".join(usual)).encode())

    assert frame_of(found.opening, depth=found.depth, lang="") is not None


def test_a_prefix_without_a_namespace_leaves_the_whole_to_feedparser() -> None:
    found = cut(RSS.replace("{items}", "<item><title>t</title></item><item><q:x>1</q:x></item>").encode())
    frame = frame_of(found.opening, depth=found.depth, lang="")
    assert frame is not None

    assert read_plainly(found.document(found.items), frame) is None


def test_another_feedparser_reads_everything_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    found = cut(RSS.replace("{items}", "<item/>").encode())
    monkeypatch.setattr(feedparser, "__version__", "7.0.0")

    assert frame_of(found.opening, depth=found.depth, lang="") is None
