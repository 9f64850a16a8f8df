"""Runs cycles, each killed before one of its statements or commits: `python -m tests.killed_cycle`.

The processes are forked from one that has everything loaded: a cycle takes a tenth of what it takes to start Python.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Engine

import collectors
import pipeline
from model import Digest, Settings
from storage.engines import engine_for, is_sqlite
from tests.lines import TEAM, Clock, a_line, feed, listening, mailing
from tests.processes import ROOT, environment

BLOGS = ("north", "south", "west")
DAILY = Digest(name="daily", at=6 * 60, timezone="UTC", to=(TEAM, "board@rfn.example"))
LEFT = {
    "mentions": "SELECT external_id, title, text, lang, waits, unmatched, analyzed_as FROM mentions",
    "revisions": "SELECT m.external_id, r.title, r.text FROM revisions r JOIN mentions m ON m.id = r.mention_id",
    "sources": "SELECT m.external_id, s.name FROM mentions m JOIN mention_sources ms ON ms.mention_id = m.id "
    "JOIN sources s ON s.id = ms.source_id",
    "annotations": "SELECT m.external_id, a.kind, a.label, a.n, a.version FROM annotations a "
    "JOIN mentions m ON m.id = a.mention_id",
    "alerts": "SELECT r.name, p.name, m.external_id FROM alerts a JOIN rules r ON r.id = a.rule_id "
    "JOIN alert_mentions am ON am.alert_id = a.id JOIN mentions m ON m.id = am.mention_id "
    "LEFT JOIN partners p ON p.id = a.partner_id",
    "letters": "SELECT kind, recipient, subject, state FROM outbox",
    "digests": "SELECT name, recipient FROM digests",
    "claimed": "SELECT (SELECT count(*) FROM mentions WHERE claimed_by IS NOT NULL) "
    "+ (SELECT count(*) FROM sources WHERE claimed_by IS NOT NULL) "
    "+ (SELECT count(*) FROM outbox WHERE claimed_by IS NOT NULL)",
}


def configured(base: str) -> Settings:
    """Return a configuration of three blogs, a rule and a digest for two."""
    blogs = (feed(name, f"{base}/{name}", partner="Northside Shelter") for name in BLOGS)
    return listening(*blogs, digests=(DAILY,))


@dataclass(frozen=True, slots=True)
class Cycles:
    """What runs cycles, one after the other, each in a process of its own."""

    process: subprocess.Popen[str]

    def run(self, url: str, base: str, smtp: int, now: datetime, *, killed_at: int = 0) -> int | None:
        """Run one; return its statements and commits, or None where it was killed at one."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([url, base, smtp, now.isoformat(), killed_at]), file=self.process.stdin, flush=True)
        counted: int | None = json.loads(self.process.stdout.readline() or '"it ended"')
        assert counted is None or isinstance(counted, int), counted
        return counted


@contextmanager
def cycles() -> Iterator[Cycles]:
    """Yield what runs cycles; its process is gone afterwards."""
    command = [sys.executable, "-m", "tests.killed_cycle"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, text=True
    ) as process:
        try:
            yield Cycles(process)
        finally:
            process.kill()


def left(url: str) -> dict[str, Counter[tuple[Any, ...]]]:
    """Return what is in a store, without times and row numbers; the file itself must be sound."""
    engine = engine_for(url)
    try:
        with engine.connect() as connection:
            if is_sqlite(engine):
                assert connection.exec_driver_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
            return {what: Counter(map(tuple, connection.execute(text(asks)))) for what, asks in LEFT.items()}
    finally:
        engine.dispose()


def keys_in_outbox(url: str) -> list[str]:
    """Return the key of each letter of the store."""
    engine = engine_for(url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(text("SELECT key FROM outbox")).scalars())
    finally:
        engine.dispose()


def main() -> None:
    """Run each cycle that is asked for, and answer with its count, null where it was killed, or what went wrong."""
    for line in sys.stdin:
        told, tells = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(tells, _told(*json.loads(line)).encode())
            os._exit(0)
        os.close(tells)
        _, status = os.waitpid(child, 0)
        with os.fdopen(told) as answer:
            print(answer.read() or json.dumps(None if status == signal.SIGKILL else status), flush=True)  # noqa: T201


def _told(url: str, base: str, smtp: int, now: str, killed_at: int) -> str:
    try:
        return json.dumps(_run(url, base, smtp, now, killed_at))
    except BaseException:  # noqa: BLE001 - whatever it is, the test tells it
        return json.dumps(traceback.format_exc())


def _run(url: str, base: str, smtp: int, now: str, killed_at: int) -> int:
    counted = 0

    def count(*_words: object) -> None:
        nonlocal counted
        counted += 1
        if counted == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    clock = Clock(datetime.fromisoformat(now))
    with a_line(url, configured(base), clock=clock, transport=mailing(smtp)) as line:
        event.listen(Engine, "before_cursor_execute", count)
        event.listen(Engine, "commit", count)
        pipeline.cycle(line)
    return counted


if __name__ == "__main__":
    collectors.catalogue()
    main()
