"""The probe's place on channel lemmy: the posts and comments of a community."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from model import Secret
from tests.json_services import told
from tests.lemmy_service import INSTANCE, POSTS, LemmyService, comment, creator, post, refused
from tests.probe import NOW, Place, Said, World
from tests.scripted import Answer, Request, ScriptedServer


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as posts; answers are comments."""
    with ScriptedServer() as server:
        service = LemmyService(server)

        def show() -> None:
            there = list(reversed(world.there()))
            service.posts = [write(each) for each in there if each.answers is None]
            service.comments = [write(each) for each in there if each.answers is not None]
            if world.has_bad_item:
                service.posts.insert(1, {"post": {"name": "whose number?"}})

        def one(asked: Request) -> Answer:
            found = [each for each in service.posts if str(each["post"].get("id")) == asked.query["id"][0]]
            return told({"post_view": found[0]}) if found else refused("couldnt_find_post")

        world.show = show
        server.route(POSTS, world.answering(service.list_posts))
        server.route("/api/v3/post", one)
        yield {
            "url": INSTANCE,
            "base_url": server.url,
            "community": "foodbanks",
            "token": Secret("canary-probe-token"),
        }


def write(said: Said) -> dict[str, Any]:
    """Return a thing as Lemmy writes it."""
    given: dict[str, Any] = {
        "published": None if said.at is None else said.at.isoformat(),
        "updated": None if said.edited_at is None else said.edited_at.isoformat(),
    }
    if said.answers is not None:
        view = comment(said.number, said.text, below=said.answers.number, **given)
    else:
        view = post(said.number, said.text, at=said.at or NOW, **given)
    name = said.author
    who = {"name": name, "actor_id": f"https://far.example/u/{name}", "deleted": said.has_lost_its_author}
    return {**view, "creator": creator(**who)}


PLACE = Place(
    channel="lemmy",
    serve=serve,
    first_reads=1000,
    handle=lambda name: f"@{name}@far.example",
    cannot={
        "renews": "a token does not end by itself",
        "forgets pages": "pages are named by ids",
        "quota": "no quota is told",
        "ids by hand": "the instance makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
    },
)
