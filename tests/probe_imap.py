"""The probe's place on channel imap: a mailbox on a real mail server, behind a front that acts what befalls."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import format_datetime

from collectors.contract_suite import Fault
from model import Secret
from tests.imap_service import PASSWORD, USER, Pymap, act, front, letter, relay, running_pymap, throttled
from tests.probe import NOW, Call, Place, Said, World
from tests.scripted import Answer, Request

GOOD = Answer(body=b"what the mail server itself says")
ASKED = Request("", "", {}, {}, b"")
running: list[Pymap] = []


@contextmanager
def mail_server() -> Iterator[None]:
    """Have one mail server for all situations; each has a mailbox of its own."""
    with running_pymap() as server:
        running.append(server)
        yield
        running.clear()


@contextmanager
def serve(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as letters in a mailbox."""
    server = running[0]
    folder = server.folder()
    delivered: Counter[object] = Counter()

    def show() -> None:
        for said, times in Counter(world.there()).items():
            for _ in range(times - delivered[said.number]):
                server.add(folder, write(said), at=NOW)
            delivered[said.number] = max(times, delivered[said.number])
        if world.has_bad_item and not delivered["bad"]:
            server.add(folder, b"X-Nothing: here\r\n\r\n")
            delivered["bad"] = 1

    def number_anew() -> None:
        server.number_anew(folder)
        delivered.clear()

    def meet(client: socket.socket) -> None:
        world.n_pages += 1
        answer = world.befalls(Call(world.n_pages, ASKED, lambda: GOOD))
        if answer.reset:
            return
        if answer.cut_after is not None:
            relay(client, server.port, cut_after=100)
        elif answer.content == GOOD.content:
            relay(client, server.port)
        else:
            act(client, Fault(answer.status, answer.headers, answer.content.decode()))

    world.show = show
    world.levers["number anew"] = number_anew
    with front(meet) as port:
        yield {
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "username": USER,
            "password": Secret(PASSWORD),
            "mailbox": folder,
        }


def write(said: Said) -> bytes:
    """Return a thing as a letter."""
    headers = {
        "From": f"{said.author} <{said.author}@place.example>",
        "Message-ID": f"<{said.number}@place.example>",
        "Date": "" if said.at is None else format_datetime(said.at),
    }
    if said.answers is not None:
        headers["In-Reply-To"] = headers["References"] = f"<{said.answers.number}@place.example>"
    return letter(said.number, said.text, headers=headers).encode("utf-8", "surrogatepass")


PLACE = Place(
    channel="imap",
    serve=serve,
    many=120,
    handle=lambda name: f"{name}@place.example",
    pause=throttled,
    cannot={
        "pages": "a mailbox is read over one connection, without pages",
        "http": "a mail server does not speak HTTP",
        "json": "a mail server does not speak JSON",
        "quota": "no quota is told",
        "edits": "a letter cannot be edited",
        "deletions": "whoever deletes a letter from our mailbox is not its writer",
        "accounts": "mail does not tell that an account was deleted",
        "ids by hand": "a second letter under a used Message-ID is a new text of the first",
        "a hundred thousand things": "the mail server is too slow for so many; fifteen hundred are played",
        "undated": "a letter without a date has that of its delivery",
    },
)
