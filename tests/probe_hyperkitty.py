"""The probe's place on channel hyperkitty: a list's archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.hyperkitty_service import API, LIST, HyperKittyService, hashed, letter
from tests.probe import Place, Said, World
from tests.scripted import ScriptedServer


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as letters."""
    with ScriptedServer() as server:
        service = HyperKittyService(server)

        def show() -> None:
            service.letters = [write(each) for each in reversed(world.there())]
            if world.has_bad_item:
                service.letters.insert(1, {"subject": "nobody can read this"})
            service.open_letters()
            for each in world.said:
                server.route(f"{API}/email/{hashed(message_id(each))}/", service.letter)

        world.show = show
        server.route(f"{API}/emails/", world.answering(service.listed))
        server.route(f"{API}/", world.answering(service.about))
        yield {"base_url": f"{server.url}/archives", "mailing_list": LIST}


def message_id(said: Said) -> str:
    return f"{said.number}@place.example"


def write(said: Said) -> dict[str, Any]:
    """Return a thing as the archive shows it."""
    answers = "" if said.answers is None else message_id(said.answers)
    sender = {"address": f"{said.author} (a) place.example", "mailman_id": None}
    date = None if said.at is None else said.at.isoformat()
    return letter(message_id(said), said.text, answers=answers, sender=sender, date=date)


PLACE = Place(
    channel="hyperkitty",
    serve=serve,
    many=60,
    first_reads=100,
    handle=lambda name: f"{name}@place.example",
    cannot={
        "keys": "an archive needs no key",
        "renews": "there is no session",
        "forgets pages": "pages are numbered",
        "quota": "no quota is told",
        "edits": "a letter cannot be edited",
        "accounts": "an archive does not tell that an account was deleted",
        "ids by hand": "a second letter under a used Message-ID is refused by the archive",
        "numbered anew": "letters have no numbers",
    },
    misses={
        "paging that loops": "it is told, and what stood behind the first page is not gone back for",
        "deleted and back": "asking again tells that a letter is there, not its words",
    },
)
