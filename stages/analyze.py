"""The second stage: tag what no analysis has seen. No transaction is open while spaCy works."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from analysis.contract import Analysis, Analyzer
from model import Mention
from stages.line import Line, Progress
from storage import claims, reading
from storage.annotations import record_analysis
from storage.waiting import refresh_waiting

log = logging.getLogger(__name__)

ANALYZED_AT_ONCE = 200


def analyze(line: Line) -> int:
    """Tag every mention that no analysis has seen, newest first; return how many."""
    done = 0
    while True:
        undone = line.store.write(partial(_claim, line))
        if not undone:
            return done
        analyzer = line.analyzer()
        results = _analyses(analyzer, undone)
        line.store.write(partial(_record, results))
        done += len(undone)
        line.tell(Progress(stage="analyze", done=done, total=done))


def _claim(line: Line, connection: Connection) -> list[Mention]:
    ids = claims.unanalyzed(connection, now=line.now(), limit=ANALYZED_AT_ONCE)
    return reading.load_mentions(connection, ids)


def _record(results: Sequence[tuple[Mention, Analysis, str]], connection: Connection) -> None:
    for mention, analysis, version in results:
        record_analysis(connection, mention, analysis.lang, analysis.annotations, version=version)
    refresh_waiting(connection, {reading.thread_of(mention) for mention, _, _ in results})


def _analyses(analyzer: Analyzer, mentions: Sequence[Mention]) -> list[tuple[Mention, Analysis, str]]:
    """Analyse a batch; where it breaks, each alone, so that one text never takes its neighbours with it."""
    try:
        together = analyzer.analyze(mentions)
        return [(mention, found, analyzer.version) for mention, found in zip(mentions, together, strict=True)]
    except Exception:
        if len(mentions) > 1:
            return [result for mention in mentions for result in _analyses(analyzer, [mention])]
        log.exception("a bug while analysing", extra={"mention": mentions[0].id})
        return [(mentions[0], Analysis("und", ()), f"failed {analyzer.version}")]
