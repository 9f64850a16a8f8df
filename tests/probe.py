"""The words of the probe: a place where people talk, what befalls it, and what the store holds in the end.

A situation is played on every channel on which it can come to be: the channel's own acted service writes a World in
its own words, the collect and recheck stages read it into a real SQLite file, and what counts is what stands there.
docs/probe.md is made from this: which situation is played where, and why not elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from model import Mention, Organisation, Source, SourceState
from stages.collect import Collected, collect
from stages.line import Line
from stages.recheck import recheck
from storage import edits, schema
from storage.search import Query, search
from storage.sources import source_states
from tests.lines import Clock, a_line, stored
from tests.scripted import Answer, Request
from tests.stores import settings as configured

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
BEGINNING = NOW - timedelta(hours=9)
FIRST, SECOND = "first", "second"
"""Two sources of the same place."""
OURS = "riversidefood"
"""The name under which we speak there."""
MOMENT, LATER = timedelta(minutes=20), timedelta(hours=7)
"""Between two polls; and until all that was heard lately is asked about again."""
RESET = NOW + timedelta(hours=2)
"""When the quota is there again, where a service tells it."""
MOST_REQUESTS = 700
"""Of one poll: hackernews may read sixty slices of ten pages; who asks more often turns round in circles."""
NUMBER = re.compile(r"Post number (\d+) says")


@dataclass(slots=True, eq=False)
class Said:
    """One thing that somebody said, as it stands in the place now. A place makes its ids of the number."""

    number: int
    text: str
    author: str
    at: datetime | None  # None: the service does not say when
    edited_at: datetime | None = None
    answers: Said | None = None
    is_gone: bool = False
    has_lost_its_author: bool = False  # the account was deleted
    times: int = 1  # how often it stands in the list

    @property
    def came_at(self) -> datetime:
        """When it came to stand there, whatever date it bears."""
        is_odd = self.at is None or not 2000 < self.at.year < 2100
        return BEGINNING + timedelta(minutes=self.number) if is_odd or self.at is None else self.at


@dataclass(frozen=True, slots=True)
class Call:
    """One request for what is said: which page of this poll it asks for, and what the answer would be."""

    page: int
    asked: Request
    whole: Callable[[], Answer]


Befalls = Callable[[Call], Answer]
"""What becomes of an answer."""


def nothing_befalls(call: Call) -> Answer:
    return call.whole()


@dataclass(slots=True)
class World:
    """What is said in a place, and what befalls whoever asks. ``levers`` are what only some places can do."""

    said: list[Said] = field(default_factory=list)
    has_bad_item: bool = False
    requests_left: int | None = None
    befalls: Befalls = nothing_befalls
    n_pages: int = 0
    show: Callable[[], None] = lambda: None
    levers: dict[str, Callable[[], None]] = field(default_factory=dict)

    def say(self, count: int = 1, **changed: object) -> list[Said]:
        """Let people say some more, a minute apart."""
        first = len(self.said) + 1
        for number in range(first, first + count):
            given: dict[str, object] = {
                "number": number,
                "text": f"Post number {number} says hello.",
                "author": f"person{number % 7}",
                "at": BEGINNING + timedelta(minutes=number),
            }
            self.said.append(Said(**{**given, **changed}))  # type: ignore[arg-type]
        return self.said[first - 1 :]

    def there(self) -> list[Said]:
        """Return what stands in the place, in the order in which it came to stand there."""
        return [each for each in self.said if not each.is_gone for _ in range(each.times)]

    def answering(self, whole: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
        """Return a script that answers as the service does, or as it befalls."""

        def answer(asked: Request) -> Answer:
            self.n_pages += 1
            return self.befalls(Call(self.n_pages, asked, lambda: whole(asked)))

        return answer


def retry_after(pause: timedelta) -> Mapping[str, str]:
    """Ask for a pause the way most services do."""
    return {"Retry-After": str(int(pause.total_seconds()))}


def as_named(name: str) -> str:
    return name


@dataclass(frozen=True, kw_only=True)
class Place:
    """A channel, ready to be acted.

    ``serve`` acts a World and gives the settings of a source that reads it. ``cannot`` says, by a situation's name or
    by what it needs, why it cannot come to be here; ``misses`` says what is known to be lost. ``many`` needs more
    than one batch. ``first_reads`` is how many things a first reading takes at most. ``handle`` makes a handle of
    the name under which somebody speaks. ``pause`` makes the headers by which the service asks for a pause.
    """

    channel: str
    serve: Callable[[World], AbstractContextManager[Mapping[str, object]]]
    cannot: Mapping[str, str] = field(default_factory=dict)
    misses: Mapping[str, str] = field(default_factory=dict)
    many: int = 250
    first_reads: int | None = None
    handle: Callable[[str], str] = as_named
    pause: Callable[[timedelta], Mapping[str, str]] = retry_after


class Killed(BaseException):
    """The process ends here."""


@dataclass(slots=True)
class MortalClock(Clock):
    """A clock that kills whoever looks at it once too often."""

    at: datetime = NOW
    looks_left: int | None = None

    def __call__(self) -> datetime:
        if self.looks_left is not None:
            if self.looks_left == 0:
                raise Killed
            self.looks_left -= 1
        return self.at


@dataclass(slots=True)
class Probe:
    """A place and a line that listens to it."""

    place: Place
    world: World
    line: Line
    clock: MortalClock

    def listen(self, name: str = FIRST, *, after: timedelta = MOMENT) -> Collected:
        """Read a source some time later; a fault in Earshot itself is none that a situation may bring about."""
        self.clock.forward(after)
        self.world.show()
        self.world.n_pages = 0
        (told,) = collect(self.line, names=[name], force=[name])
        assert "a fault in Earshot" not in (told.error or ""), told.error
        assert self.world.n_pages <= MOST_REQUESTS, "it asked again and again"
        return told

    def hear(self, name: str = FIRST, *, after: timedelta = MOMENT) -> Collected:
        """Read a source that can be read."""
        told = self.listen(name, after=after)
        assert told.error is None, told.error
        return told

    def hear_and_ask_again(self) -> None:
        """Read the source hours later, and ask again about all that was heard."""
        self.hear(after=LATER)
        for result in recheck(self.line):
            assert result.error is None, result.error

    def state(self, name: str = FIRST) -> SourceState:
        """Return how a source is doing."""
        with self.line.store.reading() as connection:
            return next(each for each in source_states(connection) if each.name == name)

    def kept(self) -> list[Mention]:
        """Return all that is in the store, the deleted ones too."""
        return stored(self.line)

    def standing(self) -> list[Mention]:
        """Return what is in the store and not deleted."""
        return [each for each in self.kept() if each.deleted_at is None]

    def of(self, said: Said) -> list[Mention]:
        """Return the mentions of one thing, by its words as they stand now."""
        return [each for each in self.standing() if said.text in f"{each.title}\n{each.text}"]

    def the(self, said: Said) -> Mention:
        """Return the one mention of one thing."""
        (mention,) = self.of(said)
        return mention

    def found(self, words: str) -> list[Mention]:
        """Return what the search finds."""
        with self.line.store.reading() as connection:
            return list(search(connection, Query(words=words), limit=100))

    def earlier(self, mention: Mention) -> list[str]:
        """Return the earlier texts of a mention, each with its title, the oldest first."""
        assert mention.id is not None
        with self.line.store.reading() as connection:
            told = edits.earlier_texts(connection, mention.id)
        return [f"{title}\n{text}" for title, text, _ in told]

    def heard_all(self) -> None:
        """Check that all that stands in the place is in the store, once, and nothing else."""
        there = {each.number: each for each in self.world.there()}
        missing = self.missing()
        assert not missing, f"not heard: {missing[:5]} of {len(there)}"
        assert len(self.standing()) == len(there), f"{len(self.standing())} mentions of {len(there)} things"

    def missing(self) -> list[int]:
        """Return the numbers of what stands in the place and not in the store."""
        heard = [f"{each.title}\n{each.text}" for each in self.standing()]
        numbers = {int(told) for words in heard for told in NUMBER.findall(words)}
        unknown = [each for each in self.world.there() if each.number not in numbers]
        return [each.number for each in unknown if not any(each.text in words for words in heard)]


@contextmanager
def a_probe(place: Place, folder: Path) -> Iterator[Probe]:
    """Act a place with a source that listens to it, and a store in the folder."""
    world, clock = World(), MortalClock()
    us = Organisation(name="Riverside Food Network", handles={place.channel: (place.handle(OURS),)})
    with place.serve(world) as settings:
        listening = [Source(name=name, channel=place.channel, settings=settings) for name in (FIRST, SECOND)]
        given = configured(sources=tuple(listening), partners=(), organisation=us)
        with a_line(folder, given, clock=clock) as line:
            with line.store.writing() as connection:  # the second is read by name only
                second = schema.sources.c.name == SECOND
                connection.execute(update(schema.sources).where(second).values(next_attempt_at=None))
            yield Probe(place, world, line, clock)
