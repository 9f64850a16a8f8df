"""The real scheduler: a post is heard, understood, told and handed over in this order, each by its own part."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import scheduler
from analysis.contract import Analysis
from errors import NeedsAttention
from model import Mention, Message, Rule
from storage.alerts import list_alerts
from storage.outbox import load_messages
from tests.feeds import XML, item, rss
from tests.lines import TEAM, WordsAnalyzer, a_line, feed, listening, stored
from tests.scripted import Answer, Request, ScriptedServer

NEWS = Answer(headers=XML, body=rss(item(1, "We are worried: the Riverside boxes came late again.")))
RULE = Rule(name="concerns", when="concern", notify=(f"mailto:{TEAM}",))
PATIENCE = 60.0


@dataclass
class Diary:
    """What happened, in its order; ``over`` is set by the last event."""

    events: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def note(self, event: str) -> None:
        if event not in self.events:
            self.events.append(event)


@dataclass
class NotedTransport:
    """Takes every letter, and ends the run."""

    diary: Diary
    taken: list[Message] = field(default_factory=list)

    def send(self, message: Message, *, now: datetime) -> None:
        self.diary.note("handed over")
        self.taken.append(message)
        self.diary.over.set()


@dataclass(slots=True)
class NotedAnalyzer(WordsAnalyzer):
    """As WordsAnalyzer, and notes when it works."""

    diary: Diary = field(default_factory=Diary)

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        self.diary.note("understood")
        return WordsAnalyzer.analyze(self, mentions)


def test_a_concern_is_heard_understood_told_and_handed_over(tmp_path: Path, server: ScriptedServer) -> None:
    diary = Diary()
    transport, analyzer = NotedTransport(diary), NotedAnalyzer(diary=diary)

    def asked(_request: Request) -> Answer:
        diary.note("asked")
        return NEWS

    server.route("/feed", asked)
    configured = listening(feed("blog", f"{server.url}/feed"), rules=(RULE,))
    with a_line(tmp_path, configured, analyzer=analyzer, transport=transport) as opened:

        def opens() -> NotedAnalyzer:
            diary.note("ready to understand")
            return analyzer

        line = replace(opened, now=lambda: datetime.now(UTC), analyzer=opens)
        running = threading.Thread(target=scheduler.run, args=(line,), kwargs={"stop": diary.over})
        running.start()
        running.join(PATIENCE)

        assert not running.is_alive()
        assert diary.events == ["ready to understand", "asked", "understood", "handed over"]
        (mention,) = stored(line)
        with line.store.reading() as connection:
            (alert,), (letter,) = list_alerts(connection), load_messages(connection)
        assert alert.mentions == (mention.id,)
        assert mention.collected_at is not None
        assert letter.sent_at is not None
        assert mention.collected_at <= alert.fired_at <= letter.created_at <= letter.sent_at
        assert [message.subject for message in transport.taken] == [letter.message.subject]


def test_an_analyser_that_cannot_be_opened_keeps_nobody_from_listening(
    tmp_path: Path, server: ScriptedServer
) -> None:
    heard = threading.Event()

    def asked(_request: Request) -> Answer:
        heard.set()
        return NEWS

    def missing() -> WordsAnalyzer:
        raise NeedsAttention("the pipeline is not installed; install it")

    server.route("/feed", asked)
    with a_line(tmp_path, listening(feed("blog", f"{server.url}/feed"))) as opened:
        line = replace(opened, now=lambda: datetime.now(UTC), analyzer=missing)
        running = threading.Thread(target=scheduler.run, args=(line,), kwargs={"stop": heard})
        running.start()
        running.join(PATIENCE)

        assert heard.is_set()
        assert not running.is_alive()
