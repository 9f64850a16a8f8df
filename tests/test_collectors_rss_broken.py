"""Feeds that lie about their encoding, stop being XML, or hold an item that nobody can read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.rss.decode import decode
from collectors.rss.repair import repaired
from tests.feeds import entries_of, item, mentions_of, only, rss

PLAIN = "<rss version='2.0'><channel><item><guid>1</guid><title>{}</title></item></channel></rss>"


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize(
    "content_type", ["", "text/xml; charset=utf-8", "application/rss+xml; charset=iso-8859-1"]
)
def test_unicode_is_known_by_its_bytes(encoding: str, content_type: str) -> None:
    """faults.md 29."""
    body = ("<?xml version='1.0'?>" + PLAIN.format("Año nuevo — ¡sí! 食")).encode(encoding)

    assert only(body, content_type=content_type).title == "Año nuevo — ¡sí! 食"


@pytest.mark.parametrize(
    ("declared", "header", "real"),
    [
        ("iso-8859-1", "", "cp1252"),
        ("utf-8", "", "cp1252"),
        ("utf-8", "text/xml; charset=windows-1252", "cp1252"),
        ("iso-8859-1", "", "utf-8"),
        ("windows-1252", "text/xml; charset=iso-8859-1", "utf-8"),
        ("no-such-encoding", "text/xml; charset=nor-this", "utf-8"),
        ("punycode", "text/xml; charset=idna", "utf-8"),
        ("hex", "text/xml", "utf-8"),
        ("utf-16", "", "utf-8"),
        ("us-ascii", "text/xml", "utf-8"),
    ],
)
def test_what_is_declared_does_not_have_to_be_true(declared: str, header: str, real: str) -> None:
    """faults.md 29."""
    body = (f"<?xml version='1.0' encoding='{declared}'?>" + PLAIN.format("“Año” – naïve €")).encode(real)

    assert only(body, content_type=header).title == "“Año” – naïve €"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("shift_jis", "おはよう"),
        ("gb2312", "你好，世界"),
        ("koi8-r", "привет"),
        ("iso-8859-2", "žluťoučký"),
        ("big5", "你好"),
        ("iso-2022-jp", "おはよう"),
    ],
)
def test_older_encodings_are_read_as_declared(encoding: str, text: str) -> None:
    """faults.md 29."""
    body = (f"<?xml version='1.0' encoding='{encoding}'?>" + PLAIN.format(text)).encode(encoding)

    assert only(body).title == text


def test_a_header_speaks_where_the_document_is_silent() -> None:
    assert (
        only(PLAIN.format("привет").encode("cp1251"), content_type="text/xml; charset=windows-1251").title
        == "привет"
    )


def test_windows_characters_pasted_into_utf_8_are_read() -> None:
    """faults.md 29."""
    body = PLAIN.format("Año @ it").encode().replace(b"@", b"\x93quoted\x94 \x80")

    assert only(body).title == "Año “quoted” € it"


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "text/xml; charset=utf-8", "text/xml; charset=utf-7", "x; charset=\x00"]),
)
def test_any_bytes_are_some_text(body: bytes, content_type: str) -> None:
    """faults.md 29."""
    decode(body, content_type).encode("utf-8", "surrogatepass")


@given(st.text())
def test_good_text_is_decoded_as_it_was(text: str) -> None:
    clean = text.encode("utf-8", "ignore").decode().lstrip("\ufeff")
    padded = f"<x>é{clean}"

    assert decode(padded.encode()) == padded


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Bread &amp; butter", "Bread & butter"),
        ("Bread & butter", "Bread & butter"),
        ("AT&T", "AT&T"),
        ("a&nbsp;b&eacute;", "a bé"),
        ("&unheard;of", "&unheard;of"),
        ("x&#0;y&#xD800;z&#99999999999;", "xyz"),
        ("<![CDATA[R&D & &amp;]]>", "R&D & &"),
    ],
)
def test_references_that_xml_does_not_know_are_mended(written: str, read: str) -> None:
    """faults.md 28."""
    body = PLAIN.replace("<title>{}</title>", f"<title>{written}</title><description>{written}</description>")

    entries, skipped = entries_of(body)

    assert skipped == []
    assert only(body).text.replace("\xa0", " ") == read
    assert len(entries) == 1


@given(st.text(alphabet="&#;<>ax1[]!CDAT ", max_size=80))
def test_mending_twice_changes_nothing(text: str) -> None:
    assert repaired(repaired(text)) == repaired(text)


def test_one_broken_item_costs_only_itself() -> None:
    """faults.md 28."""
    broken = "<item><guid>https://northside.example/?p=3</guid><title>Not <b>closed</title></item>"

    heard = mentions_of(rss(item(5), item(4), broken, item(2), item(1)))
    _, skipped = entries_of(rss(item(5), item(4), broken, item(2), item(1)))

    assert [m.external_id.rpartition("=")[2] for m in heard] == ["1", "2", "3", "4", "5"]
    assert len(skipped) == 1
    assert "not well-formed" in skipped[0]
    assert "line 1" in skipped[0]


def test_a_feed_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    """faults.md 28."""
    whole = rss(item(3), item(2), item(1))

    in_its_text = mentions_of(whole[: whole.rindex("words")])
    in_its_title = mentions_of(whole[: whole.index("Post 1") + 2])

    assert [mention.title for mention in in_its_text] == ["Post 1", "Post 2", "Post 3"]
    assert [mention.title for mention in in_its_title] == ["Post 2", "Post 3"]


def test_an_item_that_is_cut_off_before_its_id_is_left_for_later() -> None:
    whole = rss(item(2), "<item><title>Later it has an id</title><guid>9</guid></item>")

    entries, skipped = entries_of(whole[: whole.index("<guid>9")])

    assert [entry.title.value for entry in entries] == ["Post 2"]
    assert any("cut off" in line for line in skipped)


def test_what_a_server_says_before_the_feed_is_looked_past() -> None:
    noise = "\n\n<br />\n<b>Warning</b>: date() in <b>/var/www/feed.php</b>\n"

    assert only(noise + rss(item(1))).title == "Post 1"


def test_an_undeclared_namespace_is_no_reason_to_give_up() -> None:
    body = rss("<item><guid>1</guid><title>x</title><media:thumbnail url='y'/></item>", item(2))

    assert len(mentions_of(body)) == 2


def test_an_item_without_anything_is_skipped_in_words() -> None:
    entries, skipped = entries_of(
        rss(item(2), "<item><pubDate>Tue, 19 May 2026 10:00:00 GMT</pubDate></item>", item(1))
    )

    assert len(entries) == 2
    assert skipped == ["an item without id, link, title and text"]


def test_an_item_that_feedparser_fails_on_costs_only_itself() -> None:
    bad = "<item><guid>bad</guid><link>a<links>b</links></link></item>"

    entries, skipped = entries_of(rss(item(2), bad, item(1)))

    assert {entry.title.value for entry in entries} == {"Post 1", "Post 2"}
    assert skipped == ["the item at line 1 of the feed cannot be read (TypeError)"]


def test_a_bad_item_of_a_json_feed_costs_only_itself() -> None:
    good = {
        "id": "1",
        "title": "Good",
        "authors": "nobody",
        "date_published": 5,
        "url": ["x"],
        "content_html": None,
    }
    body = json.dumps({"version": "https://jsonfeed.org/version/1", "items": [7, good, {}, None]})

    entries, skipped = entries_of(body)

    assert [entry.title.value for entry in entries] == ["Good"]
    assert sorted(skipped) == [
        "an item without id, link, title and text",
        "item 1 is no object but int",
        "item 4 is no object but NoneType",
    ]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "url", "title", "authors", "author", "name", "date_published", "content_text"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=10,
    )
)
def test_no_json_item_breaks_the_reading(thing: object) -> None:
    body = json.dumps(
        {"version": "https://jsonfeed.org/version/1", "items": [thing, {"id": "good", "title": "x"}]}
    )

    assert "good" in {mention.external_id for mention in mentions_of(body)}


NAMES = [
    "item",
    "title",
    "link",
    "guid",
    "links",
    "authors",
    "author",
    "tags",
    "content",
    "source",
    "image",
    "updated_parsed",
    "title_detail",
    "category",
    "b",
]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.sampled_from(["", " x='1'", " href='y'", " type='html'"]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_no_order_of_elements_breaks_the_reading(tags: list[tuple[str, str, bool]]) -> None:
    """faults.md 28."""
    junk = "".join(f"<{name}{attributes}>x" if opens else f"</{name}>" for name, attributes, opens in tags)

    heard = mentions_of(rss(item(1), f"<item><guid>junk</guid>{junk}</item>", item(2)))

    assert "Post 1" in {mention.title for mention in heard}
