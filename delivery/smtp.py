"""The way out by e-mail: one connection a letter, and every refusal as an error that says what to do next."""

from __future__ import annotations

import smtplib
import ssl
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from delivery.message import envelope, to_email
from delivery.quote import shortened
from errors import EarshotError, NeedsAttention, Refused, TryLater, Unreachable
from model import Message, Smtp

WORDS = 300  # of a server's answer
PERMANENT = 500
CLOSING = 421  # at whatever step: the server itself goes


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """Sends by the mail server of the configuration. ``timeout`` in seconds holds for each step.

    ``tls``: whom to trust; None means the machine's own certificates.
    """

    smtp: Smtp
    timeout: float = 30.0
    tls: ssl.SSLContext | None = None

    def send(self, message: Message, *, now: datetime) -> None:
        """Hand one message over; see the contract. ``now`` becomes its Date header."""
        sender, recipient = envelope(message, self.smtp)
        letter = to_email(message, self.smtp, date=now).as_bytes()
        try:
            connection = self._connect(sender)
            try:
                self._introduce(connection)
                connection.sendmail(sender, [recipient], letter)
            except BaseException:
                connection.close()
                raise
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            # not chained: a server may repeat in its answer what it was told, and a traceback would show it
            raise self._verdict(error, recipient) from None
        with suppress(smtplib.SMTPException, OSError):  # it has the letter: a rude goodbye is no failure
            connection.quit()

    def _connect(self, sender: str) -> smtplib.SMTP:
        name = sender.rpartition("@")[2]  # as EHLO: looking up this machine's own name can take seconds
        if self.smtp.security == "tls":
            return smtplib.SMTP_SSL(
                self.smtp.host, self.smtp.port, name, timeout=self.timeout, context=self._context()
            )
        return smtplib.SMTP(self.smtp.host, self.smtp.port, name, timeout=self.timeout)

    def _introduce(self, connection: smtplib.SMTP) -> None:
        if self.smtp.security == "starttls":
            connection.starttls(context=self._context())
        if self.smtp.username is None or self.smtp.password is None:
            return
        if self.smtp.security == "none" and not _on_this_machine(self.smtp.host):
            raise smtplib.SMTPNotSupportedError(
                "the password would travel unencrypted; set security to starttls or tls"
            )
        connection.login(self.smtp.username, self.smtp.password.reveal())

    def _context(self) -> ssl.SSLContext:
        return self.tls or ssl.create_default_context()

    def _verdict(self, error: Exception, recipient: str) -> EarshotError:
        """Which error of ours a failure is.

        5xx to the recipient or the letter: Refused; 4xx to them: TryLater; 5xx to anything else, a bad certificate or
        a missing feature: NeedsAttention; the rest is Unreachable, and may work by itself.
        """
        where = f"smtp {self.smtp.host}:{self.smtp.port}"
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            code, said = error.recipients[recipient]
            words = f"{where} refused the recipient {recipient}: {code} {self._told(said)}"
            return _of_this_letter(code, words)
        if isinstance(error, smtplib.SMTPResponseException):
            return self._answered(error, f"{where} refused", recipient)
        if isinstance(error, ssl.SSLCertVerificationError):
            words = f"shows a certificate that is not trusted: {error.verify_message}; mend it there"
            return NeedsAttention(f"{where} {words}")
        if isinstance(error, smtplib.SMTPServerDisconnected):
            return Unreachable(f"{where} closed the connection: {self._told(str(error))}")
        if isinstance(error, smtplib.SMTPException | UnicodeError):
            return NeedsAttention(f"{where}: {self._told(str(error))}; check smtp.security and smtp.host")
        return Unreachable(f"{where} does not answer: {self._told(str(error) or type(error).__name__)}")

    def _answered(self, error: smtplib.SMTPResponseException, refused: str, recipient: str) -> EarshotError:
        """The same for an answer with a code, by the step that it answers."""
        permanent = error.smtp_code >= PERMANENT
        told = f"{error.smtp_code} {self._told(error.smtp_error)}"
        if isinstance(error, smtplib.SMTPDataError):
            words = f"{refused} the letter to {recipient}: {told}"
            return _of_this_letter(error.smtp_code, words)
        words = f"{refused} to take letters: {told}"
        if isinstance(error, smtplib.SMTPAuthenticationError):
            words = f"{refused} the login of {self.smtp.username!r}: {told}; check smtp.username and smtp.password"
        return NeedsAttention(words) if permanent else Unreachable(words)

    def _told(self, said: bytes | str) -> str:
        """The server's own words as one short line, without the password should it repeat it."""
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        secret = self.smtp.password.reveal() if self.smtp.password else ""
        if secret:
            for form in (secret, b64encode(secret.encode()).decode()):
                words = words.replace(form, "…")
        return shortened(words, WORDS)


def _of_this_letter(code: int, words: str) -> EarshotError:
    """A refusal of one recipient or letter: greylisting and a full box pass, a box that does not exist stays."""
    if code == CLOSING:
        return Unreachable(words)
    return Refused(words) if code >= PERMANENT else TryLater(words)


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
