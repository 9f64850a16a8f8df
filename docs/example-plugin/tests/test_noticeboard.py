"""The notice board, by the contract that every collector keeps, and by what is its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from earshot_noticeboard import Noticeboard, read_page

from earshot import Fault, NeedsAttention, Scenario, Secret, World, collector_contract

Told = dict[str, object]
PAGE = 100


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as a board; each post is one change."""

    def notices() -> list[Told]:
        said = [
            notice(post.number, text=post.text, by=post.author, at=post.at.isoformat())
            for post in world.posts
        ]
        return [*said, {"id": "torn", "change": len(said) + 1}] if world.has_bad_item else said

    with board(notices, world) as url:
        yield {"url": url, "token": Secret("canary-board-token")}


@contextmanager
def board(notices: Callable[[], list[Told]], world: World) -> Iterator[str]:
    """Serve notices on loopback until the block ends; a fault of the world's is answered in their place."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            after = int(parse_qs(urlsplit(self.path).query)["after"][0])
            found = [each for each in notices() if int(str(each["change"])) > after][:PAGE]
            whole = json.dumps({"notices": found}).encode()
            fault = world.fault or Fault()
            body = whole if world.fault is None or fault.cut_after is not None else fault.body.encode()
            self.send_response(fault.status)
            for name, value in {"Content-Length": str(len(body)), **fault.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body if fault.cut_after is None else body[: min(fault.cut_after, len(body) - 1)])

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def notice(number: int, **changed: object) -> Told:
    """Return a notice as the board writes it."""
    made: Told = {"id": number, "change": number, "title": "Boxes", "text": "On Friday.", "by": "ada"}
    return {**made, "at": "2026-05-18T12:00:00+02:00", **changed}


TestContract = collector_contract(Scenario(channel="noticeboard", collector=Noticeboard, serve=acted))


def test_a_notice_becomes_a_mention() -> None:
    """Cleaned, and with its time in UTC."""
    (mention,) = read_page([notice(3, text="On\x00 Friday. ")], 3).mentions

    assert (mention.external_id, mention.title, mention.text) == ("3", "Boxes", "On Friday.")
    assert mention.author is not None
    assert mention.author.handle == "ada"
    assert mention.published_at == datetime(2026, 5, 18, 10, 0, tzinfo=UTC)


def test_an_edit_is_the_same_notice_in_its_new_words() -> None:
    """The store makes a revision of it: same id, other text."""
    page = read_page([notice(3), notice(3, change=9, text="On Saturday.")], 9)

    assert [(each.external_id, each.text) for each in page.mentions] == [
        ("3", "On Friday."),
        ("3", "On Saturday."),
    ]


def test_what_is_taken_down_is_gone() -> None:
    """The store leaves a tombstone, without a word of it."""
    page = read_page([notice(3, change=9, removed=True)], 9)

    assert (page.mentions, page.gone) == ([], ["3"])


def test_a_notice_without_a_date_is_heard_all_the_same() -> None:
    """The store gives it the time at which it was heard."""
    (mention,) = read_page([notice(3, at="yesterday")], 3).mentions

    assert mention.published_at is None


def test_what_is_no_address_is_refused_before_anybody_asks_it() -> None:
    """In words that say what to do."""
    with pytest.raises(NeedsAttention, match="give the address"):
        Noticeboard(url="town.example")
