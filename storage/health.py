"""What may be wrong with a store, each fault with its mend. Nothing is changed here, and nothing is migrated."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, func, inspect, or_, select, text
from sqlalchemy.exc import DatabaseError, OperationalError

from errors import EarshotError
from storage import claims, engines, room
from storage.copies import list_copies
from storage.mounts import network_drive
from storage.outbox import failed_between, outbox_counts
from storage.schema import mentions, outbox, search_texts, sources
from storage.traces import not_purged_since
from storage.transports import failing

State = Literal["ok", "advice", "attention"]

NO_BACKUP_FOR = timedelta(days=7)
BEHIND_FOR = timedelta(hours=1)
"""What waits longer has nobody who does it."""
FAILED_LATELY = timedelta(days=7)
LARGE_LOG = 256 * 1024 * 1024
OTHERS_READ, OTHERS_WRITE = 0o004, 0o002


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: how it is, in words, and what to do where it is not well."""

    part: str
    what: str
    state: State = "ok"
    told: str
    mend: str = ""


def examine(engine: Engine, head: str, *, now: datetime) -> Iterator[Finding]:
    """Yield what is found of a store, one after the other; a fault that hides the rest ends it."""
    sqlite = engines.is_sqlite(engine)
    database = Path(str(engine.url.database))
    if sqlite and not database.exists():
        yield _bad("file", f"{database} is not there", "it is made at the first `earshot collect`", "advice")
        return
    if sqlite:
        yield from _of_the_file(database)
    try:
        with engines.told_in_words(engine), engines.begun(engine, writes=False) as connection:
            version = _schema(connection)
            yield _schema_finding(version, head)
            if version == head:
                yield from (_of_sqlite if sqlite else _of_postgresql)(connection)
                yield from _of_the_work(connection, now=now)
    except EarshotError as error:
        yield _bad("store", str(error), "see there")
    except (DatabaseError, sqlite3.DatabaseError) as error:
        yield _bad("integrity", str(error)[:200], "stop Earshot and `earshot restore` a backup")


def examine_letters(engine: Engine, head: str, *, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the letters and the ways out; nothing where there is no store of this schema."""
    if engines.is_sqlite(engine) and not Path(str(engine.url.database)).exists():
        return
    with engines.told_in_words(engine), engines.begun(engine, writes=False) as connection:
        if _schema(connection) == head:
            found = [_letters(connection, now=now), *_ways(connection, now=now)]
            yield from (finding for finding in found if finding.state != "ok")


def _good(what: str, told: str) -> Finding:
    return Finding(part="store", what=what, told=told)


def _bad(what: str, told: str, mend: str, state: State = "attention") -> Finding:
    return Finding(part="store", what=what, state=state, told=told, mend=mend)


def _of_the_file(database: Path) -> Iterator[Finding]:
    size = database.stat().st_size
    yield from (_permissions(database), _place(database), _room(database, size), _log(database))


def _permissions(database: Path) -> Finding:
    mode = database.stat().st_mode
    if not (os.access(database, os.R_OK | os.W_OK) and os.access(database.parent, os.W_OK)):
        return _bad(
            "permissions", f"{database} or its folder cannot be written", "give both to who runs Earshot"
        )
    if mode & OTHERS_WRITE:
        return _bad("permissions", f"anybody may write {database}", f"chmod o= {database}")
    if mode & OTHERS_READ and database.parent.stat().st_mode & 0o001:
        return _bad(
            "permissions", f"anybody on this machine may read {database}", f"chmod o= {database}", "advice"
        )
    return _good("permissions", "only who runs Earshot, and their group, may read it")


def _place(database: Path) -> Finding:
    kind = network_drive(database)
    if kind is not None:
        mend = "move it to a disk of this machine, or use PostgreSQL: locks do not hold there"
        return _bad("place", f"{database} lies on a network drive ({kind})", mend)
    return _good("place", "on a disk of this machine")


def _room(database: Path, size: int) -> Finding:
    free = room.free_beside(database)
    told = f"{free / 1e6:,.0f} MB free, the store has {size / 1e6:,.0f} MB"
    if free < room.ADVISED:
        mend = f"make room: nothing is collected below {room.FLOOR / 1e6:,.0f} MB"
        return _bad("room", told, mend)
    if free < size:
        return _bad("room", told, "make room: to purge what was taken back takes as much again", "advice")
    return _good("room", told)


def _log(database: Path) -> Finding:
    log = Path(f"{database}-wal")
    size = log.stat().st_size if log.exists() else 0
    told = f"the log beside it has {size / 1e6:,.0f} MB"
    if size > LARGE_LOG:
        return _bad(
            "log", told, "something reads for very long; end it, and the log shrinks by itself", "advice"
        )
    return _good("log", told)


def _schema(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _schema_finding(version: str | None, head: str) -> Finding:
    if version is None:
        return _bad("schema", "this is no Earshot store", "name another one in [store] url")
    if version > head:
        mend = "install the Earshot that wrote it, or restore a backup made before"
        return _bad("schema", f"it has schema {version}, this program knows {head}", mend)
    if version < head:
        return _bad(
            "schema", f"it has schema {version}, this program's is {head}", "earshot migrate", "advice"
        )
    return _good("schema", version)


def _of_sqlite(connection: Connection) -> Iterator[Finding]:
    told = list(connection.exec_driver_sql("PRAGMA integrity_check(3)").scalars())
    if told != ["ok"]:
        yield _bad(
            "integrity", "; ".join(map(str, told))[:300], "stop Earshot and `earshot restore` a backup"
        )
        return
    yield _good("integrity", "every page, row and index agrees")
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(1000)
    if broken:
        told_of = ", ".join(sorted({str(row[0]) for row in broken}))
        yield _bad("references", f"rows of {told_of} refer to nothing", "`earshot restore` a backup")
    else:
        yield _good("references", "every row refers to one that is there")
    yield _full_text(connection, _index_agrees(connection))


def _index_agrees(connection: Connection) -> bool:
    """Let FTS5 compare its index with the texts; it is written as a write and changes nothing."""
    try:
        with connection.begin_nested() as nothing:
            connection.exec_driver_sql(
                "INSERT INTO mentions_search(mentions_search, rank) VALUES ('integrity-check', 1)"
            )
            nothing.rollback()
    except OperationalError:  # somebody writes just now: the count below tells most of it
        return True
    except DatabaseError:
        return False
    return True


def _full_text(connection: Connection, agrees: bool) -> Finding:
    standing = select(func.count()).select_from(mentions).where(mentions.c.deleted_at.is_(None))
    kept = connection.execute(standing).scalar_one()
    found = connection.execute(select(func.count()).select_from(search_texts)).scalar_one()
    if not agrees or kept != found:
        mend = "`earshot restore` a backup, or ask us: search does not find all"
        return _bad("full text", f"the index knows {found} of {kept} mentions, or other words", mend)
    return _good("full text", f"it knows each of {kept} mentions")


def _of_postgresql(connection: Connection) -> Iterator[Finding]:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    shown = f"PostgreSQL {version // 10_000}.{version % 10_000}"
    if version < 150_000:
        yield _bad("server", shown, "15 and 18 are tested; move to one of them", "advice")
    else:
        yield _good("server", shown)
    age: int = connection.execute(
        text("SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()")
    ).scalar_one()
    if age > 1_500_000_000:
        yield _bad("vacuum", f"{age:,} transactions old", "let autovacuum run, or VACUUM FREEZE the database")
    else:
        yield _good("vacuum", f"{age:,} transactions since the last freeze")
    yield _full_text(connection, agrees=True)


def _of_the_work(connection: Connection, *, now: datetime) -> Iterator[Finding]:
    yield _backups(connection, now=now)
    yield _claimed(connection)
    yield from _sources(connection, now=now)
    yield _analysis(connection, now=now)
    yield _letters(connection, now=now)
    yield from _ways(connection, now=now)
    yield _purging(connection, now=now)


def _backups(connection: Connection, *, now: datetime) -> Finding:
    made = [copy.made_at for copy in list_copies(connection) if copy.kind == "backup"]
    first = connection.execute(select(func.min(sources.c.created_at))).scalar()
    if made and max(made) > now - NO_BACKUP_FOR:
        return _good("backup", f"the last was made on {max(made):%Y-%m-%d %H:%M} UTC")
    if not made and (first is None or first > now - NO_BACKUP_FOR):
        return _good("backup", "none yet; the store is new")
    told = f"the last was made on {max(made):%Y-%m-%d}" if made else "none was ever made by `earshot backup`"
    return _bad("backup", told, "earshot backup FILE, by cron once a day", "advice")


def _claimed(connection: Connection) -> Finding:
    hosts = {
        str(name).partition("/")[0]
        for table in (sources, mentions, outbox)
        for name in connection.execute(
            select(table.c.claimed_by).where(table.c.claimed_by.is_not(None)).distinct()
        ).scalars()
    }
    others = sorted(hosts - {claims.my_name().partition("/")[0]})
    if others and engines.is_sqlite(connection):
        mend = "one machine to a file: let the others stop, or use PostgreSQL"
        return _bad("machines", f"{', '.join(others)} works on this file too", mend)
    return _good("machines", f"{len(hosts)} at work" if hosts else "nobody is at work just now")


def _sources(connection: Connection, *, now: datetime) -> Iterator[Finding]:
    listened = sources.c.removed_at.is_(None), sources.c.paused_at.is_(None)
    asked = select(sources.c.name, sources.c.status, sources.c.reason, sources.c.next_attempt_at).where(
        *listened
    )
    rows = connection.execute(asked.order_by(sources.c.name)).all()
    for row in rows:
        if row.status in ("off", "failing"):
            yield _bad(
                f"source {row.name}", f"{row.status}: {row.reason}"[:300], "earshot source test " + row.name
            )
    late = [row.name for row in rows if row.next_attempt_at and row.next_attempt_at < now - BEHIND_FOR]
    if late:
        told = f"{len(late)} were due more than an hour ago, {late[0]} among them"
        yield _bad("listening", told, "start `earshot run`, or let cron run `earshot cycle`")
    else:
        yield _good("listening", f"{len(rows)} sources, none is late")


def _analysis(connection: Connection, *, now: datetime) -> Finding:
    undone = mentions.c.analyzed_as.is_(None), mentions.c.deleted_at.is_(None)
    count = connection.execute(select(func.count()).select_from(mentions).where(*undone)).scalar_one()
    first = connection.execute(select(func.min(mentions.c.collected_at)).where(*undone)).scalar()
    if first is not None and first < now - BEHIND_FOR:
        return _bad(
            "analysis",
            f"{count} mentions wait, the first since {first:%Y-%m-%d %H:%M} UTC",
            "earshot analyze",
        )
    return _good("analysis", f"{count} mentions wait")


def _letters(connection: Connection, *, now: datetime) -> Finding:
    counts = outbox_counts(connection)
    # What waits for the end of quiet hours, or for its way's next hour, is not late.
    overdue = or_(outbox.c.first_attempt_at < now - BEHIND_FOR, outbox.c.next_attempt_at < now - BEHIND_FOR)
    waits = outbox.c.state == "waiting", overdue
    late = connection.execute(select(func.count()).select_from(outbox).where(*waits)).scalar_one()
    lately = failed_between(connection, now - FAILED_LATELY, now)
    mend = "`earshot doctor --send-test` tries each way; see [smtp], [[transports]] and the addresses"
    if lately:
        last = lately[-1]
        told = (
            f"{len(lately)} failed for good in the last {FAILED_LATELY.days} days, the last to "
            f"{last.message.recipient}: {last.last_error}"
        )
        return _bad("letters", told[:400], mend)
    if late:
        return _bad("letters", f"{late} could not leave for more than an hour", mend, "advice")
    return _good("letters", f"{counts.get('waiting', 0)} wait, {counts.get('sent', 0)} are sent")


def _ways(connection: Connection, *, now: datetime) -> Iterator[Finding]:
    for way in failing(connection):
        since, old = f"{way.failing_since:%Y-%m-%d %H:%M}", way.failing_since < now - BEHIND_FOR
        told = f"has taken nothing since {since} UTC, tried {way.failures} times: {way.reason}"
        mend = "mend it, then `earshot doctor --send-test`; it is tried again by itself too"
        yield _bad(f"way out {way.name}", told[:400], mend, "attention" if old else "advice")


def _purging(connection: Connection, *, now: datetime) -> Finding:
    since = not_purged_since(connection)
    if since is not None and since < now - timedelta(days=1):
        told = f"what was taken back on {since:%Y-%m-%d} may still have traces in the files"
        return _bad("purging", told, "end what reads the store for long, then `earshot cycle`")
    return _good("purging", "no old traces of what was taken back")
