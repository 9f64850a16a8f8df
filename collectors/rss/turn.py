"""Few feeds are read at the same moment: what does not wait for the network is work, and threads share Python.

Threads that parse at once hand it to and fro, and each holds a body and what was made of it. Two, so that one feed
that takes long does not hold up all others.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TypeVar

AT_ONCE = 2

Part = TypeVar("Part")
_turns = threading.Semaphore(AT_ONCE)


def in_turn(parts: Iterator[Part]) -> Iterator[Part]:
    """Yield the same parts; each is made in its turn, and nobody waits while one is stored."""
    while True:
        with _turns:
            try:
                part = next(parts)
            except StopIteration:
                return
        yield part
