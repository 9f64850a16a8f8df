"""After the stages: the roll-up of counts by day follows what was heard, tagged and taken back."""

from __future__ import annotations

import logging

from stages.line import Line
from storage import daily

log = logging.getLogger(__name__)


def count_days(line: Line) -> int:
    """Count the days anew whose counts changed; return how many marks of change that took."""
    done = daily.keep_current(line.store, line.settings.organisation.timezone)
    if done:
        log.info("counted", extra={"marks": done})
    return done
