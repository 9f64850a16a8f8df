"""Writes digests and sends them, and is killed at the place that it is told: `python -m tests.killed_sender`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from delivery.contract import Transport
from model import Digest, Message, Settings
from stages.digest import build_digests
from stages.send import send
from tests.lines import LEAD, TEAM, Clock, a_line, feed, listening, mailing

MORNING = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
RECIPIENTS = (TEAM, LEAD, "board@rfn.example")
PLACES: Mapping[str, int] = {
    "between two recipients, while their digests are written": 1,
    "before the first letter": 2,
    "after the server's 250, before it is recorded": 3,
    "between two recipients": 4,
}


def configured() -> Settings:
    """Return a configuration with one digest for three recipients."""
    daily = Digest(name="daily", at=6 * 60, timezone="UTC", to=RECIPIENTS)
    return listening(feed("blog", "http://127.0.0.1:9/feed"), digests=(daily,), rules=())


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(slots=True)
class Fatal(Clock):
    """A clock that kills who asks it for the n-th time."""

    n: int = 0

    def __call__(self) -> datetime:
        self.n -= 1
        if self.n == 0:
            killed()
        return self.at


@dataclass(slots=True)
class Killing:
    """The way to a real server, with a kill before or after one of its letters."""

    through: Transport
    place: str
    taken: list[Message] = field(default_factory=list)

    def send(self, message: Message, *, now: datetime) -> None:
        if self.place == "before the first letter" or (self.place == "between two recipients" and self.taken):
            killed()
        self.through.send(message, now=now)
        self.taken.append(message)
        if self.place == "after the server's 250, before it is recorded":
            killed()


def main(url: str, port: str, place: str) -> None:
    """Do what a cycle does from the digest on."""
    fatal = Fatal(MORNING)
    transport = Killing(mailing(int(port)), place)
    with a_line(url, configured(), clock=fatal, transport=transport) as line:
        if place.endswith("while their digests are written"):
            fatal.n = 3  # the first recipient's digest asks twice
        build_digests(line)
        send(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
