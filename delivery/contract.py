"""What a transport promises: one message handed over, or an error that says what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from model import Message


class Transport(Protocol):
    """A way out. ``message.key`` makes a repeat harmless: the same key carries the same Message-ID."""

    def send(self, message: Message, *, now: datetime) -> None:
        """Hand the message over; return only when the other side has taken it.

        Raises TryLater where a later try of this letter may work by itself, Unreachable where no letter can leave
        just now, NeedsAttention where none can before a person acts, Refused where only this one never will. It
        returns within bounded time, tries once, and no error of its holds a secret.
        """
        ...
