"""Backups of a store on PostgreSQL, by the server's own programs where they are installed on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import URL

from errors import NeedsAttention, TryLater

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
    listed(engine.url, file)
    kept = file.with_name(f"{file.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    with engine.connect() as connection:
        others = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        ).scalar_one()
    engine.dispose()
    if others:
        raise TryLater(
            f"{others} others are at work in the database; stop Earshot and whatever else reads it first"
        )
    dump(engine, kept)
    wanted = (
        "--clean",
        "--if-exists",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
    )
    _run(engine.url, "pg_restore", *wanted, "--dbname", engine.url.database or "", str(file))
    return kept


def _run(url: URL, program: str, *words: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise NeedsAttention(
            f"{program} is not installed on this machine: {PROGRAMS}; or back up on the server"
        )
    done = subprocess.run(  # noqa: S603 - programs of ours, words of ours, no shell
        [found, *words], env=_environment(url), capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        told = " ".join(done.stderr.split())[:300]
        raise NeedsAttention(f"{program}: {told}")
    return done.stdout


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
