"""The first stage: read each due source from where it stopped, and keep what it says with its new cursor.

No transaction is open while a source is read; a batch and the cursor behind it are one transaction.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import collectors
from collectors.attempts import after_answer, after_bug, after_error
from collectors.contract import Batch, Reach
from errors import EarshotError, NeedsAttention
from model import Attempt, Source
from stages.line import Line, Progress
from storage import claims, schema, sources, tombstones
from storage.mentions import add_mentions
from storage.sources import KeptSource

log = logging.getLogger(__name__)

READERS = 16
"""Threads that read sources: they wait for the network far more than they work."""


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


def collect(line: Line, *, names: Sequence[str] | None = None, force: Iterable[str] = ()) -> list[Collected]:
    """Read what is due, or the named sources now; those in ``force`` even where the service asked for a pause."""
    now = line.now()
    with line.store.writing() as connection:
        if names is None:
            claimed = claims.due_sources(connection, now=now, limit=100_000)
        else:
            claimed = claims.named_sources(connection, names, now=now)
        kept = sources.load_sources(connection, claimed)
    forced = frozenset(force)
    by_name = {source.name: source for source in line.settings.sources}
    results = []
    with ThreadPoolExecutor(READERS, thread_name_prefix="reader") as readers:
        reads = partial(_read, line, by_name, forced)
        for collected in readers.map(reads, kept):
            results.append(collected)
            line.tell(Progress(stage="collect", done=len(results), total=len(kept)))
    return results


def _read(line: Line, by_name: dict[str, Source], forced: frozenset[str], kept: KeptSource) -> Collected:
    now, began = line.now(), time.monotonic()
    collected = Collected(source=kept.name)
    wait = kept.asked_to_wait_until
    if wait is not None and wait > now and kept.name not in forced:
        return _leave_alone(line, kept, collected, wait)
    attempt = _attempt(line, by_name.get(kept.name), kept, collected)
    collected.status, collected.next_attempt_at = attempt.status, attempt.next_attempt_at
    if attempt.status in ("waiting", "failing", "off"):
        collected.error = attempt.reason
    with line.store.writing() as connection:
        sources.save_attempt(connection, kept.id, attempt, now=line.now())
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
    return collected


def _leave_alone(line: Line, kept: KeptSource, collected: Collected, wait: datetime) -> Collected:
    with line.store.writing() as connection:
        claims.release(connection, schema.sources, [kept.id])
    collected.status, collected.next_attempt_at = "waiting", wait
    collected.error = f"{kept.name} asked us to wait until {wait:%Y-%m-%d %H:%M} UTC; --force asks anyway"
    return collected


def _attempt(line: Line, spec: Source | None, kept: KeptSource, collected: Collected) -> Attempt:
    """Read a source to its end, batch by batch, and say how it went. The one place where a bug is caught."""
    waits: list[timedelta] = []
    last_new_at = kept.last_new_at
    try:
        if spec is None:
            raise NeedsAttention(f"source {kept.name!r} is not in the configuration; add it there")
        reach = Reach(http=line.http, now=line.now, ours=line.settings.organisation.handles)
        for batch in collectors.build(spec).collect(kept.cursor, reach):
            last_new_at = _keep(line, kept, batch, collected) or last_new_at
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
        now=line.now(),
    )


def _keep(line: Line, kept: KeptSource, batch: Batch, collected: Collected) -> datetime | None:
    """Store a batch with its cursor, in one transaction; return now when it brought something new."""
    now = line.now()
    with line.store.writing() as connection:
        added = add_mentions(connection, kept.id, batch.mentions, now=now)
        gone = tombstones.bury(connection, kept.id, batch.gone, now=now)
        new_at = now if added.new else None
        sources.save_cursor(connection, kept.id, batch.cursor, new_at=new_at, moved_to=batch.moved_to)
        if batch.quota is not None:
            sources.save_quota(connection, kept.id, batch.quota.left, batch.quota.until)
    collected.new += len(added.new) + len(added.returned)
    collected.edited += len(added.edited)
    collected.gone += len(gone)
    collected.unchanged += added.unchanged + batch.unchanged
    collected.skipped += batch.skipped
    return new_at
