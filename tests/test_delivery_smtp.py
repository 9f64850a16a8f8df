"""Handing letters to real SMTP servers on loopback: TLS, logins, refusals, and cuts in the middle."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import strict
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from delivery.contract import Transport
from delivery.digest import digest_letter
from delivery.mailbox import OnAnyPort, received_mail
from delivery.message import digest_message, message_id
from delivery.smtp import SmtpTransport
from errors import EarshotError, NeedsAttention, Refused, TryLater, Unreachable
from model import Message, Secret, Smtp
from tests.delivery_facts import NOW, a_day

FROM = "Earshot <earshot@rfn.example>"
PASSWORD = "correct horse battery"


def a_message(recipient: str = "team@rfn.example") -> Message:
    facts = a_day(recipient=recipient)
    return digest_message(digest_letter(facts), facts, from_address=FROM)


def transport(port: int, **changes: Any) -> SmtpTransport:
    tls = changes.pop("tls", None)
    settings = Smtp(port=port, from_address=FROM, security="none")
    return SmtpTransport(replace(settings, **changes), timeout=5, tls=tls)


class Answers:
    """A handler that answers as it is told at one step, and keeps what it took."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.taken: list[Envelope] = []

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get("mail"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (answer := self.answers.get("rcpt")) and address.startswith("nobody"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.get("data", "250 OK")
        if answer == "cut":
            assert server.transport is not None
            server.transport.close()
        if answer.startswith("250"):
            self.taken.append(envelope)
        return answer

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return self.answers.get("quit", "221 bye")


@contextmanager
def listening(handler: Answers, **options: Any) -> Iterator[int]:
    server = OnAnyPort(handler, hostname="127.0.0.1", port=0, **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key in one file, signed by itself."""
    here = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=here, check=True, capture_output=True)
    both = here / "both.pem"
    both.write_text((here / "key.pem").read_text() + (here / "cert.pem").read_text())
    return both


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(
        cadata=certificate.read_text().partition("-----END PRIVATE KEY-----\n")[2]
    )


def let_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    if right:
        return AuthResult(success=True)
    said = data.password.decode() if isinstance(data, LoginPassword) else ""
    return AuthResult(success=False, handled=False, message=f"535 5.7.8 no such password: {said}")


def plain_transport(port: int) -> Transport:
    return transport(port)


@pytest.mark.parametrize("make", [plain_transport], ids=["smtp"])
class TestEveryTransport:
    """The contract: handed over, or an error that says what to do next."""

    def test_hands_over_what_it_was_given(self, make: Callable[[int], Transport], tmp_path: Path) -> None:
        with received_mail(tmp_path) as port:
            make(port).send(a_message(), now=NOW)

        assert len(list(tmp_path.iterdir())) == 1

    def test_a_repeat_is_recognised(self, make: Callable[[int], Transport], tmp_path: Path) -> None:
        """faults.md 49: the same key carries the same Message-ID."""
        with received_mail(tmp_path) as port:
            make(port).send(a_message(), now=NOW)
            make(port).send(a_message(), now=NOW)

        ids = [message_from_bytes(path.read_bytes())["Message-ID"] for path in tmp_path.iterdir()]
        assert ids == [message_id(a_message().key, "rfn.example")] * 2

    def test_asks_to_try_later_when_nobody_listens(self, make: Callable[[int], Transport]) -> None:
        """faults.md 48."""
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]

        with pytest.raises(TryLater):
            make(port).send(a_message(), now=NOW)


def test_what_arrives_is_the_letter_in_both_its_parts(tmp_path: Path) -> None:
    letter = digest_letter(a_day())

    with received_mail(tmp_path) as port:
        transport(port).send(a_message(), now=NOW)

    email = message_from_bytes((tmp_path / "0001.eml").read_bytes(), policy=strict)
    plain, html = (email.get_body((kind,)) for kind in ("plain", "html"))
    assert email["X-Envelope-To"] == "team@rfn.example"
    assert email["Subject"] == letter.subject
    assert email["Date"].datetime == NOW
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == letter.text
    assert html.get_content().replace("\r\n", "\n").rstrip() == letter.html.rstrip()


def test_the_mailbox_numbers_on_and_leaves_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())

    for _ in range(2):
        with received_mail(tmp_path / "new") as port:
            transport(port).send(a_message(), now=NOW)

    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["0001.eml", "0002.eml"]
    assert set(threading.enumerate()) == before


def test_logs_in_behind_starttls(server_tls: ssl.SSLContext, trusted: ssl.SSLContext) -> None:
    handler = Answers()
    login = {"username": "earshot", "password": Secret(PASSWORD), "security": "starttls", "tls": trusted}

    with listening(
        handler, tls_context=server_tls, require_starttls=True, authenticator=let_in, auth_required=True
    ) as port:
        transport(port, **login).send(a_message(), now=NOW)

    assert [envelope.rcpt_tos for envelope in handler.taken] == [["team@rfn.example"]]


def test_speaks_tls_from_the_start(server_tls: ssl.SSLContext, trusted: ssl.SSLContext) -> None:
    handler = Answers()

    with listening(handler, ssl_context=server_tls) as port:
        transport(port, security="tls", tls=trusted).send(a_message(), now=NOW)

    assert len(handler.taken) == 1


def test_a_wrong_password_waits_for_a_person_and_is_never_shown(
    server_tls: ssl.SSLContext, trusted: ssl.SSLContext
) -> None:
    """faults.md 90: even a server that repeats it does not bring it into an error."""
    wrong = {
        "username": "earshot",
        "password": Secret("hunter2-and-more"),
        "security": "starttls",
        "tls": trusted,
    }

    with (
        listening(Answers(), tls_context=server_tls, authenticator=let_in, auth_required=True) as port,
        pytest.raises(NeedsAttention) as caught,
    ):
        transport(port, **wrong).send(a_message(), now=NOW)

    assert "refused the login of 'earshot': 535" in str(caught.value)
    assert "check smtp.username and smtp.password" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_certificate_that_nobody_signed_waits_for_a_person(server_tls: ssl.SSLContext) -> None:
    with (
        listening(Answers(), tls_context=server_tls) as port,
        pytest.raises(NeedsAttention, match="certificate"),
    ):
        transport(port, security="starttls").send(a_message(), now=NOW)


def test_a_server_without_starttls_is_told_nothing() -> None:
    handler = Answers()

    with listening(handler) as port, pytest.raises(NeedsAttention, match=r"check smtp\.security"):
        transport(port, security="starttls").send(a_message(), now=NOW)

    assert handler.taken == []


@pytest.mark.parametrize(
    ("answers", "expected", "words"),
    [
        ({"mail": "451 busy"}, Unreachable, "refused to take letters: 451 busy"),
        ({"mail": "553 not you"}, NeedsAttention, "refused to take letters: 553 not you"),
        ({"rcpt": "450 greylisted"}, TryLater, "refused the recipient nobody@rfn.example: 450 greylisted"),
        ({"rcpt": "550 no such box"}, Refused, "refused the recipient nobody@rfn.example: 550 no such box"),
        ({"data": "452 disk full"}, TryLater, "refused the letter to nobody@rfn.example: 452 disk full"),
        ({"data": "554 spam"}, Refused, "refused the letter to nobody@rfn.example: 554 spam"),
        ({"data": "cut"}, Unreachable, "closed the connection"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_each_refusal_says_what_to_do_next(
    answers: dict[str, str], expected: type[EarshotError], words: str
) -> None:
    """faults.md 48."""
    handler = Answers(**answers)

    with listening(handler) as port, pytest.raises(EarshotError) as caught:
        transport(port).send(a_message("nobody@rfn.example"), now=NOW)

    assert type(caught.value) is expected
    assert words in str(caught.value)
    assert str(caught.value).splitlines() == [str(caught.value)]
    assert handler.taken == []


def test_one_refused_recipient_stops_no_other() -> None:
    """faults.md 48, 52."""
    handler = Answers(rcpt="550 no such box")
    failed = []

    with listening(handler) as port:
        for recipient in ("team@rfn.example", "nobody@rfn.example", "lead@rfn.example"):
            try:
                transport(port).send(a_message(recipient), now=NOW)
            except Refused:
                failed.append(recipient)

    assert failed == ["nobody@rfn.example"]
    assert [envelope.rcpt_tos[0] for envelope in handler.taken] == ["team@rfn.example", "lead@rfn.example"]


def test_a_rude_goodbye_after_the_letter_was_taken_is_no_failure() -> None:
    handler = Answers(quit="500 what?")

    with listening(handler) as port:
        transport(port).send(a_message(), now=NOW)

    assert len(handler.taken) == 1


def test_a_server_that_says_nothing_is_left_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Smtp(port=silent.getsockname()[1], from_address=FROM, security="none")

        with pytest.raises(TryLater, match="timed out"):
            SmtpTransport(settings, timeout=0.2).send(a_message(), now=NOW)


def test_a_password_never_travels_in_the_clear_beyond_this_machine() -> None:
    """The name resolves to loopback, but only an address or localhost proves that it does."""
    handler = Answers()

    with listening(handler) as port, pytest.raises(NeedsAttention, match="unencrypted"):
        transport(
            port, host=socket.gethostname() or "localhost.", username="u", password=Secret(PASSWORD)
        ).send(a_message(), now=NOW)

    assert handler.taken == []


def test_passwords_are_in_no_repr() -> None:
    assert PASSWORD not in repr(transport(25, username="u", password=Secret(PASSWORD)))
