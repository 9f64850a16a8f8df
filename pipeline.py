"""What happens, in which order: collect → analyse → match → digest → send. The file that tells the story.

Each stage claims what is undone in one short transaction, does it with no transaction open, and records result
and progress together in a second one. So every stage may be killed at any line and started again, and every
stage has a verb of its own in the CLI. When a stage runs is none of its business (scheduler.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from errors import Interrupted
from model import Alert
from stages.analyze import analyze
from stages.annotate import annotate, undo_annotate
from stages.collect import Collected, collect
from stages.count import count_days
from stages.digest import Told, build_digests, period_asked, send_digest
from stages.facts import digest_facts
from stages.line import Line, Progress
from stages.match import match
from stages.notices import tell_of_stuck_work
from stages.purge import purge_traces
from stages.reanalyze import follow_names, reanalyze
from stages.recheck import RecheckedSource, recheck
from stages.retain import retain
from stages.send import send, send_now
from stages.train import Trained, train
from storage import claims

__all__ = [
    "Collected",
    "Cycle",
    "Line",
    "Progress",
    "RecheckedSource",
    "Told",
    "Trained",
    "analyze",
    "annotate",
    "build_digests",
    "collect",
    "count_days",
    "cycle",
    "digest_facts",
    "follow_names",
    "match",
    "period_asked",
    "purge_traces",
    "reanalyze",
    "recheck",
    "retain",
    "send",
    "send_digest",
    "send_now",
    "tell_of_stuck_work",
    "train",
    "undo_annotate",
]

log = logging.getLogger(__name__)

Done = TypeVar("Done")

AGAIN_AT_A_TIME = 1_000
"""Old mentions that are asked again, behind the new ones, in one round: about a second's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """What one round of all stages did."""

    collected: Sequence[Collected]
    rechecked: Sequence[RecheckedSource]
    analyzed: int
    alerts: Sequence[Alert]
    digests: int
    sent: int
    unsent: Sequence[str]


def cycle(line: Line) -> Cycle:
    """Run every stage once through, in order; what an earlier process left half done is done now."""
    line.store.write(claims.release_the_dead)
    collected = _through(collect, line)
    rechecked = _through(recheck, line)
    follow_names(line)
    analyzed = _through(analyze, line)
    fired = _through(match, line)
    built = _through(build_digests, line)
    sent, unsent = _through(send, line)
    if analyzed:  # else a round in which nothing came would load spaCy for it
        _through(partial(reanalyze, most=AGAIN_AT_A_TIME), line)
    retain(line)
    count_days(line)
    purge_traces(line)
    return Cycle(
        collected=collected,
        rechecked=rechecked,
        analyzed=analyzed,
        alerts=fired,
        digests=built,
        sent=sent,
        unsent=unsent,
    )


def _through(stage: Callable[[Line], Done], line: Line) -> Done:
    """Run a stage; once more where the store gave it up in the middle, for it goes on where it stopped."""
    try:
        return stage(line)
    except Interrupted as error:
        log.warning("%s", error)
    line.store.write(claims.release_mine)
    return stage(line)
