"""By what an item is known again."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from collectors.rss.entries import Entry, Said
from collectors.rss.identity import LONGEST_ID, Identities, canonical
from model import Cursor
from tests.feeds import XML, collected, heard, mentions_of, only, rss
from tests.scripted import Answer, ScriptedServer

NO_ID = "<item><link>{link}</link><title>{title}</title><description>{text}</description></item>"
SHARED = (
    "<item><guid isPermaLink='false'>same</guid><link>https://n.example/{0}</link><title>{0}</title></item>"
)


def test_an_id_stays_when_its_site_goes_to_https() -> None:
    """faults.md 31."""
    before = only(rss("<item><guid>http://N.example/?p=1</guid><description>x</description></item>"))
    after = only(rss("<item><guid>https://N.example/?p=1</guid><description>y</description></item>"))

    assert before.external_id == after.external_id


def test_an_item_without_an_id_is_known_by_link_and_title() -> None:
    """faults.md 31."""
    first = only(rss(NO_ID.format(link="http://n.example/1", title="A", text="x")))
    edited = only(rss(NO_ID.format(link="https://n.example/1", title="A", text="y")))
    other = only(rss(NO_ID.format(link="https://n.example/1", title="B", text="x")))

    assert first.external_id == edited.external_id
    assert first.external_id != other.external_id


def test_an_item_of_nothing_but_text_is_known_by_its_text() -> None:
    texts = ["<item><description>one</description></item>", "<item><description>two</description></item>"]

    assert len({mention.external_id for mention in mentions_of(rss(*texts))}) == 2


def test_twice_the_same_id_and_link_is_one_item_as_it_was_said_last() -> None:
    """faults.md 31."""
    newest = "<item><guid>1</guid><title>New</title><pubDate>Tue, 19 May 2026 10:00:00 GMT</pubDate></item>"
    oldest = "<item><guid>1</guid><title>Old</title><pubDate>Mon, 18 May 2026 10:00:00 GMT</pubDate></item>"

    assert only(rss(newest, oldest)).title == "New"
    assert only(rss(oldest, newest)).title == "New"


def test_an_id_that_several_items_share_is_kept_by_the_oldest(server: ScriptedServer) -> None:
    """faults.md 31."""
    a, b, c = (SHARED.format(name) for name in "abc")
    bodies = [rss(a), rss(b, a), rss(c, b), rss(c)]
    server.route("/feed", *(Answer(200, XML, body) for body in bodies))
    identities: dict[str, set[str]] = {}

    cursor: Cursor = {}
    for _ in bodies:
        batches = collected(server, cursor)
        cursor = json.loads(json.dumps(batches[-1].cursor))
        for mention in heard(batches):
            identities.setdefault(mention.title, set()).add(mention.external_id)

    assert identities["a"] == {"same"}
    assert [len(ids) for ids in identities.values()] == [1, 1, 1]
    assert len(set.union(*identities.values())) == 3


def test_a_very_long_id_becomes_its_hash() -> None:
    long = "https://n.example/?" + "x" * 5000

    assert len(canonical(long)) < LONGEST_ID
    assert canonical(long) != canonical(long + "y")
    assert canonical(long) == canonical("http" + long[5:])


@given(st.text(), st.text(), st.text())
def test_every_entry_has_a_clean_stable_identity(identity: str, link: str, title: str) -> None:
    entry = Entry(id=identity, link=link, title=Said(value=title))

    (first,) = Identities().tell_apart([entry])
    (second,) = Identities().tell_apart([entry])

    assert first == second
    assert 0 < len(first) <= LONGEST_ID
    first.encode()
    assert "\x00" not in first


@given(st.text(min_size=1))
def test_the_canonical_form_is_canonical(identity: str) -> None:
    assert canonical(canonical(identity)) == canonical(identity)
