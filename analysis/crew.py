"""Worker processes that share the analysis of raw text: plain texts go out, plain tags come back, in order.

A worker is a process with an analyser of its own; a thread of ours waits for each. One that dies is replaced, and
what it had before it is tried again, each text alone, so that one that kills takes no neighbour with it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from analysis.contract import Analysis, Analyzer
from errors import TryLater
from model import Mention

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Found = TypeVar("Found")

Open = Callable[[], Analyzer]
"""What opens an analyser in another process; it is pickled, as partial(open_analyzer, …) can be."""
Work = Callable[[Analyzer, Sequence[Item]], Sequence[Found]]
"""A function of a module: one result an item, in order."""

LOST = Analysis("und", (), failed=True)
"""What stands for a mention at which a worker died."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def mention_crew(opens: Open, *, workers: int) -> Crew[Mention, Analysis]:
    """Return workers that analyse mentions."""
    return Crew(opens, _analyze, lambda _mention: LOST, workers=workers)


def _analyze(analyzer: Analyzer, mentions: Sequence[Mention]) -> Sequence[Analysis]:
    return analyzer.analyze(mentions)


class Crew(Generic[Item, Found]):
    """Workers that do one kind of work. ``lost`` says what stands for an item at which a worker died twice."""

    def __init__(
        self, opens: Open, work: Work[Item, Found], lost: Callable[[Item], Found], *, workers: int
    ) -> None:
        self.workers = workers
        self._opens, self._work, self._lost = opens, work, lost
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="crew")
        self._own = threading.local()
        self._alive: set[_Worker] = set()
        self._closed = False

    def submit(self, items: Sequence[Item]) -> Future[Sequence[Found]]:
        """Return what will hold one result an item, in order; or TryLater where no worker can be started."""
        return self._threads.submit(self._done, items)

    def close(self) -> None:
        """End the workers, also those in the middle of something."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in list(self._alive):
            worker.kill()
        self._threads.shutdown()
        for worker in self._alive:
            worker.end()

    def _done(self, items: Sequence[Item]) -> Sequence[Found]:
        try:
            return self._ask(items)
        except _DiedError:
            if self._closed:
                return []  # nobody waits for it
            log.warning("a worker died; its texts are tried again, each alone", extra={"texts": len(items)})
        return [self._alone(item) for item in items]

    def _alone(self, item: Item) -> Found:
        try:
            return self._ask([item])[0]
        except _DiedError:
            log.error("a text at which a worker died twice is left out")
            return self._lost(item)

    def _ask(self, items: Sequence[Item]) -> Sequence[Found]:
        """Return what this thread's worker answers; raise _DiedError where it dies."""
        worker = self._worker()
        try:
            found: Sequence[Found] = worker.ask(items)
            return found
        except (EOFError, OSError) as error:
            self._own.worker = None
            self._alive.discard(worker)
            worker.end()
            raise _DiedError from error

    def _worker(self) -> _Worker:
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is not None:
            return worker
        worker = _Worker(self._opens, self._work)
        self._alive.add(worker)
        if self._closed:
            worker.kill()
        try:
            worker.wait_until_ready()
        except (EOFError, OSError) as error:
            if self._closed:
                raise _DiedError from error
            raise TryLater(
                "a worker process for the analysis ended while it was opened, most likely for want of memory; "
                "free some, or let Earshot use one core (taskset -c 0)"
            ) from error
        self._own.worker = worker
        return worker


class _DiedError(Exception):
    """A worker ended before it answered."""


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, opens: Open, work: Work[Any, Any]) -> None:
        # A fork of a process with threads, or with a store open, may hang or break its file.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, opens, work), daemon=True)
        self._process.start()
        theirs.close()  # else its death would never end our waiting

    def wait_until_ready(self) -> None:
        self._pipe.recv()

    def ask(self, items: Sequence[Any]) -> Any:
        self._pipe.send(items)
        return self._pipe.recv()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _serve(pipe: Connection[Any, Any], opens: Open, work: Work[Any, Any]) -> None:
    """Answer until whoever asks is gone. A bug ends the worker: its traceback is printed, and it is replaced."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks, and ends the pipe
    analyzer = opens()
    pipe.send("ready")
    while True:
        try:
            items = pipe.recv()
        except EOFError:
            return
        pipe.send(work(analyzer, items))
