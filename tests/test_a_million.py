"""A million mentions: an upgrade tells how far it is while others read, and an export takes no more memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import open_store
from storage.engines import engine_for
from storage.migrations import HEAD
from tests import old_database, old_store
from tests.old_database import an_old_database
from tests.old_store import STEPS, an_old_store, migrated
from tests.processes import ROOT, started, wait_until

MANY, FEW = 1_000_000, 100_000
CONFIG = """
[organisation]
name = "Riverside Food Network"
[store]
url = "{url}"
"""
READ = (
    "SELECT count(*), max(id) FROM partners",
    "SELECT m.title, s.said FROM mentions m JOIN search_texts s ON s.mention_id = m.id ORDER BY m.id DESC LIMIT 50",
)
"""What both schemas can be asked."""
Large = Callable[[Path, int], AbstractContextManager[str]]
MEASURED = """
import resource, sys
import cli
try:
    cli.main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def large(request: pytest.FixtureRequest) -> Large:
    """What makes a store of the oldest schema with so many mentions in a folder, and gives its address."""

    @contextmanager
    def in_a_file(folder: Path, n_mentions: int) -> Iterator[str]:
        folder.mkdir()
        file = an_old_store(folder)
        old_store.grown(file, n_mentions)
        yield _configured(folder, f"sqlite:///{file}")

    @contextmanager
    def in_a_database(folder: Path, n_mentions: int) -> Iterator[str]:
        folder.mkdir()
        with an_old_database(request.getfixturevalue("postgres")) as url:
            old_database.grown(url, n_mentions)
            yield _configured(folder, url)

    return in_a_file if request.param == "sqlite" else in_a_database


def _configured(folder: Path, url: str) -> str:
    (folder / "earshot.toml").write_text(CONFIG.format(url=url), encoding="utf-8")
    return url


def longest_wait(url: str, until: threading.Event) -> float:
    """Read what both schemas have, again and again; return the slowest in seconds."""
    longest, engine = 0.0, engine_for(url)
    while not until.wait(0.01):
        began = time.monotonic()
        with engine.connect() as connection:
            for read in READ:
                connection.execute(text(read)).all()
        longest = max(longest, time.monotonic() - began)
    engine.dispose()
    return longest


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_the_upgrade_of_a_million_tells_how_far_it_is_and_readers_go_on(
    tmp_path: Path, large: Large, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 71."""
    done, waited = threading.Event(), []
    with large(tmp_path / "large", MANY) as url:
        reader = threading.Thread(target=lambda: waited.append(longest_wait(url, done)))
        reader.start()
        began, cpu = time.monotonic(), time.process_time()

        open_store(url).close()

        took, of_it = time.monotonic() - began, time.process_time() - cpu
        done.set()
        reader.join()
        engine = engine_for(url)
        with engine.connect() as connection:
            schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        engine.dispose()
    told = [record.getMessage() for record in caplog.records]
    print(f"{url}: {took:.0f} s, {of_it:.0f} of our processor; a reader waited {waited[0]:.2f} s")  # noqa: T201
    assert sum(words.startswith("pages kept") for words in told) >= (9 if url.startswith("sqlite") else 0)
    assert sum(words.startswith("titles found") for words in told) >= 9
    assert sum(words.startswith("steps to schema") for words in told) == STEPS
    assert schema == HEAD


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_million_are_exported_in_the_memory_of_a_tenth_and_can_be_stopped(
    tmp_path: Path, large: Large
) -> None:
    """faults.md 44."""
    peaks = []
    for n_mentions in (FEW, MANY):
        folder = tmp_path / str(n_mentions)
        with large(folder, n_mentions) as url:
            assert migrated(url).returncode == 0
            _cli(folder, "search", "nothing")  # counts the days
            peaks.append(_cli(folder, "export", "out"))
            if n_mentions == MANY:
                ended = _stopped_export(folder)

    print(f"{url}: peak memory in KB: {peaks}")  # noqa: T201
    assert peaks[1] < peaks[0] + 50_000
    assert ended != 0
    assert list((folder / "again").rglob("*.parquet")) == []


def _stopped_export(folder: Path) -> int:
    with started("export", "again", folder=folder, log=folder / "log") as process:
        wait_until((folder / "again" / ".writing").exists, process, folder / "log")
        process.send_signal(signal.SIGINT)
        return process.wait(60)


def _cli(folder: Path, *words: str) -> int:
    """Run a command in a folder, and return its peak memory in KB."""
    given = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", MEASURED, *words]
    ran = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=True)
    return int(ran.stderr.split()[-1])
