"""No transaction is open across a fetch, an analysis or a letter: somebody else uses the store right then.

While each of the three is under way, another connection writes to the same file, and folds the whole write-ahead
log into it: the one is refused while anybody else writes, the other while anybody else reads. It waits for a second,
for other threads have short work of their own; what is under way waits for it, so a transaction across it never ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

import pipeline
from analysis.contract import Analysis
from delivery.mailbox import OnAnyPort
from model import Author, Digest, Mention, Message
from stages.line import Line
from tests.feeds import XML, item, rss
from tests.lines import TEAM, Clock, WordsAnalyzer, a_line, feed, hear, listening, mailing
from tests.scripted import Answer, Request, ScriptedServer
from tests.stores import settings


@dataclass
class Intruder:
    """Uses a store with little patience, and remembers when."""

    file: Path
    was_in: list[str] = field(default_factory=list)

    def enter(self, during: str) -> None:
        """Write, and fold the log into the file; sqlite3.OperationalError or AssertionError when that must wait."""
        with closing(sqlite3.connect(self.file, timeout=1.0, isolation_level=None)) as store:
            store.execute(
                "INSERT INTO audit (at, what, which, why) VALUES ('2026-01-01 00:00:00', 'x', '-', '-')"
            )
            busy, _, _ = store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0, f"a reader was open during {during}"
        self.was_in.append(during)


@pytest.fixture
def intruder(tmp_path: Path) -> Intruder:
    return Intruder(tmp_path / "earshot.db")


@dataclass(slots=True)
class WatchedAnalyzer(WordsAnalyzer):
    intruder: Intruder | None = None

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        assert self.intruder is not None
        self.intruder.enter("the analysis")
        return WordsAnalyzer.analyze(self, mentions)


@dataclass
class WatchedPost:
    """A mail server on whose steps somebody uses the store."""

    intruder: Intruder
    faults: list[Exception] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            self.intruder.enter("a letter")
        except Exception as error:  # noqa: BLE001  it belongs to the test, not to the server's log
            self.faults.append(error)
        return "250 kept"


@pytest.fixture
def post(intruder: Intruder) -> Iterator[tuple[WatchedPost, int]]:
    handler = WatchedPost(intruder)
    server = OnAnyPort(handler, hostname="127.0.0.1", port=0)
    server.start()
    yield handler, server.port
    server.stop()


def test_the_store_is_free_while_a_source_is_read_a_text_analysed_and_a_letter_handed_over(
    tmp_path: Path, server: ScriptedServer, intruder: Intruder, post: tuple[WatchedPost, int]
) -> None:
    """faults.md 65."""
    handler, port = post

    def answer(request: Request) -> Answer:
        intruder.enter("the fetch")
        return Answer(headers=XML, body=rss(item(1, "The boxes came late.")))

    server.route("/feed", answer)
    daily = Digest(name="daily", at=6 * 60, timezone="UTC", to=(TEAM,))
    source = feed("blog", server.url + "/feed", partner="Northside Shelter")
    configured = listening(source, digests=(daily,))
    clock = Clock()
    analyzer = WatchedAnalyzer(intruder=intruder)
    with a_line(tmp_path, configured, clock=clock, analyzer=analyzer, transport=mailing(port)) as line:
        first = pipeline.cycle(line)
        clock.forward(timedelta(days=1))
        second = pipeline.cycle(line)

    assert handler.faults == []
    assert [result.status for result in (*first.collected, *second.collected)] == ["ok", "ok"]
    assert (first.sent, second.sent) == (1, 1)  # the alert, the digest
    assert intruder.was_in == ["the fetch", "the analysis", "a letter", "the fetch", "a letter"]


class StillOpen:
    """A transport that does what the stages must not: it holds a transaction while it hands a letter over."""

    def __init__(self, line: Line, intruder: Intruder, how: str) -> None:
        self.line, self.intruder, self.how = line, intruder, how

    def send(self, message: Message, *, now: datetime) -> None:
        store = self.line.store
        with store.writing() if self.how == "writing" else store.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM mentions")
            self.intruder.enter("a letter")


@pytest.mark.parametrize("how", ["writing", "reading"])
def test_the_intruder_would_notice(tmp_path: Path, intruder: Intruder, how: str) -> None:
    said = Mention(
        channel="reddit", scope="", external_id="t3_a", text="late", author=Author("NorthsideShelter")
    )
    with a_line(tmp_path, settings()) as line:
        hear(line, said)
        pipeline.analyze(line)
        pipeline.match(line)

        sent, unsent = pipeline.send(replace(line, transport=StillOpen(line, intruder, how)))

    assert (sent, len(unsent)) == (0, 1)
    assert intruder.was_in == []
