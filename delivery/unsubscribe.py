"""The signed word by which a reader leaves a digest without logging in: it names both, and does nothing else.

It is the same for every letter of a digest to a reader and does not run out: a link in an old letter works as long as
the secret stays. Another ``[web] secret`` makes all of them void. The link is made of the configured address alone,
whatever a request says that it came by, and does its work on POST only (RFC 8058): mail scanners follow links.
"""

from __future__ import annotations

import binascii
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from delivery.readers import reader_of
from errors import NeedsAttention
from model import Secret

PURPOSE = b"earshot: unsubscribe\0"
LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscription:
    """Which digest a reader does not want any more; ``reader`` is the bare address in small letters."""

    digest: str
    reader: str


def sign(wanted: Unsubscription, secret: Secret) -> str:
    """Return the token: letters, digits, ``-``, ``_`` and one dot."""
    said = json.dumps([wanted.digest, wanted.reader], ensure_ascii=False, separators=(",", ":")).encode()
    return f"{_written(said)}.{_written(_seal(said, secret))}"


def read(token: str, secret: Secret) -> Unsubscription:
    """Return what a token says; NeedsAttention where we did not sign it."""
    wrong = NeedsAttention("this is no token of ours: copy it whole from the letter, up to the last sign")
    said, dot, seal = token.strip().partition(".")
    if not dot or len(token) > LONGEST or not token.isascii():
        raise wrong
    try:
        meant, sealed = _read(said), _read(seal)
    except (binascii.Error, ValueError):
        raise wrong from None
    if not hmac.compare_digest(sealed, _seal(meant, secret)):
        raise wrong
    digest, reader = json.loads(meant)
    return Unsubscription(digest=digest, reader=reader)


def one_click_url(public_url: str, token: str) -> str:
    """Return where the token works, below the configured address.

    >>> one_click_url("https://earshot.rfn.example/", "abc.def")
    'https://earshot.rfn.example/unsubscribe/abc.def'
    """
    return f"{public_url.rstrip('/')}/unsubscribe/{token}"


def link_to_leave(
    recipient: str, *, digest: str, public_url: str | None, secret: Secret | None
) -> str | None:
    """Return where one click takes a recipient off a digest; None where no address or no secret is configured."""
    if public_url is None or secret is None:
        return None
    wanted = Unsubscription(digest=digest, reader=reader_of(recipient))
    return one_click_url(public_url, sign(wanted, secret))


def _seal(said: bytes, secret: Secret) -> bytes:
    return hmac.digest(secret.reveal().encode(), PURPOSE + said, sha256)


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _read(written: str) -> bytes:
    raw = urlsafe_b64decode(written + "=" * (-len(written) % 4))
    if _written(raw) != written:  # one form only: nothing hides in what base64 skips
        raise ValueError
    return raw
