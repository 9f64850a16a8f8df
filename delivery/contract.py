"""What a transport promises: one message handed over, or an error that says what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from model import Message


class Transport(Protocol):
    """A way out. ``message.key`` makes a repeat harmless: the same key carries the same Message-ID."""

    def send(self, message: Message, *, now: datetime) -> None:
        """Hand the message over; return only when the other side has taken it.

        Raises TryLater where a later try may work by itself, NeedsAttention where a person must act first and no
        letter can leave, Refused where only this letter never will; the next one goes on.
        """
        ...
