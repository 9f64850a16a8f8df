"""The probe's place on channel discourse: a forum's newest posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any

from model import Secret
from tests.discourse_service import FORUM, LATEST, DiscourseService, post, refused
from tests.probe import Place, Said, World
from tests.scripted import ScriptedServer


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as topics of one post; an answer stands below what it answers."""
    with ScriptedServer() as server:
        service = DiscourseService(server)

        def show() -> None:
            service.posts = [write(each) for each in world.there()]
            if world.has_bad_item:
                service.posts.append({"id": 999_999, "cooked": "whose topic?"})
            for each in world.said:
                service.show(each.number)
                if each.is_gone:
                    server.route(f"/t/{each.number}.json", refused(410))

        world.show = show
        server.route(LATEST, world.answering(service.latest))
        yield {"url": FORUM, "base_url": server.url, "api_key": Secret("canary-probe-key")}


def write(said: Said) -> dict[str, Any]:
    """Return a thing as Discourse writes it."""
    given: dict[str, Any] = {
        "username": said.author,
        "name": said.author,
        "user_id": sum(map(ord, said.author)),
        "created_at": None if said.at is None else said.at.isoformat(),
    }
    if said.edited_at is not None:
        given |= {"version": 2, "updated_at": said.edited_at.isoformat()}
    if said.answers is not None:
        given |= {"topic_id": said.answers.number, "post_number": 2, "reply_to_post_number": 1}
    return post(said.number, escape(said.text, quote=False), **given)


LOOPS = "a page that holds nothing older is taken for the end, as it is in old versions of Discourse"
PLACE = Place(
    channel="discourse",
    serve=serve,
    first_reads=1000,
    handle=lambda name: f"@{name}@forum.example",
    cannot={
        "renews": "there is no session",
        "forgets pages": "pages are named by ids",
        "quota": "no quota is told",
        "accounts": "posts of a deleted account are deleted, or go to another",
        "ids by hand": "the forum makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
    },
    misses={
        "paging that loops": LOOPS,
        "a page that repeats": LOOPS,
    },
)
