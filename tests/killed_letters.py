"""Sends what waits by mail and by a webhook, and is killed at a hand-over: `python -m tests.killed_letters`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from delivery.contract import Transport
from delivery.ways import Ways
from delivery.webhook import WebhookTransport
from model import Message, Secret, Settings, Smtp, Way
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from stages.send import send
from tests.lines import Clock, a_line, mailing
from tests.stores import NOW, settings


def configured() -> Settings:
    """Return a configuration with two ways out and no limit that a test would meet."""
    desk = Way(name="desk", address=Secret("http://127.0.0.1:9/h"), secret=Secret("s"), per_hour=100_000)
    return settings(smtp=Smtp(per_hour=100_000), transports=(desk,))


def ways(smtp: int, hook: str) -> dict[str, Transport]:
    """Return the ways to the real servers of the test."""
    desk = Way(name="desk", address=Secret(hook), secret=Secret("s"))
    http = Http(LOOPBACK_ONLY, deadline=timedelta(seconds=10))
    return {"mail": mailing(smtp), "desk": WebhookTransport(desk, http, lambda: NOW)}


@dataclass(slots=True)
class Killing:
    """Ways out, with a kill before the n-th letter of this process or after the other side has taken it."""

    through: Transport
    n: int
    before: bool
    handed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: Message, *, now: datetime) -> None:
        with self.lock:
            self.handed += 1
            is_the_one = self.handed == self.n
        if is_the_one and self.before:
            os.kill(os.getpid(), signal.SIGKILL)
        self.through.send(message, now=now)
        if is_the_one:
            os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, smtp: str, hook: str, n: str, when: str) -> None:
    """Send as a cycle does; ``n`` 0 is never killed."""
    transport = Killing(Ways(ways(int(smtp), hook)), int(n), when == "before")
    with a_line(url, configured(), clock=Clock(), transport=transport) as line:
        from storage import claims

        line.store.write(claims.release_the_dead)
        send(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
