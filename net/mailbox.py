"""imaplib behind our own door: the address rules, certificates, a deadline for each command, caps on what is read.

imaplib opens its socket by itself, waits for ever unless told, and reads a literal of whatever size the server
announces. Nothing here retries; errors of imaplib and the wire come out as they are.
"""

from __future__ import annotations

import imaplib
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from net.connections import TimedTls, tls_context

if TYPE_CHECKING:
    from net.http import Http

__all__ = ["MAX_LINE", "BrokenOffError", "MailError", "Mailbox", "MailboxOversizeError", "Security"]

MailError = imaplib.IMAP4.error
BrokenOffError = imaplib.IMAP4.abort

Security = Literal["tls", "starttls", "none"]
MAX_LINE = 8 * 1024 * 1024  # the answer to a search is one line: about a million numbers


class MailboxOversizeError(Exception):
    """The server announces, or sends, more than was asked for."""


class Mailbox(imaplib.IMAP4):
    """A connection to a mail server, not yet signed in; ``max_literal`` bytes are the most that one part may have.

    ``deadline`` holds for the greeting and then for each command by itself. TryLater and NeedsAttention where the
    machine cannot or may not be reached.
    """

    def __init__(
        self, http: Http, host: str, port: int, *, security: Security, deadline: timedelta, max_literal: int
    ) -> None:
        self._door = http.door()
        self._secured = security == "tls"
        self._context = None if security == "none" else tls_context(http.trusted)
        self._deadline = deadline.total_seconds()
        self._max_literal = max_literal
        self._door.clock.start(self._deadline)
        super().__init__(host, port)
        if security == "starttls":
            try:
                self.starttls(self._context)
            except BaseException:
                with suppress(OSError):
                    self.shutdown()
                raise

    def timed(self, command: Callable[[], Any]) -> Any:
        """Return what a command answers, within a deadline of its own."""
        self._door.clock.start(self._deadline)
        return command()

    def starttls(self, ssl_context: Any = None) -> Any:
        """Secure the connection; what came before in the clear is forgotten by imaplib."""
        answer = super().starttls(ssl_context)
        self._time()
        return answer

    def read(self, size: int) -> bytes:
        """Read a literal, unless it is longer than anything that was asked for."""
        if size > self._max_literal:
            raise MailboxOversizeError(f"{size} bytes where at most {self._max_literal} were asked for")
        return super().read(size)

    def readline(self) -> bytes:
        """Read a line; imaplib's own limit is too short for a long search."""
        line: bytes = self.file.readline(MAX_LINE + 1)  # type: ignore[assignment]  # binary, whatever typeshed says
        if len(line) > MAX_LINE:
            raise MailboxOversizeError(f"a line of more than {MAX_LINE} bytes")
        return line

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        del timeout
        sock: socket.socket = self._door.connect(self.host, self.port)
        if not self._secured or self._context is None:
            return sock
        try:
            self.sock = self._context.wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise
        self._time()
        return self.sock

    def _time(self) -> None:
        """Give the secured socket the clock of the plain one."""
        if isinstance(self.sock, TimedTls):
            self.sock.clock = self._door.clock
