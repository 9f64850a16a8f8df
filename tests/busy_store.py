"""Processes that write and read one store at the same time; each ends with the words of what went wrong, or none."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.processes import ROOT, environment

WRITER = """
import sys, time
from tests.lines import FORUM_ID
from tests.stores import NOW, said
from storage import open_store
from storage.mentions import add_mentions
store, name, most, seconds = open_store(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
n, end = 0, time.monotonic() + seconds
while n < most or time.monotonic() < end:
    n += 1
    heard = [said(f"{name}-{n}-{m}", f"{name} {n} said") for m in (1, 2)]
    store.write(lambda c: add_mentions(c, FORUM_ID, heard, now=NOW))
store.close()
print(n)
"""
READERS = """
import sys, threading
from pathlib import Path
from sqlalchemy import func, select
from storage import open_store
from storage.schema import mentions
from storage.search import Query, search
store, stop, faults, asked = open_store(sys.argv[1]), Path(sys.argv[2]), [], []
def read():
    try:
        while True:
            last = stop.exists()
            with store.reading() as c:
                first = c.execute(select(func.count()).select_from(mentions)).scalar_one()
                list(search(c, Query(words="said"), limit=5))
                again = c.execute(select(func.count()).select_from(mentions)).scalar_one()
            asked.append(1)
            if first % 2 or first != again:
                faults.append(f"{first} and {again} in one moment")
            if last:
                return
    except Exception as error:
        faults.append(repr(error))
threads = [threading.Thread(target=read) for _ in range(int(sys.argv[3]))]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
store.close()
assert not faults, faults[:3]
print(len(asked))
"""


def run_together(
    url: str,
    folder: Path,
    *,
    readers: int,
    most: int,
    seconds: float,
    beside: Callable[[int], object] = lambda _n: None,
) -> int:
    """Let two processes write and others read; return how many mentions were written. AssertionError with any fault.

    ``readers`` are threads of two processes; each writer writes ``most`` batches, and goes on for ``seconds``.
    ``beside`` is done again and again while they write, each time with another number.
    """
    stop, n = folder / "stop", 0
    reading = [_started(READERS, url, stop, readers // 2) for _ in range(2)]
    writing = [_started(WRITER, url, name, most, seconds) for name in ("a", "b")]
    while any(process.poll() is None for process in writing):
        beside(n)
        n += 1
        time.sleep(0.02)
    written = [_ended(process) for process in writing]
    stop.touch()
    assert all(_ended(process) for process in reading)
    return 2 * sum(written)


def _started(script: str, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, words)]
    out = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=out, stderr=out, text=True)


def _ended(process: subprocess.Popen[str]) -> int:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert err == ""
    return int(out)
