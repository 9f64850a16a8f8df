"""All the ways out of an installation as one: each letter leaves by the way that its recipient names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from delivery.contract import Transport
from errors import NeedsAttention
from model import MAIL, Message, way_of


@dataclass(frozen=True, slots=True)
class Ways:
    """Transports by their names; the one by e-mail is called ``mail``."""

    by_name: Mapping[str, Transport]

    def send(self, message: Message, *, now: datetime) -> None:
        """Hand the message to its own way; NeedsAttention where the configuration names it no more."""
        way = self.by_name.get(way_of(message.recipient))
        if way is None:
            raise NeedsAttention(told_missing(way_of(message.recipient)))
        way.send(message, now=now)


def told_missing(way: str) -> str:
    """Return what is wrong where there is no way of a name."""
    if way == MAIL:
        return "there is no [smtp] in the configuration to send mail by"
    return f"there is no transport {way!r} in the configuration; add it to [[transports]], or write another"
