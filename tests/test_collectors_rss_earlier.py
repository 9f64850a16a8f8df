"""What a feed no longer shows: found on its earlier pages, or told to be missing."""

from __future__ import annotations

import pytest

from collectors.contract import Batch
from collectors.rss import GAP
from collectors.rss.earlier import MOST_PAGES
from model import Secret
from tests.feeds import XML, atom, collected, heard, item, rss
from tests.scripted import Answer, Request, ScriptedServer

WORDPRESS = "<title>Notes</title><generator>https://wordpress.org/?v=6.1.9</generator>"


def page(*numbers: int, head: str = WORDPRESS) -> Answer:
    return Answer(200, XML, rss(*(item(number) for number in numbers), head=head))


def pages(server: ScriptedServer, first: Answer, *later: Answer, end: Answer) -> None:
    """Serve one reading, and then a feed of several pages."""
    readings = iter([first, later[0]])

    def answer(request: Request) -> Answer:
        number = int(request.query.get("paged", ["1"])[0])
        if number == 1:
            return next(readings)
        return later[number - 1] if number <= len(later) else end

    server.route("/feed", answer)


def linked(*numbers: int, to: str) -> Answer:
    head = f"<title>Notes</title><atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='next' href='{to}'/>"
    return page(*numbers, head=head)


def titles(batches: list[Batch]) -> list[str]:
    return sorted(mention.title for mention in heard(batches))


def test_what_wordpress_shows_no_more_is_read_from_its_earlier_pages(server: ScriptedServer) -> None:
    pages(server, page(2, 1), page(8, 7), page(6, 5), page(4, 3, 2), end=Answer(404))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert titles(second) == [f"Post {number}" for number in range(2, 9)]
    assert [line for batch in second for line in batch.skipped] == []
    assert all(batch.cursor == first[-1].cursor for batch in second[:-1])


def test_the_next_page_that_a_feed_names_is_read(server: ScriptedServer) -> None:
    server.route("/feed", linked(2, 1, to="/older"), linked(5, 4, to="/older"))
    server.route("/older", linked(3, 2, to="/oldest"))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert titles(second) == ["Post 2", "Post 3", "Post 4", "Post 5"]
    assert server.asked("/oldest") == []


def test_the_first_reading_and_one_that_meets_what_it_knows_ask_for_no_page(server: ScriptedServer) -> None:
    server.route("/feed", page(2, 1), page(3, 2))

    first = collected(server)
    collected(server, first[-1].cursor)

    assert [request.path for request in server.requests] == ["/feed", "/feed"]


def test_an_edit_of_everything_is_no_gap(server: ScriptedServer) -> None:
    edited = rss(item(2, "Other words."), item(1, "New words."), head=WORDPRESS)
    server.route("/feed", page(2, 1), Answer(200, XML, edited))

    first = collected(server)
    collected(server, first[-1].cursor)

    assert len(server.requests) == 2


def test_a_feed_that_is_empty_now_has_no_gap(server: ScriptedServer) -> None:
    server.route("/feed", page(2, 1), page(), page(3))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert second[-1].skipped == []
    assert len(server.requests) == 2


def test_a_feed_without_pages_tells_that_something_may_be_missing(server: ScriptedServer) -> None:
    server.route("/feed", page(2, 1, head="<title>Notes</title>"), page(9, 8, head="<title>Notes</title>"))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert titles(second) == ["Post 8", "Post 9"]
    assert second[-1].skipped == [GAP]
    assert second[-1].cursor != first[-1].cursor


@pytest.mark.parametrize(
    "end",
    [Answer(404), Answer(500), Answer(200, {}, "<html>no more</html>"), page()],
    ids=["404", "500", "html", "empty"],
)
def test_pages_that_end_before_something_known_lose_nothing_of_the_others(
    server: ScriptedServer, end: Answer
) -> None:
    pages(server, page(2, 1), page(8, 7), page(6, 5), end=end)

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert titles(second) == ["Post 5", "Post 6", "Post 7", "Post 8"]
    assert second[-1].skipped == [GAP]


def test_pages_that_never_end_are_read_up_to_a_bound(server: ScriptedServer) -> None:
    many = [page(800 - number) for number in range(MOST_PAGES + 9)]
    pages(server, page(2, 1), *many, end=Answer(404))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert len(titles(second)) == MOST_PAGES + 1
    assert second[-1].skipped == [GAP]


def test_a_site_that_shows_the_same_page_whatever_is_asked_is_asked_once_more(server: ScriptedServer) -> None:
    same = page(8, 7)
    pages(server, page(2, 1), same, end=same)

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert len(server.requests) == 3
    assert second[-1].skipped == [GAP]


def test_a_next_page_that_is_the_same_or_of_another_origin_is_not_asked_for(server: ScriptedServer) -> None:
    """faults.md 7, 14."""
    server.route(
        "/feed", linked(1, to="/feed"), linked(5, to="/feed"), linked(9, to="https://other.example/older")
    )

    first = collected(server, password=Secret("s3cret"))
    second = collected(server, first[-1].cursor)
    third = collected(server, second[-1].cursor)

    assert [second[-1].skipped, third[-1].skipped] == [[GAP], [GAP]]
    assert len(server.requests) == 3


@pytest.mark.parametrize("link", ["http://[::1", "ftp://127.0.0.1/x", "//", "javascript:alert(1)"])
def test_a_next_page_that_is_no_address_is_none(server: ScriptedServer, link: str) -> None:
    """faults.md 6, 7."""
    server.route("/feed", linked(2, 1, to="/older"), linked(9, 8, to=link))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert titles(second) == ["Post 8", "Post 9"]
    assert second[-1].skipped == [GAP]
    assert len(server.requests) == 2


def test_atom_names_its_next_page_too(server: ScriptedServer) -> None:
    entry = "<entry><id>urn:{0}</id><title>Post {0}</title><updated>2026-05-19T10:00:00Z</updated></entry>"
    head = "<title>Notes</title><link rel='next' href='/older'/>"
    bodies = [
        atom(entry.format(1), head=head),
        atom(entry.format(3), head=head),
        atom(entry.format(2), entry.format(1)),
    ]
    server.route("/feed", Answer(200, XML, bodies[0]), Answer(200, XML, bodies[1]))
    server.route("/older", Answer(200, XML, bodies[2]))

    first = collected(server)
    second = collected(server, first[-1].cursor)

    assert titles(second) == ["Post 1", "Post 2", "Post 3"]
    assert second[-1].skipped == []
