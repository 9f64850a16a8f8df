"""What a letter is written from: facts that the pipeline gathers, so that rendering needs no store and no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from delivery.watch.level import Level
from model import Digest, Mention, Organisation, Period, Rule, SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a stretch as long as the period brought on average, over so many days before it."""

    days: int
    by_channel: Mapping[str, float]  # only channels that were listened to for all these days
    by_tag: Mapping[tuple[str, str], float] = field(default_factory=dict)  # of others, by kind and label


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What we promised in public and a person accepted; ``due_on`` is a day of the organisation's zone.

    ``outcome`` is what somebody said of it until the period's end, ``moved_from`` the day that it had before it was
    renegotiated in the period.
    """

    what: str
    due_on: date | None  # null: none was named
    reply: int  # the id of the mention that holds it
    outcome: Literal["open", "kept", "broken"] = "open"
    moved_from: date | None = None
    to_whom: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A letter of ours that failed for good."""

    recipient: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """One recipient's period. Mentions come with their annotations; deleted ones are not among them."""

    organisation: Organisation
    digest: Digest
    recipient: str
    period: Period
    mentions: Sequence[Mention]  # by collected_at, oldest first, our own replies included
    waiting: Sequence[Mention]  # concerns and questions about us without an answer, of any age, oldest first
    waiting_beyond: int = 0  # how many more wait that were not loaded
    week: Usual | None = None  # the 7 days before; null while too little is known
    month: Usual | None = None  # the 28 days before
    heard_before: Mapping[str, datetime] = field(default_factory=dict)  # partner → last, before the period
    spoke_on: Mapping[str, Sequence[date]] = field(default_factory=dict)  # partner → days, oldest first
    promises: Sequence[Promised] = ()  # overdue, soon due or closed in the period, what is due first first
    sources: Sequence[
        SourceState
    ] = ()  # every source as it was at the period's end, `heard` within the period
    sources_known: bool = True  # false: how sources did so long ago is not kept
    purged: int = 0  # collected in the period and taken back since
    unsent: Sequence[Unsent] = ()  # letters that failed for good in the period, the first first


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """One firing: the case's new mentions, oldest first, and what is known of who speaks.

    A rule that watches counts comes with its ``level``, and its mentions are the newest of what that rests on.
    """

    organisation: Organisation
    rule: Rule
    mentions: Sequence[Mention]
    partner: str | None
    fired_at: datetime
    alert_id: int | None = None  # what `earshot alerts ack` takes; None while nothing is stored (a rehearsal)
    more: int = 0  # further mentions of this firing, which are only counted
    level: Level | None = None
    source: str = ""  # the source that is watched, where sources are watched one by one
    line: str = ""  # the first line as it was told before, where nothing else is known any more


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person reads: one clean subject line, plain text of its own, and HTML."""

    subject: str
    text: str
    html: str
