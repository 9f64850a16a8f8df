"""Beside the stages: what is older than is kept leaves the store, some at a time."""

from __future__ import annotations

import logging
from functools import partial

from sqlalchemy import Connection

from stages.line import Line, Progress
from storage import chores
from storage.attempts import forget_old
from storage.forgetting import expire
from storage.retention import CHORE, EVERY, expired

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Mentions in one transaction: a tenth of a second in which nobody else writes."""
MOST = 2_000
"""In one round; the rest goes in the next."""


def retain(line: Line) -> int:
    """Take out what is older than is kept, if it is time for it; return how many mentions that were.

    How sources did so long ago goes too, whatever ``[retention]`` says of mentions.
    """
    line.store.write(partial(forget_old, now=line.now()))
    keeps = line.settings
    if keeps.keep is None and not keeps.keep_by_channel:
        return 0
    with line.store.reading() as connection:
        if not chores.is_time(connection, CHORE, EVERY, now=line.now()):
            return 0
    done = retain_now(line, most=MOST)
    if done < MOST:
        line.store.write(partial(chores.mark_done, name=CHORE, now=line.now()))
    if done:
        log.info("expired", extra={"mentions": done})
    return done


def retain_now(line: Line, *, most: int | None = None) -> int:
    """Take out what is older than is kept, up to ``most``; return how many mentions that were."""
    done = 0
    while most is None or done < most:
        gone = line.store.write(partial(_expire_some, line=line))
        if not gone:
            break
        done += gone
        line.tell(Progress(stage="retain", done=done, total=done))
    return done


def _expire_some(connection: Connection, *, line: Line) -> int:
    keeps, now = line.settings, line.now()
    ids = expired(connection, keeps.keep, keeps.keep_by_channel, now=now, limit=AT_ONCE)
    expire(connection, ids, "older than [retention] keeps", now=now)
    return len(ids)
