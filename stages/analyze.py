"""The second stage: tag what no analysis has seen. No transaction is open while spaCy works."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from analysis.contract import Analysis, Analyzer
from analysis.crew import Crew
from model import Mention
from stages.line import Line, Progress
from stages.stories import place_all_that_is_left, place_stories
from storage import claims, reading
from storage.annotations import Found, record_analyses
from storage.proposals import propose
from storage.schema import mentions as mention_rows
from storage.waiting import refresh_waiting

log = logging.getLogger(__name__)

ANALYZED_AT_ONCE = 200
MUCH = 4_000
"""Mentions after which further processes are worth the seconds and the memory that each takes to open."""

Tagged = tuple[Mention, Analysis, str]
"""A mention, what was found in it, and by which version."""


def analyze(line: Line) -> int:
    """Tag every mention that no analysis has seen, newest first; return how many.

    Where there is much to do, worker processes share it, if the line has a crew.
    """
    place_all_that_is_left(line.store)
    done = 0
    while line.crew is None or done < MUCH:
        undone = line.store.write(partial(_claim, line))
        if not undone:
            return done
        line.store.write(partial(_record, tagged(line.analyzer(), undone)))
        done += len(undone)
        line.tell(Progress(stage="analyze", done=done, total=done))
    crew = line.crew()
    try:
        return _share(line, crew, done)
    finally:
        crew.close()


def _share(line: Line, crew: Crew[Mention, Analysis], done: int) -> int:
    """Go on with a crew: it works on some batches while another one is stored."""
    version = line.analyzer().version
    under_way: deque[tuple[list[Mention], Future[Sequence[Analysis]]]] = deque()
    try:
        while True:
            while len(under_way) <= crew.workers and (undone := line.store.write(partial(_claim, line))):
                under_way.append((undone, crew.submit(undone)))
            if not under_way:
                return done
            mentions, found = under_way[0]
            tags = [
                _tagged(mention, one, version) for mention, one in zip(mentions, found.result(), strict=True)
            ]
            line.store.write(partial(_record, tags))
            under_way.popleft()
            done += len(mentions)
            line.tell(Progress(stage="analyze", done=done, total=done))
    finally:
        left = [mention.id for mentions, _ in under_way for mention in mentions if mention.id is not None]
        if left:
            line.store.write(partial(claims.release, table=mention_rows, rows=left))


def analyze_these(line: Line, ids: Sequence[int]) -> None:
    """Tag mentions by id, whether or not an analysis has seen them: a person waits for it."""
    with line.store.reading() as connection:
        asked = reading.load_mentions(connection, ids)
    line.store.write(partial(_record, tagged(line.analyzer(), asked)))


def record(tags: Sequence[Tagged], connection: Connection, *, rules_since: datetime | None) -> None:
    """Store what was found, whose story it is, and who waits now; ``rules_since``: see record_analyses."""
    found = [
        Found(mention, analysis.lang, analysis.annotations, version) for mention, analysis, version in tags
    ]
    stored = record_analyses(connection, found, rules_since=rules_since)
    proposed = {mention.id: analysis.proposals for mention, analysis, _ in tags}
    for mention in stored:
        if mention.by_us:
            propose(connection, mention, proposed[mention.id])
    place_stories(connection, stored)
    refresh_waiting(connection, {reading.thread_of(mention) for mention, _, _ in tags})


def tagged(analyzer: Analyzer, mentions: Sequence[Mention]) -> list[Tagged]:
    """Analyse a batch; where it breaks, each alone, so that one text never takes its neighbours with it."""
    try:
        together = analyzer.analyze(mentions)
        pairs = zip(mentions, together, strict=True)
        return [_tagged(mention, found, analyzer.version) for mention, found in pairs]
    except Exception:
        if len(mentions) > 1:
            return [result for mention in mentions for result in tagged(analyzer, [mention])]
        log.exception("a bug while analysing", extra={"mention": mentions[0].id})
        return [(mentions[0], Analysis("und", ()), claims.failed(analyzer.version))]


def _tagged(mention: Mention, found: Analysis, version: str) -> Tagged:
    return mention, found, claims.failed(version) if found.failed else version


def _claim(line: Line, connection: Connection) -> list[Mention]:
    ids = claims.unanalyzed(connection, now=line.now(), limit=ANALYZED_AT_ONCE)
    return reading.load_mentions(connection, ids)


def _record(tags: Sequence[Tagged], connection: Connection) -> None:
    record(tags, connection, rules_since=None)
