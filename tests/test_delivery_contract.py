"""The contract that every way out keeps: mail, webhook and chat, each before a server that acts its other side."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from delivery.chat import ChatTransport
from delivery.contract import Transport
from delivery.contract_suite import NOW, Desk, Taken, WayOut, transport_contract
from delivery.mailbox import OnAnyPort
from delivery.smtp import SmtpTransport
from delivery.webhook import WebhookTransport
from model import Message, Secret, Smtp, Way
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from tests.scripted import Answer, Request, ScriptedServer

SECRET, KEY = "whsec_c2VzYW1lLW9wZW4=", "hook-key-9d31"
TOKEN = "tk-canary-ntfy-55aa"


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return int(gone.getsockname()[1])


class PostOffice:
    """A mail server that acts a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        known = {"busy": "451 come back later", "shut": "530 5.7.0 log in first"}
        return known.get(self.desk.fault or "", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        email = message_from_bytes(envelope.content, policy=policy.strict)
        subject = str(email["Subject"])
        if self.desk.never is not None and self.desk.never in subject:
            return "554 never"
        plain = email.get_body(("plain",))
        assert plain is not None
        self.desk.taken.append(Taken(subject, plain.get_content(), str(email["Message-ID"])))
        return "250 kept"


class Moving:
    """A transport whose other side may be another at each letter: gone, silent, or the real one."""

    def __init__(self, desk: Desk, lead: Callable[[int], Transport], port: int, silent: int) -> None:
        self.desk, self.lead = desk, lead
        self.ports = {"gone": closed_port(), "hangs": silent}
        self.port = port

    def __repr__(self) -> str:
        return repr(self.lead(self.port))

    def send(self, message: Message, *, now: datetime) -> None:
        self.lead(self.ports.get(self.desk.fault or "", self.port)).send(message, now=now)


@contextmanager
def acted_mail(desk: Desk) -> Iterator[Transport]:
    def lead(port: int) -> Transport:
        settings = Smtp(port=port, from_address="Earshot <earshot@rfn.example>", security="none")
        return SmtpTransport(settings, timeout=1)

    server = OnAnyPort(PostOffice(desk), hostname="127.0.0.1", port=0)
    server.start()
    try:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            yield Moving(desk, lead, server.port, silent.getsockname()[1])
    finally:
        server.stop()


def answered(desk: Desk, take: Callable[[Request], Taken]) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        if desk.fault == "busy":
            return Answer(429, {"Retry-After": "30"}, '{"error": "slow down"}')
        if desk.fault == "shut":
            return Answer(401, body=json.dumps({"error": f"no such key: {TOKEN} {KEY}"}))
        taken = take(request)
        if desk.never is not None and desk.never in taken.subject:
            return Answer(422, body="not this one")
        desk.taken.append(taken)
        return Answer(200, body='{"ok": true}')

    return answer


@contextmanager
def acted_webhook(desk: Desk) -> Iterator[Transport]:
    def take(request: Request) -> Taken:
        data = json.loads(request.body)["data"]
        return Taken(data["subject"], data["text"], request.headers["webhook-id"])

    http = Http(LOOPBACK_ONLY, deadline=timedelta(seconds=1))

    def lead(port: int) -> Transport:
        url = Secret(f"http://127.0.0.1:{port}/hook/{KEY}")
        return WebhookTransport(Way(name="desk", address=url, secret=Secret(SECRET)), http, lambda: NOW)

    with ScriptedServer() as server, closing(http), socket.create_server(("127.0.0.1", 0)) as silent:
        server.route(f"/hook/{KEY}", answered(desk, take))
        yield Moving(desk, lead, server.port, silent.getsockname()[1])


@contextmanager
def acted_chat(desk: Desk) -> Iterator[Transport]:
    def take(request: Request) -> Taken:
        letter = json.loads(request.body)
        return Taken(letter["title"], letter["message"])

    def lead(port: int) -> Transport:
        address = Secret(f"json://127.0.0.1:{port}/{TOKEN}")
        return ChatTransport(Way(name="team-chat", address=address), LOOPBACK_ONLY, deadline=4)

    with ScriptedServer() as server, socket.create_server(("127.0.0.1", 0)) as silent:
        server.route(f"/{TOKEN}/", answered(desk, take))
        server.route(f"/{TOKEN}", answered(desk, take))
        yield Moving(desk, lead, server.port, silent.getsockname()[1])


TestMail = transport_contract(
    WayOut(name="mail", serve=acted_mail, recipient="mailto:team@rfn.example", most=None)
)
TestWebhook = transport_contract(
    WayOut(
        name="webhook",
        serve=acted_webhook,
        recipient="transport:desk",
        secrets=(SECRET, KEY),
        most=20_000,
    )
)
TestChat = pytest.mark.long(
    transport_contract(
        WayOut(
            name="chat",
            serve=acted_chat,
            recipient="transport:team-chat",
            secrets=(TOKEN,),
            knows_repeats=False,
            most=32_768,
        )
    )
)
