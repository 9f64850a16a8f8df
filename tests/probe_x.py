"""The probe's place on channel x: what a recent search finds."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from model import Secret
from tests.probe import NOW, RESET, Place, Said, World
from tests.scripted import Answer, Request, ScriptedServer
from tests.x_service import LOOKUP, SEARCH, XService, id_at, post


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as posts that the search finds."""
    with ScriptedServer() as server:
        service = XService(server)

        def show() -> None:
            service.posts = [write(each) for each in world.there() if not each.has_lost_its_author]
            service.posts.sort(key=lambda each: -int(each["id"]))
            if world.has_bad_item:
                service.posts.insert(1, {"text": "nobody can read this"})
            names = {each.author for each in world.said}
            service.users = [{"id": user_id(each), "username": each, "name": each} for each in names]
            left = world.requests_left
            service.headers = (
                {} if left is None else {"x-rate-limit-remaining": str(left), **until_reset(None)}
            )

        def lookup(asked: Request) -> Answer:
            """Earlier versions are found by their ids, and by no search."""
            listed = service.posts
            earlier = [{**write(each), "id": first_id(each)} for each in world.there() if each.edited_at]
            service.posts = [*listed, *earlier]
            answer = service.lookup(asked)
            service.posts = listed
            return answer

        world.show = show
        server.route(LOOKUP, lookup)
        world.levers["forget the pages"] = lambda: service.expired.update(
            f"page-{first}" for first in range(100, 1000, 100)
        )
        server.route(SEARCH, world.answering(service.search))
        yield {
            "query": "hello",
            "bearer_token": Secret("canary-probe-token"),
            "base_url": server.url,
            "max_posts_per_poll": 1000,
            "budget_posts_per_day": 100_000,
            "budget_dollars_per_month": 10_000,
        }


def user_id(name: str) -> str:
    return str(1000 + sum(map(ord, name)))


def first_id(said: Said) -> str:
    return id_at(said.at or NOW, said.number)


def write(said: Said) -> dict[str, Any]:
    """Return a thing as X writes it: each version has an id of its own, which tells its time."""
    first = first_id(said)
    newest = first if said.edited_at is None else id_at(said.edited_at, said.number)
    told: dict[str, Any] = {
        "author_id": user_id(said.author),
        "created_at": None if said.at is None else f"{said.at:%Y-%m-%dT%H:%M:%S}.000Z",
        "edit_history_tweet_ids": list(dict.fromkeys((first, newest))),
        "conversation_id": first,
    }
    if said.answers is not None:
        above = first_id(said.answers)
        told["referenced_tweets"] = [{"type": "replied_to", "id": above}]
        told["conversation_id"] = above
    return post(newest, html.escape(said.text, quote=False), **told)


def until_reset(pause: timedelta | None) -> Mapping[str, str]:
    """Ask for a pause as X does: by the moment when it ends."""
    moment = RESET if pause is None else NOW + timedelta(minutes=40) + pause
    return {"x-rate-limit-reset": str(int(moment.timestamp()))}


PLACE = Place(
    channel="x",
    serve=serve,
    pause=until_reset,
    cannot={
        "undated": "a post's id tells when it was written",
        "silent edits": "each version of a post has an id of its own",
        "ids by hand": "X makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
        "moved for good": "X's address is fixed",
        "something goes meanwhile": "what X's page tokens name is not documented",
        "renews": "a bearer token does not end by itself",
    },
    misses={
        "dated back": "ids tell the time, and X lists what is newer than the newest known one",
    },
)
