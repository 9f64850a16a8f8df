"""Letters before a second, different mail server (Twisted's): STARTTLS, a login, and what arrives read strictly."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import strict
from pathlib import Path

import pytest

from delivery.contract_suite import HOSTILE
from delivery.digest import digest_letter
from delivery.message import digest_message, message_id
from delivery.smtp import SmtpTransport
from errors import NeedsAttention, Refused
from model import Message, Secret, Smtp
from tests.delivery_facts import NOW, a_day

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / ".venv-real" / "bin" / "python"
SENDER = "Earshot <earshot@rfn.example>"
pytestmark = pytest.mark.real


@dataclass(frozen=True)
class Server:
    """A mail server that runs, and where it keeps what it took."""

    transport: SmtpTransport
    folder: Path

    def letters(self) -> list[EmailMessage]:
        return [
            message_from_bytes(path.read_bytes(), policy=strict) for path in sorted(self.folder.glob("*.eml"))
        ]


@contextmanager
def running(folder: Path, certificate: Path) -> Iterator[int]:
    command = [str(PYTHON), str(HERE / "twisted_mail.py"), str(folder), str(certificate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not PYTHON.exists():
        pytest.skip("Twisted is not installed: run make test-real")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    both, mail = tmp_path / "both.pem", tmp_path / "mail"
    both.write_text((tmp_path / "key.pem").read_text() + (tmp_path / "cert.pem").read_text())
    mail.mkdir()
    trusted = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    with running(mail, both) as port:
        settings = Smtp(
            port=port, username="earshot", password=Secret("correct horse battery"), from_address=SENDER
        )
        yield Server(SmtpTransport(settings, timeout=10, tls=trusted), mail)


def letter(subject: str | None = None, to: str = "team@rfn.example") -> Message:
    facts = a_day(recipient=to)
    url = "https://earshot.rfn.example/u/token"
    message = digest_message(digest_letter(facts), facts, from_address=SENDER, unsubscribe_url=url)
    return message if subject is None else replace(message, subject=subject, key=f"{message.key}{subject}")


def test_what_arrives_is_the_letter_in_both_its_parts_with_every_header(server: Server) -> None:
    server.transport.send(letter(), now=NOW)

    (email,) = server.letters()
    plain, html = (email.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == digest_letter(a_day()).text
    assert {plain.get_content_charset(), html.get_content_charset()} == {"utf-8"}
    assert email["Message-ID"] == message_id(letter().key, "rfn.example")
    assert email["X-Envelope-To"] == "team@rfn.example"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert {"List-Id", "List-Unsubscribe", "Auto-Submitted", "Date"} <= set(email.keys())
    assert not any(header.defects for header in email.values())


def test_whatever_stands_in_a_subject_arrives_as_one_clean_line(server: Server) -> None:
    """faults.md 47."""
    for subject in HOSTILE:
        server.transport.send(letter(subject), now=NOW)

    emails = server.letters()
    assert len(emails) == len(HOSTILE)
    assert all(len(email["Subject"].splitlines()) == 1 for email in emails)
    assert not any("Bcc" in email for email in emails)


def test_a_refused_recipient_and_a_wrong_password_say_what_to_do(server: Server) -> None:
    """faults.md 48."""
    wrong = replace(server.transport.smtp, password=Secret("not it at all"))

    with pytest.raises(Refused, match="550"):
        server.transport.send(letter(to="nobody@rfn.example"), now=NOW)
    with pytest.raises(NeedsAttention, match="check smtp.username") as caught:
        replace(server.transport, smtp=wrong).send(letter(), now=NOW)

    assert "not it at all" not in str(caught.value)
    assert server.letters() == []


def test_without_a_login_it_takes_nothing(server: Server) -> None:
    stranger = replace(server.transport.smtp, username=None, password=None)

    with pytest.raises((NeedsAttention, Refused)):
        replace(server.transport, smtp=stranger).send(letter(), now=NOW)
    assert server.letters() == []
