"""The second half of a purge: what was taken back leaves no trace in the file either.

The statements of tombstones.py overwrite (``secure_delete``), and yet words stay: full text keeps them until its
index is merged, the log until it is folded, and pages that were once rebuilt hold copies in their gaps until the file
is written anew (1 mention of 600, measured on SQLite 3.40 in each of three runs). That reads the whole store (4
CPU-seconds for 200,000 mentions in 250 MB), so it is done for all that was taken back in a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, func, insert, select

from storage import engines
from storage.schema import audit
from storage.store import Store

EVERY = timedelta(hours=6)
"""Between two of them; the strictest terms ask for a day."""
TAKEN, PURGED = ("deleted", "forgotten", "expired"), "purged"
"""What audit lines say where words left the store, and where their traces did."""
TRIES = 5
"""How often a person's request waits for those who read, a second each."""


def purge_traces(store: Store, *, now: datetime) -> bool:
    """Leave no trace of what was taken back since the last time, if it was EVERY ago; tell whether it was done."""
    with store.reading() as connection:
        deleted = _last_deletion(connection, now=now)
    return deleted is not None and _purge(store, deleted, now=now)


def purge_now(store: Store, *, now: datetime) -> bool:
    """Leave no trace of what was taken back, however lately that was done; False where others were in the way."""
    with store.reading() as connection:
        deleted: int | None = connection.execute(_newest(TAKEN)).scalar()
    return deleted is None or any(_purge(store, deleted, now=now) for _ in range(TRIES))


def _purge(store: Store, deleted: int, *, now: datetime) -> bool:
    with store.writing() as connection:
        engines.merge_full_text(connection)
    if not store.write_anew():
        return False
    with store.writing() as connection:
        line = {
            "at": now,
            "what": PURGED,
            "which": str(deleted),
            "why": "no trace of what was deleted until that line",
        }
        connection.execute(insert(audit).values(line))
    return True


def _last_deletion(connection: Connection, *, now: datetime) -> int | None:
    """Return the audit line of the last deletion that may have left traces; None where nothing is to be done now."""
    last: int | None = connection.execute(_newest(TAKEN)).scalar()
    purged = _newest((PURGED,)).scalar_subquery()
    before = connection.execute(select(audit).where(audit.c.id == purged)).first()
    if last is None or (before is not None and (int(before.which) >= last or before.at > now - EVERY)):
        return None
    return last


def _newest(what: Sequence[str]) -> Select[int]:
    return select(func.max(audit.c.id)).where(audit.c.what.in_(what))


def not_purged_since(connection: Connection) -> datetime | None:
    """Return when the first of those deletions was whose traces may still be there; None where there are none."""
    purged = select(audit.c.which).where(audit.c.id == _newest((PURGED,)).scalar_subquery())
    last = connection.execute(purged).scalar()
    after = audit.c.id > (0 if last is None else int(last))
    return connection.execute(select(func.min(audit.c.at)).where(audit.c.what.in_(TAKEN), after)).scalar()
