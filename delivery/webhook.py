"""The way out to a program: a letter is posted as JSON, signed as the Standard Webhooks specification says.

``webhook-signature`` is ``v1,`` and the base64 of HMAC-SHA256 over ``ID.TIMESTAMP.BODY`` (standardwebhooks.com); so
any of its libraries verifies what comes from here, and docs/delivery.md shows it in twelve lines without one.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from delivery.answers import verdict, without
from delivery.message import key_digest
from delivery.told import VERSION
from delivery.trimming import trimmed
from errors import NeedsAttention, TryLater, Unreachable
from model import Json, Message, Secret, Way, utc
from net.addresses import shown
from net.answers import retry_after
from net.http import Http
from text import clean, one_line

HEARD = 100_000  # bytes of an answer
LONGEST_TEXT = 20_000  # characters; a digest's page is not sent, its plain text is
KEY_MARK = "whsec_"


@dataclass(frozen=True, slots=True)
class WebhookTransport:
    """Posts to one address. ``http`` holds gate, deadline and cap; ``clock`` gives the time of sending."""

    webhook: Way
    http: Http = field(repr=False)
    clock: Callable[[], datetime]

    def send(self, message: Message, *, now: datetime) -> None:
        """Hand one message over; see the contract. ``now`` is when it was written.

        No redirect is followed: a letter that was posted to one address is not told to another.
        """
        body = payload(message, now)
        secret = self.webhook.secret or Secret("")
        url, where = self.webhook.address.reveal(), f"the webhook {self.webhook.name!r}"
        headers = signed(secret, identity(message), self.clock(), body)
        try:
            answer = self.http.request_once("POST", url, headers=headers, body=body)
        except TryLater as error:  # not chained: the address may hold a key
            raise Unreachable(_bare(f"{where}: {error}", url), after=error.after) from None
        except NeedsAttention as error:
            raise NeedsAttention(_bare(f"{where}: {error}", url)) from None
        after = retry_after(answer.headers.get("retry-after"), now=self.clock())
        said = without(answer.body[:HEARD].decode("utf-8", "replace"), urlsplit(url).path, secret.reveal())
        wrong = verdict(answer.status, said.encode(), where=where, after=after)
        if wrong is not None:
            raise wrong


def identity(message: Message) -> str:
    """Return the id under which a message is posted: always the same, so that a repeat is recognised."""
    return f"msg_{key_digest(message.key)}"


def payload(message: Message, written_at: datetime) -> bytes:
    """Return the JSON of a message: its type, when it was written, what it says, and the facts behind an alert."""
    data: dict[str, Json] = {
        "id": identity(message),
        "key": message.key,
        "subject": one_line(message.subject),
        "text": trimmed(clean(message.text), LONGEST_TEXT),
        **(message.data or {"version": VERSION}),
    }
    at = f"{utc(written_at):%Y-%m-%dT%H:%M:%SZ}"
    letter = {"type": f"earshot.{message.kind}", "timestamp": at, "data": data}
    return json.dumps(letter, ensure_ascii=False).encode("utf-8", "replace")


def signed(secret: Secret, identity_: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove who posts a body, and when."""
    moment = str(int(at.timestamp()))
    content = f"{identity_}.{moment}.".encode() + body
    mark = b64encode(hmac.new(signing_key(secret.reveal()), content, sha256).digest()).decode()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": identity_,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{mark}",
    }


def signing_key(secret: str) -> bytes:
    """Return the bytes of a secret: base64 after ``whsec_``, as the specification writes them, else its own."""
    if secret.startswith(KEY_MARK):
        try:
            return b64decode(secret.removeprefix(KEY_MARK), validate=True)
        except NotBase64:
            pass
    return secret.encode()


def _bare(words: str, url: str) -> str:
    """Words about an address without its path, which may be a key; the host tells enough."""
    place = shown(url)
    host = "/".join(place.split("/")[:3])
    return words.replace(place, host)
