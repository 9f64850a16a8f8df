"""The probe's place on channel hackernews: what a search finds, and the items themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any

from tests.hackernews_service import SEARCH, HackerNewsService, comment, story
from tests.probe import NOW, Place, Said, World
from tests.scripted import ScriptedServer


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as stories with a text; answers are comments."""
    with ScriptedServer() as server:
        service = HackerNewsService(server)

        def show() -> None:
            service.hits = [hit(each) for each in world.there()]
            if world.has_bad_item:
                service.hits.append({"title": "nobody knows its number"})
            for each in world.said:
                service.item(each.number, item(each))

        world.show = show
        server.route(SEARCH, world.answering(service.search))
        yield {"query": "hello", "base_url": server.url, "items_url": f"{server.url}/v0"}


def hit(said: Said) -> dict[str, Any]:
    """Return a thing as Algolia writes it."""
    at = NOW.timestamp() if said.at is None else said.at.timestamp()
    words = escape(said.text, quote=False)
    told: dict[str, Any]
    if said.answers is not None:
        above = said.answers.number
        told = comment(said.number, words, below=above, parent=above, at=at, author=said.author)
    else:
        told = story(said.number, title="Weekend Box", at=at, author=said.author, story_text=words)
    if said.at is None:
        told["created_at_i"] = None
    return told


def item(said: Said) -> dict[str, Any]:
    """Return a thing as Hacker News itself writes it."""
    if said.is_gone:
        return {"id": said.number, "type": "story", "deleted": True}
    told = {"id": said.number, "type": "story", "by": said.author, "title": "Weekend Box"}
    at = None if said.at is None else int(said.at.timestamp())
    return {**told, "time": at, "url": "https://rfn.example/box", "text": escape(said.text, quote=False)}


PLACE = Place(
    channel="hackernews",
    serve=serve,
    cannot={
        "keys": "nobody needs a key",
        "renews": "there is no session",
        "forgets pages": "pages are numbered",
        "quota": "no quota is told",
        "accounts": "an account is not deleted there",
        "undated": "each item is found by its date",
        "ids by hand": "Hacker News makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
    },
)
