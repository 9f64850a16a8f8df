"""A line of stages for the tests of the stages: a real store and real HTTP, a clock and an analyser of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from analysis.contract import Analysis, Analyzer
from delivery.contract import Transport
from delivery.smtp import SmtpTransport
from model import Annotation, AnnotationKind, Mention, Reason, Settings, Smtp, Source
from net.addresses import LOOPBACK_ONLY
from net.http import Http
from stages.line import Line
from storage import open_store
from storage.mentions import Added, add_mentions
from storage.provision import provision
from storage.reading import load_mentions
from storage.schema import mentions
from tests.stores import NORTHSIDE, NOW, US, Place, settings, url_of

TEAM, LEAD = "team@rfn.example", "lead@rfn.example"
BLOG_ID, FORUM_ID = 1, 2
"""The rows of the two sources of tests.stores.settings."""


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is told to go on; who looks too often goes round in a circle."""

    at: datetime = NOW
    most_looks: int = 100_000

    def __call__(self) -> datetime:
        self.most_looks -= 1
        assert self.most_looks > 0, "the clock was looked at without end"
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


@dataclass(slots=True)
class WordsAnalyzer:
    """Tags by single words, each mention by itself: ``late`` is a concern, ``?`` a question, ``Riverside`` is us.

    It fails on a text that says ``unreadable``. ``seen`` holds the texts that it was asked about, in order.
    """

    name: str = "words"
    version: str = "words 1"
    seen: list[str] = field(default_factory=list)

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        self.seen += [mention.text for mention in mentions]
        if any("unreadable" in mention.text for mention in mentions):
            raise ValueError("a text that nobody can read")
        return [Analysis("en", tuple(self._tags(mention.text))) for mention in mentions]

    def _tags(self, text: str) -> Iterator[Annotation]:
        yield self._tag("concern", "yes" if "late" in text else "no", "late", text)
        if "?" in text:
            yield self._tag("intent", "question", "?", text)
        if "Riverside" in text:
            yield self._tag("us", "Riverside", "Riverside", text)

    def _tag(self, kind: AnnotationKind, label: str, words: str, text: str) -> Annotation:
        start = text.find(words)
        because = (Reason("text", start, start + len(words), words, 1.0),) if start >= 0 else ()
        return Annotation(kind=kind, label=label, confidence=1.0, because=because, version=self.version)


@contextmanager
def a_line(
    place: Place,
    configured: Settings | None = None,
    *,
    clock: Clock | None = None,
    analyzer: Analyzer | None = None,
    transport: Transport | None = None,
) -> Iterator[Line]:
    """Yield a line on the store at a place, which a second line may open as well."""
    given, time = configured or settings(), clock or Clock()
    tagger = analyzer or WordsAnalyzer()
    store, http = open_store(url_of(place)), Http(LOOPBACK_ONLY)
    try:
        with store.writing() as connection:
            provision(connection, given, now=time())
        yield Line(
            settings=given,
            store=store,
            http=http,
            now=time,
            analyzer=lambda: tagger,
            transport=transport,
            random=Random(7),
        )
    finally:
        http.close()
        store.close()


def feed(name: str, url: str, **more: Any) -> Source:
    """Return a source that reads a feed."""
    return Source(name=name, channel="rss", settings={"url": url}, **more)


def listening(*sources: Source, **changes: Any) -> Settings:
    """Return the small configuration with these sources."""
    return settings(sources=sources, partners=(NORTHSIDE,), organisation=US, **changes)


def mailing(port: int) -> SmtpTransport:
    """Return the way to a mail server on loopback."""
    return SmtpTransport(
        Smtp(port=port, from_address="Earshot <earshot@rfn.example>", security="none"), timeout=5
    )


def hear(line: Line, *heard: Mention, source: int = FORUM_ID) -> Added:
    """Store what was heard, at the line's own time."""
    with line.store.writing() as connection:
        return add_mentions(connection, source, heard, now=line.now())


def stored(line: Line) -> list[Mention]:
    """Return every mention that is in the store, the deleted ones too, oldest first."""
    with line.store.reading() as connection:
        ids = connection.execute(mentions.select().order_by(mentions.c.id)).scalars().all()
        return load_mentions(connection, ids)


def by_id(line: Line) -> dict[str, Mention]:
    """Return every mention by its external id."""
    return {mention.external_id: mention for mention in stored(line)}


def at(line: Line, clock: Clock) -> Line:
    """Return the same line with another clock."""
    return replace(line, now=clock)
