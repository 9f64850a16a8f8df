"""Work that is claimed: a stage takes what is undone for itself, so that no other process does it as well.

A claim is a name and an end. It ends by itself when its time is over, and at once when the process that holds it
is known to be dead: a cycle that was killed goes on where it stopped, without waiting.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import Update

from storage.among import among
from storage.schema import mentions, outbox, sources
from storage.types import UtcDateTime

CLAIM_LASTS = timedelta(minutes=10)


def my_name() -> str:
    """Return the name under which this process claims: ``host/pid/start``."""
    return _name_of(os.getpid())


@cache
def _name_of(pid: int) -> str:
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def due_sources(connection: Connection, *, now: datetime, limit: int) -> list[int]:
    """Claim up to ``limit`` sources whose time has come, longest due first; return their ids."""
    return _claim(connection, sources, _DUE, now=now, most=limit)


def named_sources(connection: Connection, names: Sequence[str], *, now: datetime) -> list[int]:
    """Claim sources by name whether they are due or not; those that somebody else reads are left out."""
    return _claim(connection, sources, _NAMED, now=now, names=list(names), most=len(names))


def unanalyzed(connection: Connection, *, now: datetime, limit: int) -> list[int]:
    """Claim up to ``limit`` mentions that no analysis has seen, newest first; return their ids."""
    return _claim(connection, mentions, _UNANALYZED, now=now, most=limit)


def outdated(connection: Connection, version: str, *, now: datetime, limit: int) -> list[int]:
    """Claim up to ``limit`` mentions that another version analysed last, newest first; return their ids.

    None while a mention waits that no analysis has seen: what is new goes before.
    """
    new = and_(mentions.c.analyzed_as.is_(None), mentions.c.deleted_at.is_(None), is_free(mentions, now=now))
    if connection.execute(select(mentions.c.id).where(new).limit(1)).first() is not None:
        return []
    found: list[int] = []
    for old in _other_versions(connection, version):
        stale = and_(mentions.c.analyzed_as == old, mentions.c.deleted_at.is_(None))
        newest = select(mentions.c.id).where(stale, is_free(mentions, now=now)).order_by(mentions.c.id.desc())
        found += connection.execute(newest.limit(limit).with_for_update(skip_locked=True)).scalars()
    chosen = sorted(found, reverse=True)[:limit]
    put_off(connection, mentions, chosen, until=now + CLAIM_LASTS)
    return chosen


def any_analyzed(connection: Connection) -> bool:
    """Tell whether there is a mention that was analysed, by whatever version."""
    there = and_(mentions.c.analyzed_as > "", mentions.c.deleted_at.is_(None))
    return connection.execute(select(mentions.c.id).where(there).limit(1)).first() is not None


def count_outdated(connection: Connection, version: str) -> int:
    """Return how many mentions another version analysed last."""
    there = and_(mentions.c.analyzed_as.is_not(None), mentions.c.deleted_at.is_(None))
    old = and_(there, mentions.c.analyzed_as.in_(_other_versions(connection, version)))
    return connection.execute(select(func.count()).select_from(mentions).where(old)).scalar_one()


def _other_versions(connection: Connection, version: str) -> list[str]:
    """Return what mentions were analysed as other than by this version, from one step in the index to the next."""
    known: list[str] = []
    analyzed_as, last = mentions.c.analyzed_as, ""
    while True:
        further = select(analyzed_as).where(analyzed_as > last, mentions.c.deleted_at.is_(None))
        found: str | None = connection.execute(further.order_by(analyzed_as).limit(1)).scalar()
        if found is None:
            return [one for one in known if one not in (version, failed(version))]
        known.append(found)
        last = found


def failed(version: str) -> str:
    """Return as what a mention was analysed at which a version of the analysis failed: it is not asked again."""
    return f"failed {version}"


def due_messages(
    connection: Connection, *, now: datetime, limit: int, unless: ColumnElement[bool] | None = None
) -> list[int]:
    """Claim up to ``limit`` letters that wait to be sent, longest due first; return their ids.

    ``unless``: of the outbox, which letters stay where they are.
    """
    due = _DUE_MESSAGES if unless is None else _DUE_MESSAGES.where(~unless)
    return _claim(connection, outbox, due, now=now, most=limit)


def still_mine(connection: Connection, table: Table, row: int, *, now: datetime) -> bool:
    """Tell whether this process' claim on a row still holds: asked right before what cannot be undone."""
    mine = and_(table.c.id == row, table.c.claimed_by == my_name(), table.c.claimed_until > now)
    return connection.execute(select(table.c.id).where(mine)).first() is not None


def is_free(table: Table, *, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition that nobody holds a row at this moment."""
    return or_(table.c.claimed_until.is_(None), table.c.claimed_until <= now)


def put_off(connection: Connection, table: Table, rows: Sequence[int], *, until: datetime) -> None:
    """Hold rows, so that nobody is at work on them before then."""
    connection.execute(_put_off(table), {"rows": list(rows), "holder": my_name(), "until": until})


@cache
def _put_off(table: Table) -> Update:
    held: dict[str, BindParameter[object]] = {
        "claimed_by": bindparam("holder"),
        "claimed_until": bindparam("until"),
    }
    return update(table).where(among(table.c.id, "rows")).values(held)


def renew(connection: Connection, table: Table, row: int, *, now: datetime) -> bool:
    """Hold a row for longer, as the work on it goes on; False where it is somebody else's by now, or nobody's."""
    mine = {"row": row, "holder": my_name(), "claimed_until": now + CLAIM_LASTS}
    return connection.execute(_of_holder(table), mine).rowcount == 1


@cache
def _of_holder(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam("row"), table.c.claimed_by == bindparam("holder"))


def release(connection: Connection, table: Table, rows: Sequence[int]) -> None:
    """Give rows back that were claimed and not worked on."""
    connection.execute(update(table).where(table.c.id.in_(rows)).values(claimed_by=None, claimed_until=None))


def release_mine(connection: Connection) -> None:
    """Give everything back that this process holds: it is about to end."""
    for table in (sources, mentions, outbox):
        mine = update(table).where(table.c.claimed_by == my_name())
        connection.execute(mine.values(claimed_by=None, claimed_until=None))


def release_the_dead(connection: Connection) -> int:
    """End the claims of processes of this machine that live no more; return how many rows are free again."""
    freed = 0
    for table in (sources, mentions, outbox):
        holders = select(table.c.claimed_by).where(table.c.claimed_by.is_not(None)).distinct()
        dead = [name for name in connection.execute(holders).scalars() if _is_dead(name)]
        if dead:
            free = (
                update(table).where(table.c.claimed_by.in_(dead)).values(claimed_by=None, claimed_until=None)
            )
            freed += connection.execute(free).rowcount
    return freed


def _listened() -> ColumnElement[bool]:
    return and_(sources.c.removed_at.is_(None), sources.c.paused_at.is_(None))


def _undone(
    table: Table, undone: ColumnElement[bool], order: ColumnElement[object] | Column[object]
) -> Select[int]:
    found = (
        select(table.c.id).where(undone, is_free(table, now=_NOW)).order_by(order).limit(bindparam("most"))
    )
    # Two that ask at the same moment get different rows on PostgreSQL; SQLite has one at a time, and no such words.
    return found.with_for_update(skip_locked=True)


_NOW: BindParameter[datetime] = bindparam("now", type_=UtcDateTime())
# Constants: to build statements anew for each few sources, here and where they are loaded and saved, took two thirds
# of that thread's time at a poll in which nothing was new (under a profiler).
_DUE = _undone(sources, and_(_listened(), sources.c.next_attempt_at <= _NOW), sources.c.next_attempt_at)
_NAMED = _undone(
    sources, and_(among(sources.c.name, "names"), sources.c.removed_at.is_(None)), sources.c.name
)
_UNANALYZED = _undone(
    mentions, and_(mentions.c.analyzed_as.is_(None), mentions.c.deleted_at.is_(None)), mentions.c.id.desc()
)
_DUE_MESSAGES = _undone(
    outbox, and_(outbox.c.state == "waiting", outbox.c.next_attempt_at <= _NOW), outbox.c.next_attempt_at
)


def _claim(
    connection: Connection, table: Table, undone: Select[int], *, now: datetime, **asked: object
) -> list[int]:
    chosen = list(connection.execute(undone, {"now": now, **asked}).scalars())
    put_off(connection, table, chosen, until=now + CLAIM_LASTS)
    return chosen


def _is_dead(name: str) -> bool:
    host, pid, started = name.split("/")
    if host != socket.gethostname():
        return False  # it may live there; its claim ends with its time
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return started != _started(int(pid))  # another process has the number now


def _started(pid: int) -> str:
    """Return when a process began, in the system's own ticks; empty where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123 - not a real file
            return stat.read().rpartition(")")[2].split()[19]
    except OSError:
        return ""
