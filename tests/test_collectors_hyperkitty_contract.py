"""The contract of all collectors, for channel hyperkitty: a scripted archive acts the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from collectors.contract_suite import Post, Scenario, World, collector_contract
from collectors.hyperkitty import HyperKitty
from tests.hyperkitty_service import API, LIST, HyperKittyService, letter
from tests.scripted import Answer, Request, ScriptedServer


@contextmanager
def acted(world: World) -> Iterator[Mapping[str, object]]:
    """Act the world as letters, each third a reply to the first; a fault befalls the whole archive."""
    with ScriptedServer() as server:
        service = HyperKittyService(server)

        def faulty(whole: Answer) -> Answer:
            if world.fault is None:
                return whole
            if world.fault.cut_after is not None:
                return replace(whole, cut_after=min(world.fault.cut_after, len(whole.content) - 1))
            return Answer(world.fault.status, world.fault.headers, world.fault.body)

        def listed(asked: Request) -> Answer:
            service.letters = [_letter(post) for post in reversed(world.posts)]
            if world.has_bad_item:
                service.letters.insert(1, {"subject": "nobody can read this"})
            whole = service.listed(asked)
            for each in service.letters:
                path = f"{API}/email/{each.get('message_id_hash')}/"
                server.route(path, lambda asked: faulty(service.letter(asked)))
            return faulty(whole)

        server.route(f"{API}/emails/", listed)
        server.route(f"{API}/", lambda asked: faulty(service.about(asked)))
        yield {"base_url": f"{server.url}/archives", "mailing_list": LIST}


def _letter(post: Post) -> dict[str, object]:
    answers = "1@acted.example" if post.number > 1 and post.number % 3 == 0 else ""
    sender = {"address": f"{post.author} (a) acted.example", "mailman_id": None}
    date = post.at.isoformat()
    return letter(f"{post.number}@acted.example", post.text, answers=answers, sender=sender, date=date)


TestContract = collector_contract(
    Scenario(channel="hyperkitty", collector=HyperKitty, serve=acted, many=60, heavy=("httpx", "imaplib"))
)
