"""A mail server on Twisted: another implementation than the one that the other tests stand before.

``.venv-real/bin/python tests/real/twisted_mail.py FOLDER CERTIFICATE`` listens on a free port of loopback, prints it,
speaks STARTTLS, demands a login (earshot / correct horse battery), and writes each letter as it came. It imports
nothing of ours: it runs in the environment of the real servers.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import defer, reactor, ssl
from twisted.mail import imap4, smtp
from zope.interface import implementer

USER, PASSWORD = b"earshot", b"correct horse battery"


@implementer(smtp.IMessage)
class Letter:
    """One letter, line by line."""

    def __init__(self, folder: Path, recipient: str) -> None:
        self.folder, self.recipient = folder, recipient
        self.lines: list[bytes] = []

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self.lines.append(line)

    def eomReceived(self) -> Any:  # noqa: N802
        n = len(list(self.folder.glob("*.eml"))) + 1
        head = f"X-Envelope-To: {self.recipient}".encode()
        (self.folder / f"{n:04}.eml").write_bytes(b"\r\n".join([head, *self.lines, b""]))
        return defer.succeed(None)

    def connectionLost(self) -> None:  # noqa: N802
        self.lines = []


@implementer(smtp.IMessageDelivery)
class Delivery:
    """Takes letters for everybody but nobody@."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def receivedHeader(self, helo: Any, origin: Any, recipients: Any) -> bytes:  # noqa: N802
        return b"Received: by twisted"

    def validateFrom(self, helo: Any, origin: Any) -> Any:  # noqa: N802
        return origin

    def validateTo(self, user: Any) -> Any:  # noqa: N802
        if user.dest.local == b"nobody":
            raise smtp.SMTPBadRcpt(user)
        return lambda: Letter(self.folder, str(user.dest))


@implementer(IRealm)
class Realm:
    """Who has logged in may send."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def requestAvatar(self, avatar: Any, mind: Any, *interfaces: Any) -> Any:  # noqa: N802
        return smtp.IMessageDelivery, Delivery(self.folder), lambda: None


def main(folder: str, certificate: str) -> None:
    """Serve until the process is ended."""
    checker = InMemoryUsernamePasswordDatabaseDontUse()
    checker.addUser(USER, PASSWORD)
    portal = Portal(Realm(Path(folder)), [checker])
    context = ssl.DefaultOpenSSLContextFactory(certificate, certificate)

    class Factory(smtp.SMTPFactory):  # type: ignore[misc]  # Twisted is not in the environment that is checked
        def buildProtocol(self, address: Any) -> Any:  # noqa: N802
            protocol = smtp.ESMTP(contextFactory=context)
            protocol.factory = self
            protocol.portal = portal
            protocol.challengers = {b"PLAIN": imap4.PLAINCredentials, b"LOGIN": imap4.LOGINCredentials}
            return protocol

    listening = reactor.listenTCP(0, Factory(portal), interface="127.0.0.1")
    print(listening.getHost().port, flush=True)  # noqa: T201
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
