"""A million mentions: an upgrade tells how far it is while others read, and an export takes no more memory."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from storage import open_store
from storage.migrations import HEAD
from tests.old_store import SCHEMA, an_old_store, grown, migrated, sound
from tests.processes import ROOT, started, wait_until

MANY, FEW = 1_000_000, 100_000
CONFIG = """
[organisation]
name = "Riverside Food Network"
"""
MEASURED = """
import resource, sys
import cli
try:
    cli.main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def a_large_store(folder: Path, n_mentions: int) -> Path:
    """Return the file of a store of the oldest schema with so many mentions."""
    folder.mkdir()
    (folder / "earshot.toml").write_text(CONFIG, encoding="utf-8")
    file = an_old_store(folder)
    grown(file, n_mentions)
    return file


def longest_wait(file: Path, until: threading.Event) -> float:
    """Read what both schemas have, again and again; return the slowest in seconds."""
    longest = 0.0
    while not until.wait(0.01):
        began = time.monotonic()
        with closing(sqlite3.connect(file, timeout=60)) as store:
            store.execute("SELECT count(*), max(id) FROM partners").fetchone()
        longest = max(longest, time.monotonic() - began)
    return longest


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_the_upgrade_of_a_million_tells_how_far_it_is_and_readers_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """faults.md 71."""
    file, done, waited = a_large_store(tmp_path / "large", MANY), threading.Event(), []
    reader = threading.Thread(target=lambda: waited.append(longest_wait(file, done)))
    reader.start()
    began, cpu = time.monotonic(), time.process_time()

    open_store(f"sqlite:///{file}").close()

    took, of_it = time.monotonic() - began, time.process_time() - cpu
    done.set()
    reader.join()
    told = [record.getMessage() for record in caplog.records]
    print(f"{took:.0f} s, {of_it:.0f} of the processor; a reader waited {waited[0]:.2f} s")  # noqa: T201
    assert sum(words.startswith("pages kept") for words in told) >= 9
    assert sum(words.startswith("titles found") for words in told) >= 9
    assert sum(words.startswith("steps to schema") for words in told) == int(HEAD) - int(SCHEMA)
    assert sound(file) == HEAD


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_million_are_exported_in_the_memory_of_a_tenth_and_can_be_stopped(tmp_path: Path) -> None:
    """faults.md 44."""
    peaks = []
    for n_mentions in (FEW, MANY):
        folder = tmp_path / str(n_mentions)
        a_large_store(folder, n_mentions)
        assert migrated(folder).returncode == 0
        _cli(folder, "search", "nothing")  # counts the days
        peaks.append(_cli(folder, "export", "out"))

    with started("export", "again", folder=folder, log=tmp_path / "log") as process:
        wait_until((folder / "again" / ".writing").exists, process, tmp_path / "log")
        process.send_signal(signal.SIGINT)
        ended = process.wait(60)

    print(f"peak memory in KB: {peaks}")  # noqa: T201
    assert peaks[1] < peaks[0] + 50_000
    assert ended != 0
    assert list((folder / "again").rglob("*.parquet")) == []


def _cli(folder: Path, *words: str) -> int:
    """Run a command in a folder, and return its peak memory in KB."""
    given = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", MEASURED, *words]
    ran = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=True)
    return int(ran.stderr.split()[-1])
