"""The command line as a process of its own, for what needs one: signals, kills, the clock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 240.0
"""Seconds after which a test that waits for a process gives up; far more than it takes on a busy machine."""


def environment(*import_path: Path) -> dict[str, str]:
    """Return this process' environment, with further folders to import from and none of what colours output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT")}
    return kept | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, *import_path))), "NO_COLOR": "1"}


@contextmanager
def started(*words: str | Path, folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a running `earshot`; all that it prints goes into ``log``. It is killed at the end if it still runs."""
    command = [sys.executable, "-m", "cli", *map(str, words)]
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> float:
    """Return how many seconds it took; AssertionError with the log when the process ends first or it never does."""
    began = time.monotonic()
    while not happened():
        waited = time.monotonic() - began
        assert process.poll() is None, f"it ended with {process.returncode}:\n{log.read_text()}"
        assert waited < PATIENCE, f"not within {PATIENCE:g} seconds:\n{log.read_text()}"
        time.sleep(0.02)
    return time.monotonic() - began
