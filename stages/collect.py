"""The first stage: read each due source from where it stopped, and keep what it says with its new cursor.

No transaction is open while a source is read; a batch and the cursor behind it are one transaction.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

import collectors
from collectors.attempts import QUIET_AFTER, after_answer, after_bug, after_error, silence_of, unread_of
from collectors.contract import Batch, Collector, Recheck
from collectors.rechecks import FIRST_RECHECK
from errors import EarshotError, NeedsAttention, TryLater
from model import Attempt, Cursor, Source
from stages.claimed import claimed
from stages.line import Line, Progress
from stages.notices import tell_of_sources_off
from stages.place import where_it_is_now
from stages.readers import TOGETHER, WITHIN, Readers
from stages.turns import host_of
from storage import claims, rechecks, schema, sources, tombstones
from storage.mentions import Added, add_mentions
from storage.sources import KeptSource
from text import one_line

log = logging.getLogger(__name__)

MOST_WAITING = 500
RHYTHM = 20
"""Mentions that tell how often a source speaks."""


@dataclass(slots=True, kw_only=True)
class Collected:
    """How the reading of one source went. Counts are of mentions; ``skipped`` says in words what was not read."""

    source: str
    status: str = "ok"
    new: int = 0
    edited: int = 0
    gone: int = 0
    unchanged: int = 0
    skipped: list[str] = field(default_factory=list)
    error: str | None = None
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A reading that has ended: what is told of it, and what is saved of it, if that is not done already."""

    collected: Collected
    attempt: tuple[int, Attempt] | None = None
    goes_off: bool = False  # it was read until now, and is not before a person acts


def collect(line: Line, *, names: Sequence[str] | None = None, force: Iterable[str] = ()) -> list[Collected]:
    """Read what is due, or the named sources now; those in ``force`` even where the service asked for a pause.

    Results come by name. Sources are claimed a few at a time, as readers become free, so that ten thousand due at
    once neither hold the store nor outlive their claims. Where the disk has too little room every source waits.
    """
    collectors.catalogue()  # before there are threads, each of which would load them all
    by_name = {source.name: source for source in line.settings.sources}
    full = line.store.too_little_room()
    if full is not None:
        return _all_wait(line, names, full)
    reads = partial(_read, line, by_name, frozenset(force))
    results: list[Collected] = []
    unsaved: list[Read] = []
    saved_at = time.monotonic()
    with closing(_in_turns(line, by_name, names, reads)) as turns:
        for ended, total in turns:
            unsaved += ended
            for read in ended:
                results.append(read.collected)
                line.tell(Progress(stage="collect", done=len(results), total=total))
            # One by one, to save how readings ended was half of the work.
            if len(unsaved) >= TOGETHER or (unsaved and time.monotonic() - saved_at >= WITHIN):
                line.store.write(partial(_save, line, unsaved))
                unsaved, saved_at = [], time.monotonic()
    if unsaved:
        line.store.write(partial(_save, line, unsaved))
    return sorted(results, key=lambda collected: collected.source)


def _all_wait(line: Line, names: Sequence[str] | None, reason: str) -> list[Collected]:
    log.error("nothing is collected", extra={"reason": reason})
    asked = [source.name for source in line.settings.sources] if names is None else names
    return [Collected(source=name, status="waiting", error=reason) for name in sorted(set(asked))]


def _in_turns(
    line: Line,
    by_name: dict[str, Source],
    names: Sequence[str] | None,
    reads: Callable[[KeptSource], Read],
) -> Generator[tuple[list[Read], int], None, None]:
    """Yield what has ended, as it comes, often nothing; with how many were claimed so far."""
    claims_left, total = claimed(line, names), 0
    most = _most_waiting(line.hosts.delay)
    with Readers(line.hosts, reads) as readers:
        while True:
            some = next(claims_left, []) if readers.are_short and len(readers) < most else []
            if some:
                readers.add((host_of(by_name.get(kept.name), kept), kept) for kept in some)
                total += len(some)
            elif (ended := readers.ended()) or readers.are_at_work:
                yield ended, total
            elif len(readers):  # another round is at their hosts, or they were asked a moment ago
                line.hosts.wait(line.hosts.delay or 1.0)
                readers.go_on()
            else:
                return


def _most_waiting(delay: float) -> int:
    """Return how many sources may wait for their turn: if all are of one host, none outlives half of its claim."""
    half = claims.CLAIM_LASTS.total_seconds() / 2
    return int(min(MOST_WAITING, half / delay)) if delay else MOST_WAITING


def _read(line: Line, by_name: dict[str, Source], forced: frozenset[str], kept: KeptSource) -> Read:
    now, began = line.now(), time.monotonic()
    collected = Collected(source=kept.name)
    until = kept.asked_to_wait_until
    if until is not None and until > now and kept.name not in forced:
        return Read(_leave_alone(line, kept, collected, until))
    attempt = _attempt(line, by_name.get(kept.name), kept, collected)
    collected.status, collected.next_attempt_at = attempt.status, attempt.next_attempt_at
    if attempt.status in ("waiting", "failing", "off"):
        collected.error = attempt.reason
    log.info(
        "collected",
        extra={
            "source": kept.name,
            "status": attempt.status,
            "new": collected.new,
            "edited": collected.edited,
            "skipped": len(collected.skipped),
            "seconds": round(time.monotonic() - began, 3),
        },
    )
    return Read(collected, (kept.id, attempt), goes_off=attempt.status == "off" and not kept.is_off)


def _save(line: Line, ended: Sequence[Read], connection: Connection) -> None:
    """Save how readings ended: for most that is all there is to write. A kill before reads them again."""
    attempts = [read.attempt for read in ended if read.attempt is not None]
    sources.save_attempts(connection, attempts, now=line.now(), holder=claims.my_name())
    off = {read.collected.source: read.collected.error or "" for read in ended if read.goes_off}
    tell_of_sources_off(line, connection, off)


def _leave_alone(line: Line, kept: KeptSource, collected: Collected, until: datetime) -> Collected:
    with line.store.writing() as connection:
        sources.ask_to_wait(connection, kept.id, until)  # a resumed one is due again, round after round
        claims.release(connection, schema.sources, [kept.id])
    collected.status, collected.next_attempt_at = "waiting", until
    collected.error = f"{kept.name} asked us to wait until {until:%Y-%m-%d %H:%M} UTC; --force asks anyway"
    return collected


def _attempt(line: Line, spec: Source | None, kept: KeptSource, collected: Collected) -> Attempt:
    """Read a source to its end, batch by batch, and say how it went. The one place where a bug is caught."""
    waits: list[timedelta] = []
    last_new_at, is_as_before = kept.last_new_at, True
    try:
        if spec is None:
            raise NeedsAttention(f"source {kept.name!r} is not in the configuration; add it there")
        reach = line.reach(spec)
        collector = collectors.build(where_it_is_now(spec, kept))
        cursor = kept.cursor
        for batch in collector.collect(cursor, reach):
            collected.unchanged += batch.unchanged
            collected.skipped += map(one_line, batch.skipped)
            if not _changes_nothing(batch, cursor):
                is_as_before = False
                last_new_at = _keep(line, kept, batch, collected, collector) or last_new_at
                cursor = batch.cursor
            if batch.wait is not None:
                waits.append(batch.wait)
    except EarshotError as error:
        return after_error(
            error,
            failures=kept.failures,
            missing_since=kept.missing_since,
            now=line.now(),
            random=line.random,
        )
    except Exception as error:
        log.exception("a bug while reading", extra={"source": kept.name})
        return after_bug(error, failures=kept.failures, now=line.now())
    return after_answer(
        every=kept.every,
        wait=max(waits, default=None),
        last_new_at=last_new_at,
        since=kept.created_at,
        silence=kept.silence or QUIET_AFTER,
        # What could not be read of a feed stands in it still, where nothing of it has changed.
        unread=unread_of(collected.skipped) or (kept.unread if is_as_before else ""),
        now=line.now(),
    )


def _changes_nothing(batch: Batch, cursor: Cursor) -> bool:
    """Tell whether all that is to be stored is there already: most feeds are as they were, at most readings."""
    is_news = batch.mentions or batch.gone or batch.moved_to is not None or batch.quota is not None
    return not is_news and batch.cursor == cursor


def _keep(
    line: Line, kept: KeptSource, batch: Batch, collected: Collected, collector: Collector
) -> datetime | None:
    """Store a batch with its cursor, in one transaction; return now when it brought something new."""
    now = line.now()
    can_recheck = isinstance(collector, Recheck)  # asked here: of most readings, nothing is to be kept

    def keep(connection: Connection) -> tuple[Added, list[int]]:
        if not claims.renew(connection, schema.sources, kept.id, now=now):
            raise TryLater(f"{kept.name} was changed, or taken over, while it was read; it is read anew")
        added = add_mentions(connection, kept.id, batch.mentions, now=now)
        if can_recheck:
            rechecks.plan_first(connection, [*added.new, *added.returned], now + FIRST_RECHECK)
        gone = tombstones.bury(connection, kept.id, batch.gone, now=now) if batch.gone else []
        new_at, silence = None, None
        if added.new:
            new_at = now
            silence = silence_of(sources.latest_published(connection, kept.id, limit=RHYTHM))
        sources.save_cursor(
            connection, kept.id, batch.cursor, new_at=new_at, moved_to=batch.moved_to, silence=silence
        )
        if batch.quota is not None:
            sources.save_quota(connection, kept.id, batch.quota.left, batch.quota.until)
        return added, gone

    added, gone = line.store.write_together(keep)
    collected.new += len(added.new) + len(added.returned)
    collected.edited += len(added.edited)
    collected.gone += len(gone)
    collected.unchanged += added.unchanged
    return now if added.new else None
