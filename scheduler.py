"""When: APScheduler is the clock and nothing more. What is due lives in the store, so a restart loses nothing.

Jobs of their own, so that a slow source holds up no alert: one listens (collect), one asks again about what was
heard before (recheck), one makes sense of it (analyse, match), one hands letters over (send), one writes the digests,
one purges what was taken back. One more watches that the first and the third come to their end, and says so if not.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Literal

import pipeline
from errors import EarshotError
from pipeline import Line, Progress
from storage import claims

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

LISTEN_EVERY = 5
"""Seconds between two looks for due sources; a look that finds none costs one query."""
LISTEN_ROUNDS = 4
"""Rounds of listening at the same time: while one waits for a slow source, the next reads what falls due."""
RECHECK_EVERY = 60
"""Seconds between two looks for mentions that may have been edited or taken back at their source."""
TELL_EVERY = 2
"""Seconds between two looks for what is heard and unsaid: an alert is handed over within seconds."""
SEND_EVERY = 1
"""Seconds between two looks for letters that are due; a look that finds none costs one query."""
SEND_ROUNDS = 3
"""Rounds of sending at the same time: while one waits for a way out that hangs, the next serves the others."""
DIGEST_EVERY = 30
"""Seconds between two looks for digests whose period is over."""
PURGE_EVERY = 600
"""Seconds between two looks for traces of what was taken back; most find that it is not time yet."""
PING_EVERY = 60
"""Seconds between two signs of life to the outside watch, where one is configured."""
WATCH_EVERY = 60
"""Seconds between two looks whether what hears and what tells come to their end."""
WATCHED: tuple[Literal["listen", "tell"], ...] = ("listen", "tell")
LATE = timedelta(minutes=5)
"""A job that has not got on for so long is stuck: people are written to, and no sign of life is given."""
GRACE = 8.0
"""Seconds that work in flight has after a SIGTERM, before it is left to the next start."""


def run(line: Line, *, stop: threading.Event) -> None:
    """Run all stages by the clock until ``stop`` is set; then finish what is in flight, within GRACE.

    Returns when nothing runs any more. What did not finish in time was not committed, and its claim is given
    back: the next start does it again.
    """
    with line.store.writing() as connection:
        claims.release_the_dead(connection)
    pipeline.follow_names(line)
    _open_analyzer(line)
    clock = _clock(line)
    clock.start()
    log.info("listening", extra={"sources": len(line.settings.sources)})
    stop.wait()
    log.info("stopping")
    closing = threading.Thread(target=clock.shutdown, name="closing", daemon=True)
    closing.start()
    closing.join(GRACE)
    with line.store.writing() as connection:
        claims.release_mine(connection)
    if closing.is_alive():  # a thread that waits for a socket cannot be interrupted, and has nothing to lose
        log.warning("left unfinished; the next start does it again")
        logging.shutdown()
        os._exit(0)


def _open_analyzer(line: Line) -> None:
    """Open the analyser before anything is heard: the first alert would wait for it (three to four seconds)."""
    try:
        line.analyzer()
    except EarshotError as error:  # the other jobs go on; each beat that needs it tells of it again
        log.error("%s", error)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and Ctrl-C set; a second one quits at once, as people expect."""
    stop = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _clock(line: Line) -> BackgroundScheduler:
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    # It tells of each beat, and warns of each that falls into a job that is still at work: both are as meant.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    clock = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(6 + LISTEN_ROUNDS + SEND_ROUNDS)},
        # The default of one second loses a run after a stall of three; a stall must delay, never skip.
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    jobs = (
        ("listen", pipeline.collect, LISTEN_EVERY),
        ("recheck", pipeline.recheck, RECHECK_EVERY),
        ("digest", pipeline.build_digests, DIGEST_EVERY),
        ("tell", _tell, TELL_EVERY),
        ("send", pipeline.send, SEND_EVERY),
        ("purge", _purge, PURGE_EVERY),
    )
    got_on: dict[str, datetime] = {}
    watches = partial(_watch, got_on=got_on, began=line.now())
    clock.add_job(_guarded("watch", watches, line, got_on), "interval", seconds=WATCH_EVERY, id="watch")
    if line.settings.ping is not None:
        signs = partial(_give_a_sign_of_life, line, line.settings.ping, got_on)
        clock.add_job(signs, "interval", seconds=PING_EVERY, id="ping")
    for name, job, seconds in jobs:
        rounds = {"listen": LISTEN_ROUNDS, "send": SEND_ROUNDS}.get(name, 1)
        clock.add_job(
            _guarded(name, job, line, got_on),
            "interval",
            seconds=seconds,
            id=name,
            next_run_time=line.now(),
            max_instances=rounds,
        )
    return clock


def _tell(line: Line) -> None:
    pipeline.analyze(line)
    pipeline.match(line)
    pipeline.count_days(line)
    pipeline.reanalyze(line, most=pipeline.AGAIN_AT_A_TIME)


def _purge(line: Line) -> None:
    pipeline.retain(line)
    pipeline.purge_traces(line)


def _guarded(
    name: str, job: Callable[[Line], object], line: Line, got_on: dict[str, datetime]
) -> Callable[[], None]:
    """A job whose failure is told and tried again at the next beat: the store was full, or could not be reached.

    ``got_on`` is told when it came to its end, or a part of it did: to read ten thousand sources takes its time.
    """

    def gets_on(progress: Progress) -> None:
        got_on[name] = line.now()
        line.tell(progress)

    watched = replace(line, tell=gets_on)

    def once() -> None:
        try:
            job(watched)
        except EarshotError as error:
            log.error("%s", error)
        else:
            got_on[name] = line.now()

    return once


def _watch(line: Line, *, got_on: Mapping[str, datetime], began: datetime) -> None:
    """Write to people when a job has not got on for too long: the letter leaves by a job of its own.

    Who has not watched until now knows of nobody's silence: the machine was asleep, or its clock was put forward.
    """
    if line.now() - got_on.get("watch", began) > timedelta(seconds=3 * WATCH_EVERY):
        return
    for name in WATCHED:
        since = got_on.get(name, began)
        if line.now() - since > LATE:
            log.error("a job is stuck", extra={"job": name, "since": since})
            pipeline.tell_of_stuck_work(line, name, since=since)


def _give_a_sign_of_life(line: Line, address: str, got_on: Mapping[str, datetime]) -> None:
    """Ask the outside watch's address, unless a job failed or has not got on for too long.

    A scheduler that is silent cannot say so itself; the watch that hears nothing can.
    """
    now = line.now()
    if any(name not in got_on or now - got_on[name] > LATE for name in WATCHED):
        log.warning("no sign of life is given: a job has not got on well for a while")
        return
    try:
        line.http.get(address)
    except EarshotError as error:
        log.warning("the outside watch cannot be reached: %s", error)
