"""The probe's place on channel mastodon: a hashtag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from html import escape
from typing import Any

from model import Secret
from tests.mastodon_service import STATUSES, TAG, TOKEN, MastodonService, account, answer, status
from tests.probe import NOW, RESET, Place, Said, World
from tests.scripted import Answer, ScriptedServer


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as statuses with a hashtag, on an instance that dates them by their arrival."""
    with ScriptedServer() as server:
        service = MastodonService(server)

        def show() -> None:
            service.statuses = [write(each) for each in world.there() if not each.has_lost_its_author]
            told = {each["id"]: each for each in service.statuses}
            for each in world.said:
                above = [] if each.answers is None else [write(each.answers)]
                context = f"{STATUSES}/{number(each)}/context"
                server.route(context, answer({"ancestors": above, "descendants": []}))
                one = told.get(number(each))
                server.route(f"{STATUSES}/{number(each)}", Answer(404) if one is None else answer(one))
            if world.has_bad_item:
                service.statuses.append({"id": "1000000001x", "content": None})
            service.headers = {} if world.requests_left is None else dict(until_reset(None))

        world.show = show
        server.route(TAG, world.answering(lambda asked: service.listing(service.statuses, asked)))
        yield {
            "instance": "social.example",
            "hashtag": "foodbank",
            "access_token": Secret(TOKEN),
            "base_url": server.url,
        }


def number(said: Said) -> str:
    return str(1_000_000_000 + said.number)


def write(said: Said) -> dict[str, Any]:
    """Return a thing as Mastodon writes it."""
    told: dict[str, Any] = {
        "account": account(said.author),
        "in_reply_to_id": None if said.answers is None else number(said.answers),
        "edited_at": None if said.edited_at is None else said.edited_at.isoformat(),
    }
    if said.at is None:
        told["created_at"] = None
    return status(number(said), escape(said.text, quote=False), said.at or NOW, **told)


def until_reset(pause: timedelta | None) -> Mapping[str, str]:
    """Ask for a pause as Mastodon does: by the date when it ends."""
    moment = RESET if pause is None else NOW + timedelta(minutes=40) + pause
    return {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{moment:%Y-%m-%dT%H:%M:%S}.348080Z"}


PLACE = Place(
    channel="mastodon",
    serve=serve,
    first_reads=800,
    handle=lambda name: f"@{name}@social.example",
    pause=until_reset,
    cannot={
        "forgets pages": "pages are named by ids",
        "ids by hand": "the instance makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
        "renews": "a token does not end by itself",
    },
)
