"""The probe's place on channel rss: a feed, newest first, with an ETag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape

from model import Secret
from tests.feeds import XML
from tests.feeds import rss as feed
from tests.probe import Place, Said, World
from tests.scripted import Answer, Request, ScriptedServer

CROWD = 5000
"""From so many things on the feed is terse: it must not be larger than 10 MiB."""


@dataclass
class Ids:
    """How the feed's program writes ids."""

    scheme: str = "http"
    reused: bool = False


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as a feed."""
    ids = Ids()
    world.levers["write https"] = lambda: setattr(ids, "scheme", "https")
    world.levers["reuse an id"] = lambda: setattr(ids, "reused", True)

    def whole(asked: Request) -> Answer:
        there = list(reversed(world.there()))
        items = [item(each, ids) for each in there] if len(there) < CROWD else [terse(each) for each in there]
        if world.has_bad_item:
            items.insert(1, "<item><description></description></item>")
        body = feed(*items)
        etag = f'"{hash(body)}"'
        if asked.headers.get("if-none-match") == etag:
            return Answer(304, {"ETag": etag})
        return Answer(headers={**XML, "ETag": etag}, body=body.encode("utf-8", "surrogatepass"))

    with ScriptedServer() as server:
        server.route("/feed", world.answering(whole))
        yield {"url": f"{server.url}/feed", "username": "reader", "password": Secret("canary-probe-password")}


def item(said: Said, ids: Ids) -> str:
    """Return a thing as the feed writes it; the third one takes the first one's id where ids are reused."""
    number = 1 if ids.reused and said.number == 3 else said.number
    date = "" if said.at is None else f"<pubDate>{format_datetime(said.at, usegmt=True)}</pubDate>"
    return (
        f"<item><guid>{ids.scheme}://place.example/?p={number}</guid><title>Thing {said.number}</title>"
        f"<link>{ids.scheme}://place.example/{said.number}</link>{date}<author>{said.author}</author>"
        f"<description>{escape(escape(said.text, quote=False), quote=False)}</description></item>"
    )


def terse(said: Said) -> str:
    return f"<item><guid>{said.number}</guid><description>{said.text}</description></item>"


PLACE = Place(
    channel="rss",
    serve=serve,
    many=1100,
    cannot={
        "pages": "a feed is one document",
        "deletions": "a feed does not tell that something was deleted",
        "accounts": "a feed does not tell that an account was deleted",
        "threads": "a feed of posts does not say what they answer (thr:in-reply-to is tried by its own tests)",
        "speakers": "a feed has one voice, its host's",
        "shared ids": "a guid is unique in its own feed only; copies in two feeds are one story",
        "quota": "a feed has no quota",
        "json": "a feed is XML here (JSON Feed is tried by its own tests)",
        "surrogates": "half a character is no XML; the channel's own tests try it",
        "numbered anew": "a feed has no numbers",
    },
)
