"""What a letter is written from: facts that the pipeline gathers, so that rendering needs no store and no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from model import Digest, Mention, Organisation, Period, Rule, SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """One recipient's period. Mentions come with their annotations; deleted ones are not among them."""

    organisation: Organisation
    digest: Digest
    recipient: str
    period: Period
    mentions: Sequence[Mention]  # by collected_at, oldest first, our own replies included
    waiting: Sequence[Mention]  # concerns and questions about us without an answer, of any age, oldest first
    usual: Mapping[str, float] = field(default_factory=dict)  # channel → mentions a period, over the 7 before
    heard_before: Mapping[str, datetime] = field(default_factory=dict)  # partner → last, before the period
    sources: Sequence[SourceState] = ()  # every source, `heard` counted within the period
    purged: int = 0  # collected in the period and taken back since


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """One firing: the case's new mentions, oldest first, and what is known of who speaks."""

    organisation: Organisation
    rule: Rule
    mentions: Sequence[Mention]
    partner: str | None
    fired_at: datetime
    alert_id: int | None = None  # what `earshot alerts ack` takes; None while nothing is stored (a rehearsal)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person reads: one clean subject line, plain text of its own, and HTML."""

    subject: str
    text: str
    html: str
