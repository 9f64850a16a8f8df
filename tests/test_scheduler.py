"""The clock: an alert arrives within seconds, a signal ends it in time, a stall loses nothing."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import scheduler
from delivery.mailbox import received_mail
from errors import NeedsAttention
from stages.line import Line
from tests.feeds import XML, item, rss
from tests.lines import a_line, listening
from tests.processes import started, wait_until
from tests.scripted import Answer, ScriptedServer

QUIET = Answer(headers=XML, body=rss(item(1, "The library opens at nine.")))
NEWS = Answer(headers=XML, body=rss(item(2, "We are worried: the Riverside boxes came late again.")))
HANGING = Answer(headers=XML, body=NEWS.body, drip=0.5)


@dataclass(frozen=True)
class Town:
    """A feed, a mailbox, and a configuration that joins them."""

    folder: Path
    server: ScriptedServer

    @property
    def config(self) -> Path:
        return self.folder / "earshot.toml"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def letters(self) -> list[str]:
        return [path.read_text() for path in sorted((self.folder / "mail").glob("*.eml"))]

    def asked(self) -> int:
        return len(self.server.asked("/feed"))

    def is_due_now(self) -> None:
        """Let the source's time come at once: the shortest that a configuration takes is a minute."""
        with closing(sqlite3.connect(self.folder / "earshot.db", isolation_level=None)) as store:
            store.execute("UPDATE sources SET next_attempt_at = '2020-01-01 00:00:00.000000'")

    def rests(self) -> bool:
        """Whether the source was read, that is saved, and its time is to come: it is logged a moment before."""
        if "collected" not in self.log.read_text():
            return False
        with closing(sqlite3.connect(self.folder / "earshot.db")) as store:
            times = store.execute("SELECT next_attempt_at FROM sources WHERE claimed_by IS NULL").fetchall()
        return any(time and time > "2021" for (time,) in times)

    def claims(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / "earshot.db")) as store:
            tables = ("sources", "mentions", "outbox")
            return [
                holder
                for table in tables
                for (holder,) in store.execute(f"SELECT claimed_by FROM {table} WHERE claimed_by IS NOT NULL")
            ]


@pytest.fixture
def town(tmp_path: Path, server: ScriptedServer) -> Iterator[Town]:
    with received_mail(tmp_path / "mail") as port:
        (tmp_path / "earshot.toml").write_text(
            f"""
[organisation]
name = "Riverside Food Network"
aliases = ["Riverside"]
[http]
allow_private_networks = true
[[sources]]
name = "northside-blog"
channel = "rss"
url = "{server.url}/feed"
partner = "Northside Shelter"
[[partners]]
name = "Northside Shelter"
[[rules]]
name = "a partner raises a concern"
when = "concern"
from = "partners"
notify = ["mailto:team@rfn.example"]
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
""",
            encoding="utf-8",
        )
        yield Town(tmp_path, server)


@contextmanager
def running(town: Town) -> Iterator[subprocess.Popen[bytes]]:
    with started("-v", "run", "--config", town.config, folder=town.folder, log=town.log) as process:
        yield process


def test_a_concern_is_told_within_seconds_and_a_signal_ends_it_also_while_a_source_hangs(town: Town) -> None:
    """faults.md 94."""
    town.server.route("/feed", QUIET, NEWS, HANGING)
    with running(town) as process:
        wait_until(lambda: town.asked() == 1 and town.rests(), process, town.log)
        town.is_due_now()
        took = wait_until(lambda: len(town.letters()) == 1 and town.rests(), process, town.log)
        town.is_due_now()
        wait_until(lambda: town.asked() == 3, process, town.log)
        assert town.claims() != []

        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
        ended = time.monotonic() - began

    (letter,) = town.letters()
    assert took < 30  # seven seconds and what spaCy takes to load (three to four seconds, measured)
    assert "raised a concern" in letter
    assert (code, ended <= 10) == (0, True)
    assert town.claims() == []
    assert "Traceback" not in town.log.read_text()
    assert "apscheduler" not in town.log.read_text()  # a line for each beat would hide what matters
    with closing(sqlite3.connect(town.folder / "earshot.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_second_signal_quits_at_once_and_the_next_start_goes_on(town: Town) -> None:
    """faults.md 94."""
    town.server.route("/feed", HANGING, QUIET)
    with running(town) as process:
        wait_until(lambda: town.asked() == 1, process, town.log)
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)

        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=8) == 128 + signal.SIGTERM
    with running(town) as process:
        wait_until(lambda: "collected" in town.log.read_text(), process, town.log)
    assert town.asked() == 2


def test_a_stall_of_the_whole_process_loses_no_run_and_a_signal_ends_it_at_once_when_it_idles(
    town: Town,
) -> None:
    """faults.md 53 and 94."""
    town.server.route("/feed", QUIET)
    with running(town) as process:
        wait_until(town.rests, process, town.log)
        process.send_signal(signal.SIGSTOP)
        time.sleep(scheduler.LISTEN_EVERY + 1.5)  # the next beat is missed by more than a second
        town.is_due_now()
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: town.asked() == 2, process, town.log)

        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=10)

    assert code == 0
    assert town.claims() == []


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    with a_line(tmp_path, listening()) as opened:
        yield replace(opened, now=lambda: datetime.now(UTC))


def test_a_run_that_is_an_hour_late_is_made_up_for_once(line: Line) -> None:
    """faults.md 53: the library's own default drops what is more than a second late."""
    clock = scheduler._clock(line)
    ran, late = [], threading.Event()

    def note() -> None:
        ran.append(datetime.now(UTC))
        late.set()

    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    clock.add_job(note, "date", run_date=hour_ago, id="once")
    clock.add_job(note, "interval", minutes=7, id="often", next_run_time=hour_ago)
    done = threading.Event()
    clock.add_job(done.set, "date", run_date=datetime.now(UTC) + timedelta(seconds=0.3), id="last")
    clock.start()

    assert done.wait(20)
    clock.shutdown()
    assert late.is_set()
    assert len(ran) == 2  # once, and once for the eight that the interval has missed


def test_a_failure_of_one_beat_is_told_and_the_next_beat_comes(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    beats = iter([NeedsAttention("the disk is full; make room"), None])
    ended: dict[str, datetime] = {}

    def job(_line: Line) -> None:
        trouble = next(beats)
        if trouble is not None:
            raise trouble

    beat = scheduler._guarded("tell", job, line, ended)
    beat()
    failed = dict(ended)
    beat()

    assert "the disk is full; make room" in caplog.text
    assert failed == {}
    assert list(ended) == ["tell"]


def test_run_ends_by_its_event_and_gives_claims_back(line: Line) -> None:
    stop = threading.Event()
    stop.set()

    scheduler.run(line, stop=stop)

    assert stop.is_set()
