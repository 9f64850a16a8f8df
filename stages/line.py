"""What every stage works with, handed down by whoever runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from analysis.contract import Analysis, Analyzer
from analysis.crew import Crew
from collectors.contract import Reach
from delivery.contract import Transport
from model import Mention, Settings, Smtp, Source
from net.http import Http
from stages.turns import Hosts
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a stage is; ``total`` may grow while it works."""

    stage: str
    done: int
    total: int


Tell = Callable[[Progress], None]


def quietly(_progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Settings, store and ways out. ``analyzer`` is opened at its first need: spaCy takes seconds to load."""

    settings: Settings
    store: Store
    http: Http
    now: Callable[[], datetime]
    analyzer: Callable[[], Analyzer]
    transport: Transport | None = None  # null: nothing is sent, letters wait
    random: Random = field(default_factory=Random)
    tell: Tell = quietly
    crew: Callable[[], Crew[Mention, Analysis]] | None = None  # null: one process does all of the analysis
    hosts: Hosts = field(default_factory=Hosts)  # shared by all rounds: a host has its share, whoever asks

    def reach(self, source: Source) -> Reach:
        """Return what the collector of a source is lent: the client trusts the source's own certificates too."""
        return Reach(
            http=self.http.trusting(source.ca_file), now=self.now, ours=self.settings.organisation.handles
        )

    @property
    def sender(self) -> str:
        """The address that letters come from."""
        return (self.settings.smtp or Smtp()).from_address
