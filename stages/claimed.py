"""Which sources are read: claimed a few at a time, as readers become free, while the disk has room."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from stages.line import Line
from storage import claims, sources
from storage.sources import KeptSource

log = logging.getLogger(__name__)

AT_ONCE = 64


def claimed(line: Line, names: Sequence[str] | None) -> Iterator[list[KeptSource]]:
    """Yield what is due, or each of the names once; no more once the disk has too little room: the rest stays due."""
    for some in filter(None, _all(line, names)):
        yield some
        full = line.store.too_little_room()
        if full is not None:
            log.error("nothing more is collected", extra={"reason": full})
            return


def _all(line: Line, names: Sequence[str] | None) -> Iterator[list[KeptSource]]:
    """Yield what is claimed, a few at a time: what is due until nothing is, or each of the names once."""
    if names is None:
        while some := line.store.write(partial(_due, now=line.now())):
            yield some
        return
    once = list(dict.fromkeys(names))
    for start in range(0, len(once), AT_ONCE):
        named = once[start : start + AT_ONCE]
        yield line.store.write(partial(_named, named, now=line.now()))


def _due(connection: Connection, *, now: datetime) -> list[KeptSource]:
    return sources.load_sources(connection, claims.due_sources(connection, now=now, limit=AT_ONCE))


def _named(names: Sequence[str], connection: Connection, *, now: datetime) -> list[KeptSource]:
    return sources.load_sources(connection, claims.named_sources(connection, names, now=now))
