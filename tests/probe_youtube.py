"""The probe's place on channel youtube: the comments on a video."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from model import Secret
from tests.probe import NOW, Place, Said, World
from tests.scripted import ScriptedServer
from tests.youtube_service import THREADS, VIDEO, YouTubeService, reply, thread


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as threads; answers are replies."""
    with ScriptedServer() as server:
        service = YouTubeService(server)

        def show() -> None:
            there = [each for each in world.there() if not each.has_lost_its_author]
            tops = [each for each in reversed(there) if each.answers is None]
            service.threads = [write(top, there) for top in tops]
            if world.has_bad_item:
                bad = {"kind": "youtube#commentThread", "snippet": {"videoId": VIDEO}}
                service.threads.insert(1, bad)

        world.show = show
        world.levers["forget the pages"] = lambda: setattr(service, "age", service.age + 1)
        server.route(THREADS, world.answering(service.listed))
        yield {"api_key": Secret("canary-probe-key"), "video": VIDEO, "base_url": server.url}


def write(top: Said, there: list[Said]) -> dict[str, Any]:
    """Return a thread as YouTube writes it."""
    replies = [
        reply(f"{comment_id(top)}.{each.number:04}", each.text, **details(each))
        for each in there
        if each.answers is top
    ]
    return thread(comment_id(top), *replies, text=top.text, **details(top))


def comment_id(said: Said) -> str:
    return f"UgxThing{said.number:06}"


def details(said: Said) -> dict[str, Any]:
    at = None if said.at is None else said.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    edited = said.edited_at or said.at or NOW
    number = sha256(said.author.encode()).hexdigest()[:22]
    return {
        "publishedAt": at,
        "updatedAt": edited.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "authorDisplayName": f"@{said.author}",
        "authorChannelId": {"value": f"UC{number}"},
    }


PLACE = Place(
    channel="youtube",
    serve=serve,
    first_reads=1000,
    handle=lambda name: f"@{name}",
    cannot={
        "renews": "there is no session",
        "quota": "YouTube does not tell what is left",
        "ids by hand": "YouTube makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
        "a hundred thousand things": "the acted service is too slow for so many; fifteen hundred are played",
    },
    misses={
        "deleted and back": "asking again brings the words of edited comments only",
    },
)
