"""From a letter to the outbox's message, and from there to the e-mail that leaves.

Whatever a name or a title holds (CR, LF, U+2028, NUL, RTL marks, 10 KB), each header is one clean line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from urllib.parse import quote, unquote

from delivery.facts import AlertFacts, DigestFacts, Letter
from delivery.quote import shortened
from delivery.told import alert_told, digest_told
from errors import NeedsAttention, Refused
from model import BY_TRANSPORT, MAILTO, Message, Smtp, utc
from text import one_line

NAME = 100
SUBJECT = 250
URL = "/:?#[]@!$&()*+,;=%~-._"  # what may stand in an address of the web
LINE = 900  # of a header; RFC 5322 allows 998
_OURS = frozenset(
    {"from", "to", "subject", "date", "mime-version", "content-type", "content-transfer-encoding"}
)


def digest_message(
    letter: Letter, facts: DigestFacts, *, from_address: str, unsubscribe_url: str | None = None
) -> Message:
    """Return the digest's message. Its key is one for a digest, recipient and start of period.

    unsubscribe_url: where one click takes this recipient off (RFC 8058), made of the configured address alone.
    Raises Refused when the recipient's address is none, which concerns this recipient alone; NeedsAttention when
    the sender's is none.
    """
    to = recipient_of(facts.recipient)
    start = f"{utc(facts.period.start):%Y-%m-%dT%H:%M:%SZ}"
    key = _key("digest", facts.digest.name, to.removeprefix(MAILTO), start)
    headers = _headers(facts.digest.name, "digest", key, _sender(from_address), unsubscribe_url)
    return replace(_message(key, to, "digest", letter, headers), data=digest_told(facts))


def alert_message(
    letter: Letter, facts: AlertFacts, *, recipient: str, case: str, from_address: str
) -> Message:
    """Return the alert's message to one recipient (``mailto:…``, or ``transport:NAME``).

    case: what is the same for all mentions of one matter and another for the next firing (``story-7``).
    """
    to = recipient_of(recipient)
    key = _key("alert", facts.rule.name, case, to.removeprefix(MAILTO))
    headers = _headers(facts.rule.name, "alert", key, _sender(from_address))
    return replace(_message(key, to, "alert", letter, headers), data=alert_told(facts))


def notice_message(letter: Letter, *, recipient: str, key: str, from_address: str) -> Message:
    """Return a message of Earshot about itself, such as a way out that is dead."""
    to = recipient_of(recipient)
    full = _key("notice", key, to.removeprefix(MAILTO))
    headers = _headers("earshot", "notice", full, _sender(from_address))
    return Message(
        key=full,
        recipient=to,
        kind="notice",
        subject=shortened(letter.subject, SUBJECT),
        text=letter.text,
        headers=headers,
    )


def trial_message(letter: Letter, *, recipient: str, at: datetime, from_address: str) -> Message:
    """Return a message that somebody asked for, to see whether it arrives."""
    to = recipient_of(recipient)
    key = _key("test", f"{utc(at):%Y-%m-%dT%H:%M:%S.%fZ}", to.removeprefix(MAILTO))
    headers = _headers("earshot", "test", key, _sender(from_address))
    return Message(
        key=key, recipient=to, kind="test", subject=letter.subject, text=letter.text, headers=headers
    )


def recipient_of(written: str) -> str:
    """Return ``mailto:`` and the bare address, or the ``transport:NAME`` that it is; Refused where it is neither."""
    return written if written.startswith(BY_TRANSPORT) else MAILTO + _address(written, NAME).addr_spec


def message_id(key: str, domain: str) -> str:
    """Return the Message-ID of a key: always the same, so that a repeat after a crash is recognised."""
    return f"<{key_digest(key)}@{domain}>"


def key_digest(key: str) -> str:
    """Return a key as 40 hex digits: what a repeat is recognised by, whichever way it goes."""
    return sha256(key.encode("utf-8", "replace")).hexdigest()[:40]


def to_email(message: Message, smtp: Smtp, *, date: datetime) -> EmailMessage:
    """Return the e-mail with both its parts; the same bytes for the same message, server and date.

    Raises as digest_message does.
    """
    sender = _sender(smtp.from_address)
    email = EmailMessage(policy=POLICY)
    email["From"] = sender
    email["To"] = _address(message.recipient, NAME)
    email["Subject"] = _literal(shortened(message.subject, SUBJECT)) or "Earshot"
    email["Date"] = utc(date)
    headers = {"Message-ID": message_id(message.key, sender.domain), **message.headers}
    for name, value in headers.items():
        if name.lower() not in _OURS:
            email[name] = _literal(one_line(value, LINE))
    email.set_content(_encodable(message.text), charset="utf-8", cte="quoted-printable")
    if message.html:
        email.add_alternative(
            _encodable(message.html), subtype="html", charset="utf-8", cte="quoted-printable"
        )
        # "=_" cannot stand in quoted-printable, so no text can hold the boundary
        email.set_boundary(f"=_{sha256(message.key.encode('utf-8', 'replace')).hexdigest()[:32]}")
    return email


def envelope(message: Message, smtp: Smtp) -> tuple[str, str]:
    """Return the bare addresses of sender and recipient, in ASCII. Raises as digest_message does."""
    return _sender(smtp.from_address).addr_spec, _address(message.recipient, NAME).addr_spec


class _AsItIs(UnstructuredHeader):
    """A header that is never folded into encoded words: long addresses in brackets must stay whole."""

    def fold(self, *, policy: object) -> str:  # noqa: ARG002
        name: str = self.name  # type: ignore[attr-defined]
        return f"{name}: {self}\r\n"


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("message-id", "list-unsubscribe"):
        registry.map_to_type(name, _AsItIs)  # type: ignore[arg-type]  # it is mixed into a BaseHeader
    return registry


POLICY = SMTP.clone(header_factory=_registry())


def _message(key: str, recipient: str, kind: str, letter: Letter, headers: Mapping[str, str]) -> Message:
    return Message(
        key=key,
        recipient=recipient,
        kind="digest" if kind == "digest" else "alert",
        subject=shortened(letter.subject, SUBJECT),
        text=letter.text,
        html=letter.html,
        headers=headers,
    )


def _headers(
    name: str, kind: str, key: str, sender: Address, unsubscribe_url: str | None = None
) -> dict[str, str]:
    phrase = re.sub(r"[<>\"\\()]", "", shortened(name, NAME)).strip()
    label = _label(name)
    ask = quote(f"unsubscribe {label}")
    leave = f"<{MAILTO}{quote(sender.addr_spec, safe='@')}?subject={ask}>"
    one_click = {}
    if unsubscribe_url is not None and unsubscribe_url.startswith(
        "https://"
    ):  # RFC 8058 knows no other scheme
        leave = f"<{quote(unsubscribe_url, safe=URL)}>, {leave}"
        one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return {
        "Message-ID": message_id(key, sender.domain),
        "List-Id": f"{phrase} <{label}.{kind}.{sender.domain}>",
        "List-Unsubscribe": leave,
        **one_click,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _label(name: str) -> str:
    """A name as a label of a List-Id; where that loses something, a hash tells it from others."""
    label = re.sub(r"[^a-z0-9]+", "-", name[:NAME].lower()).strip("-")[:24].strip("-")
    if label and label == name.lower():
        return label
    return f"{label}-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}".lstrip("-")


def _key(*parts: str) -> str:
    return "/".join(quote(part, safe="@:+ ", errors="replace") for part in parts)


def _sender(from_address: str) -> Address:
    try:
        return _address(from_address, NAME)
    except Refused as error:
        raise NeedsAttention(f"smtp.from: {error}") from error


def _address(written: str, limit: int) -> Address:
    """Read ``Name <box@host>``, ``box@host`` or ``mailto:box@host``; a host in another script becomes punycode."""
    if written[: len(MAILTO)].lower() == MAILTO:
        written = unquote(written[len(MAILTO) :].partition("?")[0])
    name, bracket, rest = written.rpartition("<")
    spec = one_line(rest if bracket else written, LINE)
    box, at, host = (spec.removesuffix(">") if bracket else spec).rpartition("@")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not (
        at
        and re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}", box)
        and re.fullmatch(r"[A-Za-z0-9._-]+", host)
    ):
        raise Refused(f"{shortened(written, NAME)!r} is not an e-mail address; write it as name@host")
    return Address(display_name=_literal(shortened(name, limit).strip('"')), addr_spec=f"{box}@{host}")


def _literal(words: str) -> str:
    """Words that are no encoded word: ``email`` decodes ``=?utf-8?q?=0D=0A?=`` in what it is given, and writes the
    line break that stood in it (Python 3.11, measured).
    """
    return words.replace("=?", "= ?")


def _encodable(words: str) -> str:
    return words.encode("utf-8", "replace").decode("utf-8")
