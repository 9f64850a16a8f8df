"""After the stages: what was taken back leaves the store's file as well."""

from __future__ import annotations

import logging

from stages.line import Line
from storage import traces

log = logging.getLogger(__name__)


def purge_traces(line: Line) -> bool:
    """Purge the traces of what was taken back, where it is time for it; tell whether it was done."""
    done = traces.purge_traces(line.store, now=line.now())
    if done:
        log.info("purged")
    return done
