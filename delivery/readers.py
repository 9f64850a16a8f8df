"""Who reads a digest: one reader, however the address is written."""

from __future__ import annotations

from delivery.message import recipient_of
from model import MAILTO


def reader_of(recipient: str) -> str:
    """Return the bare address in small letters; Refused where it is none.

    >>> reader_of("Team <Team@RFN.example>"), reader_of("mailto:team@rfn.example")
    ('team@rfn.example', 'team@rfn.example')
    """
    return recipient_of(recipient).removeprefix(MAILTO).lower()
