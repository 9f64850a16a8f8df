"""One poll of a feed after the other: what is asked, what is kept in the cursor, what goes wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from errors import NeedsAttention, TryLater
from model import Secret
from tests.feeds import XML, collected, heard, item, rss
from tests.scripted import Answer, ScriptedServer

NOTES = rss(item(2), item(1))


def test_reads_every_entry_the_oldest_first(server: ScriptedServer) -> None:
    server.route("/feed", Answer(200, XML, NOTES))

    batches = collected(server)

    assert [mention.title for mention in heard(batches)] == ["Post 1", "Post 2"]
    assert batches[-1].skipped == []


def test_sends_the_validators_back_as_they_came(server: ScriptedServer) -> None:
    """faults.md 15."""
    validators = {"ETag": 'W/"a b;c"', "Last-Modified": "Tue, 19 May 2026 10:00:00 GMT"}
    server.route("/feed", Answer(200, XML | validators, NOTES), Answer(304))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    asked = server.asked("/feed")[1].headers
    assert asked["if-none-match"] == 'W/"a b;c"'
    assert asked["if-modified-since"] == "Tue, 19 May 2026 10:00:00 GMT"
    assert heard(second) == []
    assert [batch.unchanged for batch in second] == [2]
    assert second[-1].cursor == first[-1].cursor


def test_a_304_that_was_not_asked_for_is_an_error(server: ScriptedServer) -> None:
    """faults.md 15."""
    server.route("/feed", Answer(304))

    with pytest.raises(TryLater, match="304"):
        collected(server)


def test_the_same_bytes_are_not_parsed_again(server: ScriptedServer) -> None:
    server.route("/feed", Answer(200, XML | {"ETag": "1"}, NOTES), Answer(200, XML | {"ETag": "2"}, NOTES))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert heard(second) == []
    assert second[-1].unchanged == 2
    assert second[-1].cursor == {**first[-1].cursor, "etag": "2"}


def test_validators_of_another_address_are_not_sent(server: ScriptedServer) -> None:
    server.route("/feed", Answer(200, XML | {"ETag": '"all of the site"'}, NOTES))
    server.route("/comments", Answer(200, XML, rss(item(3))))

    first = collected(server)
    collected(server, first[-1].cursor, path="/comments")

    assert "if-none-match" not in server.asked("/comments")[0].headers


def test_a_cursor_that_is_not_ours_reads_from_the_start(server: ScriptedServer) -> None:
    server.route("/feed", Answer(200, XML, NOTES))

    batches = collected(server, {"etag": 7, "hash": ["x"], "entries": "many", "owners": 3, "url": None})

    assert len(heard(batches)) == 2


def test_a_feed_that_has_moved_says_where_to(server: ScriptedServer) -> None:
    server.route("/feed", Answer(301, {"Location": "/new"}))
    server.route("/new", Answer(200, XML | {"ETag": '"1"'}, NOTES), Answer(304))

    first = collected(server)
    collected(server, first[-1].cursor, path="/new")

    assert first[-1].moved_to == f"{server.url}/new"
    assert server.asked("/new")[1].headers["if-none-match"] == '"1"'


def test_a_detour_is_no_move(server: ScriptedServer) -> None:
    server.route("/feed", Answer(302, {"Location": "/elsewhere"}))
    server.route("/elsewhere", Answer(200, XML, NOTES))

    batches = collected(server)

    assert batches[-1].moved_to is None
    assert len(heard(batches)) == 2


def test_signs_in_where_the_feed_asks_for_it(server: ScriptedServer) -> None:
    server.route("/feed", Answer(200, XML, NOTES))

    collected(server, username="ana", password=Secret("pass word"))

    assert server.asked("/feed")[0].headers["authorization"] == "Basic YW5hOnBhc3Mgd29yZA=="


def test_who_speaks_is_the_host_that_was_asked(server: ScriptedServer) -> None:
    head = "<title>Notes</title><link>https://somebody-else.example</link>"
    signed = "<item><guid>1</guid><author>Ana</author><description>x</description></item>"
    server.route("/feed", Answer(200, XML, rss(signed, item(2), head=head)))

    authors = [mention.author for mention in heard(collected(server))]

    assert [author and (author.handle, author.name) for author in authors] == [
        ("127.0.0.1", "Ana"),
        ("127.0.0.1", "Notes"),
    ]


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("120", timedelta(minutes=2)),
        ("Wed, 20 May 2026 10:30:00 GMT", timedelta(hours=1)),
        ("315360000", timedelta(hours=24)),
        ("in a while", None),
    ],
)
def test_a_pause_that_is_asked_for_is_told(
    server: ScriptedServer, value: str, pause: timedelta | None
) -> None:
    """faults.md 16."""
    server.route("/feed", Answer(429, {"Retry-After": value}))

    with pytest.raises(TryLater) as error:
        collected(server)

    assert error.value.after == pause


@pytest.mark.parametrize(
    ("status", "expected", "words"),
    [
        (401, NeedsAttention, "credentials"),
        (403, NeedsAttention, "credentials"),
        (404, TryLater, "not there"),
        (410, NeedsAttention, "gone for good"),
        (451, NeedsAttention, "451"),
        (500, TryLater, "trouble"),
        (503, TryLater, "trouble"),
    ],
)
def test_a_status_says_whether_to_wait_or_to_act(
    server: ScriptedServer, status: int, expected: type[Exception], words: str
) -> None:
    """faults.md 17, 18."""
    server.route("/feed", Answer(status, {}, "no"))

    with pytest.raises(expected, match=words):
        collected(server)


PAGE = """<!doctype html><html><head><title>Just a moment</title>
<link rel="alternate" type="application/rss+xml" href="/posts.xml?key=hidden">
<link rel='alternate' type='application/atom+xml' href='https://northside.example/atom'>
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
<link rel="alternate" hreflang="es" href="/es"></head><body>Welcome</body></html>"""


def test_a_page_is_not_a_feed_and_names_its_feeds(server: ScriptedServer) -> None:
    """faults.md 21."""
    server.route("/feed", Answer(200, {"Content-Type": "text/html"}, PAGE))

    with pytest.raises(NeedsAttention) as error:
        collected(server)

    words = str(error.value)
    assert f"its feeds: {server.url}/posts.xml, https://northside.example/atom" in words
    assert "hidden" not in words
    assert "javascript" not in words


def test_a_page_where_a_feed_was_is_tried_again(server: ScriptedServer) -> None:
    """faults.md 21."""
    server.route("/feed", Answer(200, XML, NOTES), Answer(200, {"Content-Type": "text/html"}, PAGE))
    first = collected(server)

    with pytest.raises(TryLater, match="not a feed"):
        collected(server, first[-1].cursor)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN'><html xmlns='x'><body/></html>",
            "web page",
        ),
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'></urlset>", "something else"),
        ("Database connection failed", "something else"),
        ('{"posts": []}', "something else"),
        ("{" * 100_000, "something else"),
    ],
    ids=["xhtml", "sitemap", "plain", "json", "deep"],
)
def test_what_is_not_a_feed_waits_for_a_person(server: ScriptedServer, body: str, words: str) -> None:
    """faults.md 21."""
    server.route("/feed", Answer(200, {}, body))

    with pytest.raises(NeedsAttention, match=words):
        collected(server)


def test_an_empty_answer_is_tried_again(server: ScriptedServer) -> None:
    server.route("/feed", Answer(200, XML, "  \n"))

    with pytest.raises(TryLater, match="nothing at all"):
        collected(server)


def test_a_feed_of_which_nothing_can_be_read_is_tried_again(server: ScriptedServer) -> None:
    server.route("/feed", Answer(200, XML, "<rss><channel><title>Half a"))

    with pytest.raises(TryLater, match="nothing in the feed"):
        collected(server)


def test_a_feed_without_entries_is_fine(server: ScriptedServer) -> None:
    server.route("/feed", Answer(200, XML, rss()))

    batches = collected(server)

    assert heard(batches) == []
    assert batches[-1].cursor


def test_what_three_known_readers_lose_is_all_heard(server: ScriptedServer) -> None:
    """An edit, a post of the same second, a back-dated one, an undated one; what left the feed is no deletion."""
    a, b = item("a", date="Tue, 19 May 2026 10:00:00 GMT"), item("b", date="Tue, 19 May 2026 11:00:00 GMT")
    edited = item("a", "Other words.", date="Tue, 19 May 2026 10:00:00 GMT")
    c = item("c", date="Tue, 19 May 2026 11:00:00 GMT")
    e = item("e", date="Mon, 18 May 2026 10:00:00 GMT")
    undated = "<item><guid>u</guid><description>No date.</description></item>"
    server.route("/feed", Answer(200, XML, rss(b, a)), Answer(200, XML, rss(undated, c, edited, e)))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    told = {mention.external_id.rpartition("=")[2]: mention for mention in heard(second)}
    assert told.keys() == {"a", "c", "e", "u"}
    assert told["a"].text == "Other words."
    assert told["a"].external_id == next(
        m.external_id for m in heard(first) if m.text == "Some words." and "a" in m.title
    )
    assert told["u"].published_at is None
    assert all(not batch.gone for batch in second)


def test_many_faults_are_counted_and_not_all_told(server: ScriptedServer) -> None:
    server.route("/feed", Answer(200, XML, rss(item(1), *["<item/>"] * 50)))

    skipped = collected(server)[-1].skipped

    assert len(skipped) == 21
    assert skipped[-1] == "and 30 more like these"
