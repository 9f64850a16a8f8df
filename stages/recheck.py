"""Beside the stages: ask again about what was heard. Taken back means gone, and an edit is a revision.

As polite as collecting: a source that is off or waits is left alone, and a few requests a round are enough.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

import collectors
from collectors.contract import Reach, Recheck, Rechecked
from collectors.rechecks import next_recheck
from errors import EarshotError, TryLater
from model import Source
from stages.line import Line
from stages.place import where_it_is_now
from storage import rechecks, sources, tombstones
from storage.mentions import Added, add_mentions
from storage.rechecks import DueRecheck
from storage.sources import KeptSource
from text import one_line

log = logging.getLogger(__name__)

REQUESTS_A_ROUND = 5
"""For each source: at 100 ids a request and a round a minute, 720,000 mentions a day."""


@dataclass(slots=True, kw_only=True)
class RecheckedSource:
    """What became of a source's mentions that were asked about; counts are of mentions.

    ``returned`` were deleted at the source, and are there again.
    """

    source: str
    edited: int = 0
    gone: int = 0
    returned: int = 0
    unchanged: int = 0
    error: str | None = None


def recheck(line: Line) -> list[RecheckedSource]:
    """Ask every source that can tell about its mentions that are due; return those that were asked."""
    by_name = {source.name: source for source in line.settings.sources}
    line.store.write(partial(rechecks.put_off_the_unheard, now=line.now()))
    with line.store.reading() as connection:
        answering = sources.load_sources(connection, sources.answering(connection, now=line.now()))
    asked = (_recheck_source(line, by_name.get(kept.name), kept) for kept in answering)
    return [result for result in asked if result is not None]


def _recheck_source(line: Line, spec: Source | None, kept: KeptSource) -> RecheckedSource | None:
    if spec is None:
        return None
    result = RecheckedSource(source=kept.name)
    try:
        collector = collectors.build(where_it_is_now(spec, kept))
        if not isinstance(collector, Recheck):
            return None
        reach = replace(line.reach(spec), cursor=kept.cursor)
        asked = sum(_ask(line, kept, collector, reach, result) for _ in range(REQUESTS_A_ROUND))
    except EarshotError as error:
        result.error = one_line(str(error))
        if isinstance(error, TryLater) and error.after is not None:
            with line.store.writing() as connection:
                sources.ask_to_wait(connection, kept.id, line.now() + error.after)
        return result
    except Exception as error:
        log.exception("a bug while rechecking", extra={"source": kept.name})
        result.error = f"a fault in Earshot ({type(error).__name__}), written to the log; please report it"
        return result
    return result if asked else None


def _ask(line: Line, kept: KeptSource, collector: Recheck, reach: Reach, result: RecheckedSource) -> int:
    """Ask once, and keep the answer; return how many mentions were asked about."""
    due = line.store.write(
        partial(rechecks.claim, source_id=kept.id, now=line.now(), limit=collector.recheck_at_once)
    )
    if not due:
        return 0
    told = collector.recheck([each.external_id for each in due], reach)
    if told.error is not None:
        line.store.write(partial(_keep_cursor, kept=kept, told=told))
        raise told.error
    _keep(line, kept, due, told, result)
    if told.wait is not None:
        raise TryLater(f"{kept.name} asks for a pause", after=told.wait)
    return len(due)


def _keep(
    line: Line, kept: KeptSource, due: list[DueRecheck], told: Rechecked, result: RecheckedSource
) -> None:
    now = line.now()
    again_at = {each.id: now + next_recheck(now - each.published_at, random=line.random) for each in due}

    def keep(connection: Connection) -> tuple[Added, list[int]]:
        added = add_mentions(connection, kept.id, told.edited, now=now)
        gone = tombstones.bury(connection, kept.id, told.gone, now=now)
        rechecks.plan(connection, again_at)
        if told.quota is not None:
            sources.save_quota(connection, kept.id, told.quota.left, told.quota.until)
        _keep_cursor(connection, kept=kept, told=told)
        return added, gone

    added, gone = line.store.write(keep)
    result.edited += len(added.edited)
    result.gone += len(gone)
    result.returned += len(added.returned)
    result.unchanged += added.unchanged + told.unchanged


def _keep_cursor(connection: Connection, *, kept: KeptSource, told: Rechecked) -> None:
    if told.cursor is not None:
        sources.exchange_cursor(connection, kept.id, kept.cursor, told.cursor)
