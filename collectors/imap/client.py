"""One signed-in connection to a mailbox, for one poll, read-only; what went wrong is told in our own words.

The standard library's imaplib, and not imap-tools: that fetches whole letters and opens its own socket, while here
a letter is fetched up to a cap, and the connection must come through our door (net.mailbox).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from collectors.contract import Reach
from collectors.imap.answers import letters_of, refused, uids_of
from collectors.imap.folder import folder_name, quoted
from collectors.imap.letter import Letter
from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from net.mailbox import BrokenOffError, Mailbox, MailboxOversizeError, MailError, Security

DEADLINE = timedelta(seconds=30)
HEAD = 262_144  # bytes of a letter that are fetched: its text comes first, attachments behind
SLACK = 1024  # servers count line ends their own way
WANTED = f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{HEAD}>)"


@dataclass(frozen=True, slots=True)
class Account:
    """Where the mailbox is, and what signs us in; ``place`` is how errors name the source."""

    place: str
    host: str
    port: int
    security: Security
    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Opened:
    """What a server says of a mailbox: numbers hold while ``validity`` stays; ``next_uid`` is None if untold."""

    validity: int
    next_uid: int | None


class Client:
    """A mailbox that may be examined, searched and read."""

    def __init__(self, box: Mailbox, account: Account) -> None:
        self._box = box
        self._account = account

    def sign_in(self) -> None:
        """Sign in; NeedsAttention where the account is refused."""
        place = self._account.place
        if "LOGINDISABLED" in self._box.capabilities:
            raise NeedsAttention(
                f'{place}: the server takes no password over this connection; set security to "tls" or "starttls"'
            )
        status, words = self._ask(self._login)
        if status != "OK":
            raise NeedsAttention(
                f"{place}: the server refuses the user name or the password; check both (many services want a "
                "password made for one program, and some take none at all any more)"
            )
        del words

    def examine(self, folder: str) -> Opened:
        """Open a mailbox so that nothing in it changes; a missing one is TryLater, for it may come back."""
        status, _ = self._ask(lambda: self._box.select(folder_name(folder), readonly=True))
        if status != "OK":
            raise TryLater(
                f"{self._account.place}: there is no mailbox {folder!r}; check its name if it stays so",
                missing=True,
            )
        validity, next_uid = self._told("UIDVALIDITY"), self._told("UIDNEXT")
        return Opened(validity or 0, next_uid)

    def search(self, *criteria: str) -> list[int]:
        """Return the numbers of the letters that fit, in order."""
        status, answer = self._ask(lambda: self._box.uid("SEARCH", *criteria))
        self._expect(status, "does not search")
        return uids_of(answer)

    def fetch(self, uids: Sequence[int]) -> list[Letter]:
        """Return the letters with these numbers that are still there; none is marked as read by it."""
        numbers = ",".join(str(uid) for uid in uids)
        status, answer = self._ask(lambda: self._box.uid("FETCH", numbers, WANTED))
        self._expect(status, "does not hand out letters")
        return sorted(letters_of(answer), key=lambda letter: letter.uid)

    def _login(self) -> Any:
        """Send the password in quotes, or where it is not ASCII as bytes (SASL PLAIN, RFC 4616)."""
        name, password = self._account.username, self._account.password.reveal()
        try:
            if (name + password).isascii():
                return self._box.login(quoted(name), password)
            sealed = f"\0{name}\0{password}".encode()
            return self._box.authenticate("PLAIN", lambda _challenge: sealed)
        except BrokenOffError:
            raise
        except MailError as error:
            return "NO", [_words(error).encode()]

    def _ask(self, command: Callable[[], Any]) -> tuple[str, Sequence[object]]:
        with told_plainly(self._account):
            status, answer = self._box.timed(command)
            words = " ".join(part.decode("utf-8", "replace") for part in answer if isinstance(part, bytes))
        if status != "OK" and (meant := refused(words, self._account.place)) is not None:
            raise meant
        return status, answer

    def _expect(self, status: str, what: str) -> None:
        if status != "OK":
            raise TryLater(f"{self._account.place}: the mail server {what}; Earshot asks again later")

    def _told(self, name: str) -> int | None:
        value = self._box.response(name)[1][-1]
        return int(value) if isinstance(value, bytes) and value.isdigit() else None


@contextmanager
def signed_in(account: Account, reach: Reach) -> Iterator[Client]:
    """Give a client that is signed in, and sign it out."""
    with told_plainly(account):
        box = Mailbox(
            reach.http,
            account.host,
            account.port,
            security=account.security,
            deadline=DEADLINE,
            max_literal=HEAD + SLACK,
        )
    try:
        client = Client(box, account)
        client.sign_in()
        yield client
        with suppress(MailError, OSError):  # what was read is read, however the goodbye goes
            box.timed(box.logout)
    finally:
        with suppress(OSError):
            box.shutdown()


@contextmanager
def told_plainly(account: Account) -> Iterator[None]:
    """Turn what imaplib and the wire raise into the tree. What the server said stays out of it."""
    try:
        yield
    except (MailError, OSError, MailboxOversizeError, ValueError) as error:
        raise _explained(error, account) from None


def _explained(error: Exception, account: Account) -> EarshotError:
    place, words = account.place, _words(error)
    meant = refused(words, place)
    if meant is not None:
        return meant
    if isinstance(error, TimeoutError):
        return TryLater(f"{place}: timed out, no whole answer within {DEADLINE.total_seconds():g} s")
    if isinstance(error, ssl.SSLCertVerificationError):
        return TryLater(f"{place}: its certificate is not accepted (TLS: {error.verify_message})")
    if isinstance(error, ssl.SSLError):
        return TryLater(f"{place}: no secure connection (TLS); check port and security")
    if isinstance(error, MailboxOversizeError):
        return TryLater(f"{place}: the server sends more than was asked for; it was cut off")
    if "TLS not supported" in words:
        return NeedsAttention(
            f'{place}: the server offers no STARTTLS; set security to "tls", usually on port 993'
        )
    if isinstance(error, OSError) or "socket error" in words:
        return TryLater(f"{place}: the connection broke off")
    return TryLater(f"{place}: the server does not speak IMAP as it should; check host, port and security")


def _words(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
