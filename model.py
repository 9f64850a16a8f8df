"""The words of the house as plain data: frozen, without behaviour that needs a store, a network or a clock.

Everything above speaks in these types, so nothing here imports a room. Every time is aware and in UTC; a naive
one is refused where a dataclass takes it in. design.md, section 2 says what each word means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Cursor: TypeAlias = Mapping[str, Json]
"""Where a collector goes on. ``{}`` at the very first; read by nobody but the collector that wrote it."""

SourceStatus = Literal["ok", "quiet", "waiting", "failing", "off"]
AnnotationKind = Literal["sentiment", "intent", "need", "concern", "partner", "us", "aspect"]
Place = Literal["text", "title"]
Origin = Literal["model", "rule", "person"]

SENTIMENTS = ("negative", "neutral", "positive")
INTENTS = ("question", "request", "suggestion", "complaint", "praise", "thanks", "offer", "report", "other")
NEEDS = (
    "information",
    "communication",
    "access",
    "resources",
    "reliability",
    "quality",
    "safety",
    "fairness",
    "capacity",
    "collaboration",
)


def utc(moment: datetime) -> datetime:
    """Return the moment in UTC; a naive one is a bug of the caller (ValueError)."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment.isoformat()}")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that never shows itself: not in a repr, a log line, a traceback or an error text."""

    _value: str

    def reveal(self) -> str:
        """Return the value, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Author:
    """An account on a channel. ``handle`` is what people write (``@rfn@social.example``, a feed's host)."""

    handle: str
    name: str = ""
    url: str = ""
    external_id: str = ""  # the channel's own id, where a handle can be renamed; else the handle


@dataclass(frozen=True, slots=True)
class Reason:
    """The words that earned a tag: a span in code points of the mention's text or title, and its weight."""

    place: Place
    start: int
    end: int
    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What analysis, or a person, says of one mention.

    sentiment: label of SENTIMENTS, ``score`` -1…1 · intent, need: label, one annotation each · concern: label
    ``yes`` or ``no`` · partner: label is the partner's name, ``because`` holds its one span · us: label is the
    organisation's or the programme's name that stands there, ``because`` holds its one span · aspect: label is
    ``negative: NAME`` and so on, of what is felt towards us or a partner; ``because`` holds the words about them.
    ``confidence`` is 0…1.
    """

    kind: AnnotationKind
    label: str
    confidence: float
    score: float | None = None
    because: tuple[Reason, ...] = ()
    origin: Origin = "rule"
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person says of one tag of a mention: that it is there, or (``holds`` false) that it is not.

    ``because`` is where they saw it: the spans of a partner's name.
    """

    kind: AnnotationKind
    label: str
    holds: bool = True
    by: str
    at: datetime
    because: tuple[Reason, ...] = ()
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One thing that somebody said in one place.

    The first part is what a collector says of it; the second is what the store adds when it hands it out, and
    a collector leaves it alone.
    """

    channel: str
    external_id: str
    text: str  # plain text, cleaned (text.clean); never HTML
    scope: str | None = None  # where external ids are unique; None: only within its source (a feed's guid)
    title: str = ""
    url: str = ""
    author: Author | None = None
    lang: str | None = None  # what the channel says of it, ISO 639-1; a hint for analysis
    published_at: datetime | None = None  # None: the channel does not say (or says nonsense)
    edited_at: datetime | None = None
    parent_id: str | None = None  # external id, in the same channel and scope, of what this answers
    thread_id: str | None = None  # external id of the conversation's first mention
    raw: Json = None

    id: int | None = None
    collected_at: datetime | None = None
    undated: bool = False  # published_at is the time of collection for want of a better one
    deleted_at: datetime | None = None
    sources: tuple[str, ...] = ()
    story_id: int | None = None
    author_partner: str | None = None
    by_us: bool = False  # the author is one of our own handles: a reply, not a voice of the community
    parent_text: str = ""
    in_our_thread: bool = False  # it answers one of our own handles, or its thread was begun by one
    annotations: tuple[Annotation, ...] = ()

    def __post_init__(self) -> None:
        for moment in (self.published_at, self.edited_at, self.collected_at, self.deleted_at):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"mention {self.channel}/{self.external_id}: a time without a zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A promise or thanks that analysis sees in one of our own replies: nothing before a person accepts it.

    ``start`` and ``end`` are code points of ``place``; ``to_whom`` is empty where nobody is named; ``due_on`` is a
    day of the organisation's zone, None where none is named for sure.
    """

    kind: Literal["promise", "thanks"]
    what: str
    place: Place
    start: int
    end: int
    confidence: float
    to_whom: str = ""
    due_words: str = ""
    due_on: date | None = None
    version: str = ""


Handles: TypeAlias = Mapping[str, tuple[str, ...]]
"""Accounts by channel: ``{"reddit": ("riversidefood",), "mastodon": ("@rfn@social.example",)}``."""


def account_key(handle: str) -> str:
    """Return the form in which handles are compared: ``@RFN``, ``u/rfn`` and ``rfn`` are one account."""
    key = handle.strip().casefold().rstrip("/")
    for prefix in ("https://", "http://", "/u/", "u/", "www."):
        key = key.removeprefix(prefix)
    return key.removeprefix("@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An organisation or person that we are in a relationship with."""

    name: str
    aliases: tuple[str, ...] = ()
    handles: Handles = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Us: who runs this Earshot, and how we are called."""

    name: str
    timezone: str = "UTC"
    languages: tuple[str, ...] = ("en",)
    aliases: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    handles: Handles = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place on a channel that we listen to. ``settings`` are its collector's fields; Secrets are never stored."""

    name: str
    channel: str
    settings: Mapping[str, object] = field(default_factory=dict)
    partner: str | None = None  # whose voice this source is
    every: timedelta = timedelta(minutes=15)
    ca_file: Path | None = None  # certificates that are trusted for this source alone, in PEM form


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """To whom an alert goes when nobody acknowledges it in time."""

    after: timedelta
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an alert waits for. ``quiet_hours`` are local minutes since midnight, start and end, or None.

    ``each`` and ``at_least`` are for the kinds that watch counts (spike, sentiment, silence).
    """

    name: str
    when: str
    from_whom: Literal["partners", "anyone"] = "anyone"
    query: str = ""
    each: Literal["partner", "source"] | None = None  # watched one by one; None: all that matches together
    at_least: int | None = None  # fewer mentions tell nothing; None: as many as the kind usually takes
    notify: tuple[str, ...] = ()
    cooldown: timedelta = timedelta(hours=4)
    quiet_hours: tuple[int, int] | None = None
    escalate: Escalation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One mention as the rules that watch counts see it: when, whose, and whether it is negative."""

    id: int
    subject: int  # row of the partner or source that is watched; 0 where all that matches is watched together
    collected_at: datetime
    published_at: datetime
    story: int
    negative: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A summary that goes to each recipient once a period. ``at`` is local minutes since midnight."""

    name: str
    every: Literal["day", "weekday", "week"] = "day"
    at: int = 7 * 60 + 30
    timezone: str = "UTC"
    language: str = "en"
    query: str = ""  # a search that its mentions must match
    when_empty: Literal["send", "skip"] = "send"
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time, ``start <= moment < end``, both in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The mail server that letters leave by; its host is trusted because it stands in the file."""

    host: str = "127.0.0.1"
    port: int = 25
    username: str | None = None
    password: Secret | None = None
    from_address: str = "Earshot <earshot@localhost>"
    security: Literal["starttls", "tls", "none"] = "starttls"
    per_hour: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way out beside mail: with a secret a webhook, which signs by it; without one an address of Apprise's."""

    name: str
    address: Secret  # a key may stand in it
    secret: Secret | None = None
    per_hour: int = 60


MAIL = "mail"  # the name of the way by e-mail
MAILTO, BY_TRANSPORT = "mailto:", "transport:"  # how recipients begin; neither form holds a secret


def way_of(recipient: str) -> str:
    """Return the name of the way that a recipient is reached by: ``team-chat`` of ``transport:team-chat``."""
    return recipient.removeprefix(BY_TRANSPORT) if recipient.startswith(BY_TRANSPORT) else MAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration, checked: what cli, scheduler and web hand down room by room."""

    organisation: Organisation
    store_url: str
    store_password: Secret | None = None
    allow_private_networks: bool = False
    delay_per_host: timedelta = timedelta(seconds=1)  # between the beginnings of two readings of one host
    ca_file: Path | None = None  # further certificate authorities, in PEM form
    proxy: Secret | None = None  # by which the internet is asked; a login may stand in its address
    public_url: str | None = None
    web_secret: Secret | None = None
    ping: str | None = None  # asked once a minute while all is well
    keep: timedelta | None = None  # so long after its publication a mention is kept; null: for ever
    keep_by_channel: Mapping[str, timedelta] = field(default_factory=dict)
    tier: Literal["fast", "accurate"] = "fast"
    missed_concern_costs: float = 10.0
    pipeline: str | None = None  # a spaCy pipeline of the user's own, a package or a folder
    sources: tuple[Source, ...] = ()
    partners: tuple[Partner, ...] = ()
    rules: tuple[Rule, ...] = ()
    digests: tuple[Digest, ...] = ()
    smtp: Smtp | None = None
    transports: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One letter in the outbox, rendered and ready. ``key`` makes a repeat harmless: same key, same Message-ID."""

    key: str
    recipient: str  # mailto:…, or transport:NAME
    kind: Literal["digest", "alert", "notice", "test"]  # notice: of Earshot itself; a way out is dead
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Json] = field(default_factory=dict)  # what a program is told beside the words


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How a source is doing: one of few words, its reason, and when it is asked next."""

    name: str
    channel: str
    status: SourceStatus
    reason: str = ""
    partner: str | None = None
    next_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    failures: int = 0
    quota_left: int | None = None  # what the service still allows, where it says so
    quota_until: datetime | None = None
    heard: int = 0  # mentions first heard here in the period that was asked about; without one, ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One firing of a rule, on one case: a story or thread."""

    rule: str
    kind: str
    fired_at: datetime
    text: str  # its first line: who, where, what and why
    partner: str | None = None
    mentions: tuple[int, ...] = ()
    state: Literal["open", "acknowledged", "snoozed"] = "open"
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one reading of a source ended, and when it is read again; null ``next_attempt_at`` means off."""

    status: SourceStatus
    reason: str = ""
    next_attempt_at: datetime | None
    failures: int = 0
    missing_since: datetime | None = None  # first of an unbroken row of 404s
    asked_to_wait_until: datetime | None = None  # the service's own wish
