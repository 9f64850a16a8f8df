"""Threads that read sources. Each takes the next one by itself: to hand every source to a thread, and what came of it
back, took a third of the processor's time of a poll in which nothing was new (measured).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

from stages.turns import Hosts, Turns
from storage.sources import KeptSource

READERS = 32
"""Readers at most: they wait for the network far more than they work."""
AT_FIRST = 1
"""Readers at first. Where hosts answer at once, more of them take the interpreter from each other (measured);
where they do not, there are more within a few looks."""
LOOK = 0.025
"""Seconds. Where a reading takes longer in the mean, it is the network that takes them. With 0.01, some polls beside
other work had 32 readers though their hosts answered at once; with 0.025 none had (12 to 24 polls each, measured)."""
LOW = 16
"""Sources that still wait when more are asked for, so that no reader runs out of them."""
TOGETHER, WITHIN = 64, 0.25
"""So many readings are given out together, or those that have ended within so many seconds."""

Done = TypeVar("Done")
Turn = tuple[str, KeptSource]


class Readers(Generic[Done]):
    """Reads what is added as soon as its host may be asked.

    One thread adds sources and asks what has ended; there it hears, too, what a reading raised. The end of the
    ``with`` block waits for the readings that go on, and begins no more.
    """

    def __init__(self, hosts: Hosts, read: Callable[[KeptSource], Done]) -> None:
        self._hosts = hosts
        self._read = read
        self._turns = Turns(hosts)
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._changed = threading.Condition()
        self._runs: list[Future[None]] = []
        self._running, self._most = 0, AT_FIRST
        self._ended: list[Done] = []
        self._n_ended, self._looked_at = 0, 0.0
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_over = True
        self._threads.shutdown()
        if kind is None:
            self._raise()

    def __len__(self) -> int:
        """How many sources wait for their turn."""
        return len(self._turns)

    @property
    def are_short(self) -> bool:
        """Whether a reader has nothing to read, or soon will have."""
        return self._running < self._most or len(self._turns) <= LOW

    @property
    def are_at_work(self) -> bool:
        """Whether a reading goes on, or has ended and was not asked for."""
        with self._changed:
            return bool(self._running or self._ended)

    def add(self, sources: Iterable[Turn]) -> None:
        """Have more sources read, each with its host."""
        with self._changed:
            self._turns.add(sources)
        self.go_on()

    def go_on(self) -> None:
        """Begin to read what waits and may be read now."""
        with self._changed:
            if not self._running:
                self._n_ended, self._looked_at = 0, time.monotonic()
            while not self._is_over and self._running < self._most:
                turn = self._turns.take()
                if turn is None:
                    return
                self._running += 1
                self._runs.append(self._threads.submit(self._read_on, turn))

    def ended(self) -> list[Done]:
        """Wait until readings have ended, but not for long; return all that have by then."""
        with self._changed:
            if self._running and len(self._ended) < TOGETHER:
                self._changed.wait(LOOK if self._may_be_few else WITHIN)
            done, self._ended = self._ended, []
            self._n_ended += len(done)
            self._look(time.monotonic())
        self._raise()
        self.go_on()
        return done

    @property
    def _may_be_few(self) -> bool:
        return self._running == self._most < READERS and len(self._turns) > 0

    def _look(self, now: float) -> None:
        """Have more readers where there are too few."""
        seconds = now - self._looked_at
        if seconds < LOOK:
            return
        if self._may_be_few:
            self._most = enough(self._most, ended=self._n_ended, seconds=seconds)
        self._n_ended, self._looked_at = 0, now

    def _raise(self) -> None:
        over = [run for run in self._runs if run.done()]
        self._runs = [run for run in self._runs if run not in over]
        for run in over:
            run.result()

    def _read_on(self, turn: Turn | None) -> None:
        """Read one source after another, until there is none whose host may be asked."""
        while turn is not None:
            host, kept = turn
            done: list[Done] = []
            try:
                done.append(self._read(kept))
            finally:
                turn = self._next(host, done)

    def _next(self, host: str, done: list[Done]) -> Turn | None:
        """Give out what was read; return what is read next. Nothing follows a reading that raised something."""
        with self._changed:
            self._hosts.leave(host)
            self._ended += done
            self._is_over = self._is_over or not done
            turn = None if self._is_over else self._turns.take()
            if turn is None:
                self._running -= 1
            if turn is None or len(self._ended) >= TOGETHER or len(self._turns) == LOW:
                self._changed.notify_all()
            return turn


def enough(readers: int, *, ended: int, seconds: float) -> int:
    """Return how many readers are enough, where so many ended so many readings: twice as many if they mostly wait."""
    mean = readers * seconds / ended if ended else LOOK + seconds
    return min(2 * readers, READERS) if mean > LOOK else readers
