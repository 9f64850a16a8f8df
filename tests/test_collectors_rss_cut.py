"""Cutting a feed into small documents changes nothing of what is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.rss import xmlfeed
from collectors.rss.cut import cut
from collectors.rss.sizes import LONGEST_CUT, LONGEST_HEAD
from tests.feeds import URL, atom, entries_of, item, rss

VARIED = (
    "<item/>",
    "<item><guid>1</guid><title><![CDATA[<b>bold</b> & ]]>]]&gt;</title></item>",
    "<item xml:lang='es'><guid isPermaLink='false'>2</guid><description>&lt;p&gt;uno&lt;/p&gt;</description></item>",
    "<item><title a='>' b='c'>x</title><content:encoded><![CDATA[<item>no</item>]]></content:encoded></item>",
    "<item><dc:creator>Ana</dc:creator><link>/x</link><category>a</category><category>b</category></item>",
)
HEAD = "<title>Notes</title><language>pt</language><link>https://northside.example</link><image><title>i</title></image>"


def test_many_small_documents_say_what_the_whole_says() -> None:
    items = [VARIED[n % len(VARIED)].replace("<title", f"<pubDate>{n}</pubDate><title") for n in range(1203)]
    for body in (rss(*items, head=HEAD), rss(*items[:3]).replace("</channel>", HEAD + "</channel>")):
        _, whole = xmlfeed.parse(body.encode(), url=URL)

        read, skipped = entries_of(body)

        assert {line for line in skipped} <= {"an item without id, link, title and text"}
        assert sorted(map(str, read)) == sorted(str(entry) for entry in whole if not entry.is_empty)


def test_entries_of_atom_come_with_what_stands_above_them() -> None:
    entries = [f"<entry><id>{n}</id><link href='{n}.html'/><summary>x</summary></entry>" for n in range(600)]
    body = atom(*entries).replace("<feed ", "<feed xml:base='https://base.example/' xml:lang='pt-BR' ")

    read, _ = entries_of(body)

    assert len(read) == 600
    assert {entry.lang for entry in read} == {"pt-BR"}
    assert all(entry.link == entry.id + ".html" for entry in read)


def test_items_of_two_channels_are_all_read() -> None:
    body = (
        "<rss version='2.0'><channel><title>a</title>{}</channel><channel><title>b</title>{}</channel></rss>"
    )

    read, skipped = entries_of(body.format(item(1), item(2)))

    assert {entry.title.value for entry in read} == {"Post 1", "Post 2"}
    assert skipped == []


def test_what_a_feed_says_of_itself_is_bounded() -> None:
    head = "".join(f"<x{n}>{'y' * 4000}</x{n}>" for n in range(1000))

    found = cut(f"<rss><channel>{head}<item><guid>1</guid></item></channel></rss>".encode())

    assert len(found.opening) < LONGEST_HEAD + 100
    assert found.document(found.items).endswith(b"<item><guid>1</guid></item></channel></rss>")


def test_runs_are_bounded_by_count_and_by_bytes() -> None:
    found = cut(("<rss><channel>" + "<item>12345</item>" * 10 + "</channel></rss>").encode())

    by_count = [len(run) for run in found.chunks(size=4, max_bytes=10_000)]
    by_bytes = [len(run) for run in found.chunks(size=100, max_bytes=40)]

    assert by_count == [4, 4, 2]
    assert by_bytes == [2, 2, 2, 2, 2]
    assert next(iter(found.chunks(size=4, max_bytes=10_000)))[-1] == found.items[-1]


TREE = st.recursive(
    st.sampled_from(["", "x", "&lt;", "<![CDATA[>]]>", "<!-- <item> -->", "<?p <item>?>"]),
    lambda inner: st.builds(
        lambda name, parts: f"<{name} a='>'>{''.join(parts)}</{name}>" if parts else f"<{name}/>",
        st.sampled_from(["item", "entry", "channel", "author", "title", "b"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=15,
)


@given(st.lists(TREE, max_size=6))
def test_sound_xml_stays_sound_in_every_piece(parts: list[str]) -> None:
    found = cut(f"<rss>{''.join(parts)}</rss>".encode())

    again = cut(found.document(found.items))

    assert found.fault == again.fault == ""
    assert len(again.items) == len(found.items)
    assert [found.data[i.start : i.end] for i in found.items] == [
        again.data[i.start : i.end] for i in again.items
    ]


@given(st.binary(max_size=60))
def test_no_bytes_make_it_raise(junk: bytes) -> None:
    found = cut(b"<rss><channel><item><guid>1</guid></item>" + junk)

    assert replace(found, fault="").items[0].start == 14


def cut_item(inside: str, *, tag: str = "item") -> str:
    """Return one item as it is left after cutting."""
    found = cut(f"<rss><channel><{tag}>{inside}</item></channel></rss>".encode())
    assert not found.fault
    return found.document(found.items).decode()[len("<rss><channel>") : -len("</channel></rss>")]


@pytest.mark.parametrize(
    ("inside", "left"),
    [
        ("<a>1</a>" * 60, "<a>1</a>" * 50),
        (f"<guid>1</guid><author>{'a' * 1100}</author>", "<guid>1</guid>"),
        (f"<x>{'a' * 5000}</x><guid>1</guid>", "<guid>1</guid>"),
        (f"<title>{'a' * 5000}</title>", f"<title>{'a' * 5000}</title>"),
        (f"<title>{'a' * 300_000}</title>", f"<title>{'a' * LONGEST_CUT}</title>"),
        (f"<title x='1'>{'&lt;<b>' * 2000}{'</b>' * 2000}{' ' * 300_000}</title>", None),
        (f"<title x='{'a' * 300_000}'>text</title>", "<title>text</title>"),
        (f"<title x='{'a' * 300_000}'/>", "<title></title>"),
        (f"<group><author>{'a' * 5000}</author>b</group>", f"<group>{'a' * 5000}b</group>"),
    ],
    ids=["alike", "person", "other", "long", "too long", "nested", "attribute", "empty", "hidden person"],
)
def test_what_is_too_large_in_an_item_is_cut_or_left_out(inside: str, left: str | None) -> None:
    """faults.md 33."""
    after = cut_item(inside)

    if left is None:
        assert after.startswith("<item><title x='1'>&lt;&lt;")
        assert len(after) < LONGEST_CUT * 5
    else:
        assert after == f"<item>{left}</item>"


def test_a_huge_start_tag_of_an_item_is_made_small() -> None:
    assert cut_item("<guid>1</guid>", tag=f"item x='{'a' * 5000}'") == "<item><guid>1</guid></item>"


def test_a_huge_start_tag_of_a_feed_is_refused() -> None:
    found = cut(f"<rss x='{'a' * 20_000}'><channel/></rss>".encode())

    assert found.items == []
    assert "too large" in found.fault
