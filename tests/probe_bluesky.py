"""The probe's place on channel bluesky: what a search finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any

from collectors.bluesky.sessions import forget_sessions
from model import Secret
from tests.bluesky_service import PASSWORD, SEARCH, BlueskyService, post, uri_of
from tests.probe import NOW, RESET, Place, Said, World
from tests.scripted import ScriptedServer


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as posts that the search finds."""
    forget_sessions()
    with ScriptedServer() as server:
        service = BlueskyService(server)

        def show() -> None:
            service.posts = [write(each) for each in world.there() if not each.has_lost_its_author]
            if world.has_bad_item:
                service.posts.append({"uri": "nobody can read this"})
            service.headers = {} if world.requests_left is None else dict(until_reset(None))

        world.show = show
        world.levers["end the session"] = service.expire
        server.route(SEARCH, world.answering(service.search))
        yield {
            "query": "hello",
            "handle": "rfn.example",
            "app_password": Secret(PASSWORD),
            "base_url": server.url,
        }


def write(said: Said) -> dict[str, Any]:
    """Return a thing as Bluesky shows it; the version is a hash of the words."""
    record: dict[str, Any] = {}
    if said.answers is not None:
        above = {"uri": uri_of(said.answers.number), "cid": "bafyabove"}
        record["reply"] = {"parent": above, "root": above}
    if said.at is None:
        record["createdAt"] = None
    told: dict[str, Any] = {
        "cid": f"bafy{sha256(said.text.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}",
        "author": {"did": f"did:plc:{said.author:a<24}", "handle": f"{said.author}.example"},
        "record": record,
    }
    return post(said.number, said.text, said.at or NOW, indexedAt=said.came_at.isoformat(), **told)


def until_reset(pause: timedelta | None) -> Mapping[str, str]:
    """Ask for a pause as Bluesky does: by the moment when it ends."""
    moment = RESET if pause is None else NOW + timedelta(minutes=40) + pause
    told = {"ratelimit-limit": "3000", "ratelimit-remaining": "0"}
    return {**told, "ratelimit-reset": str(int(moment.timestamp()))}


PLACE = Place(
    channel="bluesky",
    serve=serve,
    first_reads=1900,  # the pages overlap by a second
    handle=lambda name: f"{name}.example",
    pause=until_reset,
    cannot={
        "forgets pages": "pages are named by times",
        "ids by hand": "the account's server makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
        "undated": "what bears no date that can be is dated by when the service saw it",
        "surrogates": "posts are kept as CBOR, whose texts are whole characters",
        "moved for good": "an account's server does not redirect; base_url is then refused, in words",
    },
    misses={
        "dated 1970": "the search goes by the date that the author's program gives, and begins thirty days back",
    },
)
