"""A mail server on loopback that keeps what it receives as files: for the demo, and to see what really arrives."""

from __future__ import annotations

from asyncio import Server
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@contextmanager
def received_mail(directory: Path) -> Iterator[int]:
    """Yield the port of a server on 127.0.0.1 that writes each letter as ``0001.eml``, ``0002.eml`` … .

    The directory is made where it is missing; numbering goes on after the letters that are there. The server and
    its thread are gone when the block is left.
    """
    directory.mkdir(parents=True, exist_ok=True)
    server = OnAnyPort(Mailbox(directory), hostname="127.0.0.1", port=0)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


class Mailbox:
    """Writes each letter as it came over the wire, with the envelope's recipients in front."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        """Keep the letter, then say 250: in this order, so that what was acknowledged is there."""
        numbers = (path.stem for path in self.directory.glob("*.eml"))
        n = 1 + max((int(number) for number in numbers if number.isdecimal()), default=0)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        recipients = "".join(f"X-Envelope-To: {recipient}\r\n" for recipient in envelope.rcpt_tos)
        (self.directory / f"{n:04}.eml").write_bytes(recipients.encode() + content)
        return "250 kept"


class OnAnyPort(Controller):
    """A controller that asks the system for a free port and knows it once it listens."""

    def _trigger_server(self) -> None:
        if isinstance(self.server, Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]
