"""The probe's place on channel stackexchange: questions that a search finds, and their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any

from model import Secret
from tests.probe import Place, Said, World
from tests.stackexchange_service import SEARCH, StackExchangeService, answer, owner, question


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as questions; what answers is an answer."""
    with StackExchangeService() as service:

        def show() -> None:
            there = world.there()
            service.questions = [write(each, world) for each in there if each.answers is None]
            service.answers = [write(each, world) for each in there if each.answers is not None]
            if world.has_bad_item:
                service.questions.append({"title": "whose number?"})
            service.quota = 290 if world.requests_left is None else world.requests_left

        world.show = show
        service.route(SEARCH, world.answering(service.method))
        yield {
            "site": "diy",
            "query": "hello",
            "key": Secret("canary-probe-key"),
            "base_url": service.url,
        }


def write(said: Said, world: World) -> dict[str, Any]:
    """Return a thing as the API writes it."""
    number = int("".join(str(ord(letter)) for letter in said.author)[-9:])
    given: dict[str, Any] = {
        "owner": owner(user_id=number, display_name=said.author),
        "creation_date": None if said.at is None else int(said.at.timestamp()),
    }
    if said.edited_at is not None:
        given["last_edit_date"] = int(said.edited_at.timestamp())
    words = escape(said.text, quote=False)
    if said.answers is not None:
        return answer(said.number, said.answers.number, words, **given)
    n_answers = sum(each.answers is said for each in world.there())
    active_at = int((said.edited_at or said.came_at).timestamp())
    return question(said.number, words, answer_count=n_answers, last_activity_date=active_at, **given)


def handle(name: str) -> str:
    number = int("".join(str(ord(letter)) for letter in name)[-9:])
    return f"diy.stackexchange.com/users/{number}"


PLACE = Place(
    channel="stackexchange",
    serve=serve,
    handle=handle,
    cannot={
        "renews": "a key does not end",
        "forgets pages": "pages are named by times",
        "accounts": "a deleted account's posts stay, as nobody's, and their licence allows it",
        "ids by hand": "the site makes the ids, and gives none twice",
        "numbered anew": "ids are for good",
    },
)
