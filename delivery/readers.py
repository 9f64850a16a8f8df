"""Who reads a digest: one reader, however the address is written."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from delivery.message import recipient_of
from errors import Refused
from model import MAILTO


def reader_of(recipient: str) -> str:
    """Return the bare address in small letters, or the ``transport:NAME`` that it is; Refused where it is neither.

    >>> reader_of("Team <Team@RFN.example>"), reader_of("mailto:team@rfn.example"), reader_of("transport:Chat")
    ('team@rfn.example', 'team@rfn.example', 'transport:Chat')
    """
    full = recipient_of(recipient)
    return full.removeprefix(MAILTO).lower() if full.startswith(MAILTO) else full


def as_written(reader: str, recipients: Iterable[str]) -> str:
    """Return a reader as the configuration writes them, or as they are where it does not name them."""
    for recipient in recipients:
        with suppress(Refused):
            if reader_of(recipient) == reader:
                return recipient
    return reader
