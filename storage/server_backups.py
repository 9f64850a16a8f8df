"""Backups of a store on PostgreSQL, by the server's own programs where they are installed on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import URL

from errors import NeedsAttention, TryLater

OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
PATIENCE = 3.0
"""Seconds that the server may take to see that somebody has left."""
DROPS = """
SELECT format('DROP TABLE IF EXISTS public.%I CASCADE', relname) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relowner = (SELECT relowner FROM pg_class WHERE oid = to_regclass('public.mentions'))
UNION ALL
SELECT format('DROP FUNCTION IF EXISTS public.%I(%s) CASCADE', proname, pg_get_function_identity_arguments(oid))
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'earshot_')
"""
"""What takes the present store away, as statements: also what an earlier one did not have."""
PROGRAMS = "apt-get install postgresql-client, or the like: its version must not be older than the server's"


def dump(engine: Engine, file: Path) -> int:
    """Write one moment of the store into a new file that pg_restore reads; return its size in bytes.

    NeedsAttention where pg_dump is missing or refuses.
    """
    if file.exists():
        raise NeedsAttention(f"{file} is there already; name another file, or move it away")
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        beside.touch(mode=0o600, exist_ok=False)
        _run(engine.url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(beside))
        listed(engine.url, beside)
        beside.replace(file)
    except OSError as error:
        raise TryLater(
            f"{file}: {error.strerror}; make room, or name a folder that can be written"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return file.stat().st_size


def listed(url: URL, file: Path) -> str:
    """Return what pg_restore finds in a file; NeedsAttention where it is no dump of a store."""
    if not file.is_file():
        raise NeedsAttention(f"{file}: there is no such file")
    found = _run(url, "pg_restore", "--list", str(file))
    if "TABLE DATA public mentions" not in found or "TABLE DATA public alembic_version" not in found:
        raise NeedsAttention(f"{file} is a dump, but of no Earshot store")
    return found


def load(engine: Engine, file: Path, *, now: datetime) -> Path:
    """Let a dump take the store's place in one transaction; return where the present store was dumped before.

    TryLater while another process has the store open.
    """
    found = listed(engine.url, file)
    kept = file.with_name(f"{file.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    others = _others(engine)
    if others:
        raise TryLater(
            f"{others} others are at work in the database; stop Earshot and whatever else reads it first"
        )
    dump(engine, kept)
    with engine.connect() as connection:
        drops = list(connection.execute(text(DROPS)).scalars())
    engine.dispose()
    _put_in(engine.url, file, before="; ".join(drops), after=_complete(found))
    return kept


def _others(engine: Engine) -> int:
    """Return how many others have the database open; whoever has just left it is waited for."""
    until = time.monotonic() + PATIENCE
    while True:
        with engine.connect() as connection:
            found: int = connection.execute(text(OTHERS)).scalar_one()
        engine.dispose()
        if not found or time.monotonic() >= until:
            return found
        time.sleep(0.1)


def _complete(listed_in_it: str) -> str:
    """Return what fails in the server where a dump ended in the middle: references come last in one."""
    keys = sum(" FK CONSTRAINT public " in line for line in listed_in_it.splitlines())
    mine = "SELECT oid FROM pg_class WHERE relowner = current_user::regrole"
    there = f"SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid IN ({mine})"
    return f"DO $$ BEGIN ASSERT ({there}) = {keys}, 'the dump ended in the middle'; END $$"


def _put_in(url: URL, file: Path, *, before: str, after: str) -> None:
    """Let psql do what pg_restore reads out of a dump, in one transaction with what comes before and after it.

    pg_restore alone would leave the tables that the dump does not know, and stop at what refers to the others.
    """
    reads = [_found("pg_restore"), "--no-owner", "--no-privileges", "--file", "-", str(file)]
    writes = [_found("psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"]
    words = ["--command", before or "SELECT", "--file", "-", "--command", after]
    where = _environment(url)
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(reads, env=where, stdout=subprocess.PIPE, stderr=told) as reading,  # noqa: S603
    ):
        written = subprocess.run(  # noqa: S603 - programs of ours, words of ours, no shell
            [*writes, *words],
            env=where,
            stdin=reading.stdout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        if written.returncode == 0 and reading.wait() == 0:
            return
        reading.kill()
        told.seek(0)
        why = " ".join((written.stderr + told.read().decode(errors="replace")).split())[:300]
        raise NeedsAttention(f"{file} was not put back: {why}")


def _run(url: URL, program: str, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - programs of ours, words of ours, no shell
        [_found(program), *words],
        env=_environment(url),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        told = " ".join(done.stderr.split())[:300]
        raise NeedsAttention(f"{program}: {told}")
    return done.stdout


def _found(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise NeedsAttention(
            f"{program} is not installed on this machine: {PROGRAMS}; or back up on the server"
        )
    return found


def _environment(url: URL) -> dict[str, str]:
    """Return the environment in which libpq finds the store: so no password stands among the words of a process."""
    said = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
        "PGSSLROOTCERT": url.query.get("sslrootcert"),
    }
    return {**os.environ, **{name: str(value) for name, value in said.items() if value}}
