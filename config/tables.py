"""The tables of the file as pydantic models: one field, one key. What joins several keys is in relations.py.

The descriptions are the reference's and the editors' text.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from config.kinds import (
    AtLeast,
    Clock,
    Cost,
    Delay,
    Each,
    Every,
    Flag,
    FromWhom,
    Hours,
    Kept,
    Language,
    Line,
    Name,
    PerHour,
    Period,
    Port,
    Proxy,
    Reader,
    Recipient,
    SecretText,
    Security,
    Sender,
    Span,
    StoreUrl,
    Text,
    Tier,
    TransportName,
    WayOut,
    WebAddress,
    When,
    WhenEmpty,
    Zone,
)


class Table(BaseModel):
    """A table that takes no key but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, serialize_by_alias=True)


HANDLES = "Accounts by channel; for rss, the host of a feed that speaks for them."


class OrganisationTable(Table):
    """Us: who runs this Earshot, and how we are called."""

    name: Name = Field(description="How the organisation is called.")
    timezone: Zone = Field(default="UTC", description="Where our days begin and end.")
    languages: tuple[Language, ...] = Field(
        default=("en",), min_length=1, description="What people around us write in."
    )
    aliases: tuple[Name, ...] = Field(default=(), description="Other names that people call us by.")
    programmes: tuple[Name, ...] = Field(
        default=(), description="What we run; to speak of one is to speak of us."
    )
    handles: dict[str, tuple[Line, ...]] = Field(default={}, description=f"Our own accounts. {HANDLES}")


class StoreTable(Table):
    """Where everything is kept."""

    url: StoreUrl = Field(
        default="sqlite:///earshot.db",
        description="`sqlite:///name.db` lies beside this file, `sqlite:////folder/name.db` anywhere; "
        "`postgresql://USER@HOST/DATABASE` is a database of a server.",
    )
    password: SecretText | None = Field(
        default=None, description="The password of the server's user; best as `env:NAME` or `file:PATH`."
    )


class HttpTable(Table):
    """What the gate lets sources reach, by which way, and how gently. `HTTP_PROXY` and the like are not read."""

    allow_private_networks: Flag = Field(
        default=False,
        description="Whether sources may lie in a private network or on this machine (an intranet, tests).",
    )
    delay_per_host: Delay = Field(
        default="1s",
        validate_default=True,
        description="What lies between the beginnings of two readings of one host, at most `5s`; four of one host "
        "go on at the same time.",
    )
    ca_file: Line | None = Field(
        default=None,
        description="A PEM file of further certificate authorities, such as an intranet's own; beside this file, or "
        "anywhere. The certificates of all sources are checked by it and by the system's.",
    )
    proxy: Proxy | None = Field(
        default=None,
        description="A proxy that is asked for all that lies on the public internet, `http://HOST:PORT`; it may "
        "itself be private. With a login, `http://USER:PASSWORD@HOST:PORT`, best as `env:NAME` or `file:PATH`.",
    )


class WebTable(Table):
    """How Earshot's own pages are reached from outside."""

    public_url: WebAddress | None = Field(
        default=None, description="Where people reach the pages; without it letters offer no one-click links."
    )
    secret: SecretText | None = Field(default=None, description="Signs those links; any long random text.")


class WatchTable(Table):
    """Who watches that Earshot itself is at work."""

    ping: WebAddress | None = Field(
        default=None,
        description="Asked once a minute while all is well; an outside watch raises the alarm when it stays out.",
    )


class RetentionTable(Table):
    """How long what was heard is kept; then its words go, and its times stay."""

    keep: Kept | None = Field(
        default=None,
        description="So long after it was published; without it, for ever. In days or weeks: `730d`.",
    )
    channels: dict[str, Kept] = Field(default={}, description="By channel, where it is another time.")


class AnalysisTable(Table):
    """How mentions are understood."""

    tier: Tier = Field(
        default="fast", description="`fast` runs anywhere; `accurate` takes more memory and time."
    )
    missed_concern_costs: Cost = Field(
        default=10.0, description="How many false alarms are as bad as one concern that nobody was told of."
    )
    pipeline: Name | None = Field(
        default=None,
        description="A spaCy pipeline of your own, a package or a folder: its entities and categories count.",
    )


class SourceTable(Table):
    """One place that is listened to: the keys that every channel knows."""

    name: Name = Field(description="How you call this source; its own among all sources.")
    channel: Name = Field(description="What kind of place it is; the other keys depend on it.")
    partner: Name | None = Field(default=None, description="The partner whose voice this source is.")
    every: Every = Field(
        default="15m", validate_default=True, description="How often it is asked; at least a minute."
    )
    ca_file: Line | None = Field(
        default=None,
        description="A PEM file of certificates that are trusted for this source alone, its own or its authority's; "
        "beside this file, or anywhere.",
    )


class PartnerTable(Table):
    """An organisation or person that we are in a relationship with."""

    name: Name = Field(description="How the partner is called; its own among all partners.")
    aliases: tuple[Name, ...] = Field(default=(), description="Other names that people call the partner by.")
    handles: dict[str, tuple[Line, ...]] = Field(default={}, description=f"The partner's accounts. {HANDLES}")


class EscalationTable(Table):
    """Who is told next when nobody acknowledges the alert."""

    after: Span = Field(description="How long the first recipients have.")
    to: tuple[Recipient, ...] = Field(min_length=1, description="Who is told then.")


class RuleTable(Table):
    """What an alert waits for, and who is told."""

    name: Name = Field(description="How the rule is called; its own among all rules.")
    when: When = Field(
        description="A mention that matches `query` (`keyword`), one that raises a concern about us (`concern`), far "
        "more in an hour than usual (`spike`), a shift for the worse (`sentiment`), or a `silence`."
    )
    from_whom: FromWhom = Field(default="anyone", alias="from", description="Whose mentions count.")
    query: Text = Field(
        default="", description="A search that the mention must match too; `keyword` needs one."
    )
    each: Each | None = Field(
        default=None,
        description="For `spike`, `sentiment` and `silence`: each partner's or each source's mentions are watched by "
        "themselves. Without it, all that matches together; a `silence` then is a partner's.",
    )
    at_least: AtLeast | None = Field(
        default=None,
        description="For the same: fewer mentions tell nothing. Without it 8 (in an hour; in the last days), and 6 "
        "before a rhythm is known for `silence`.",
    )
    notify: tuple[Recipient, ...] = Field(
        default=(),
        description="Who is told: `mailto:` and an address, the name of one of `[[transports]]`, or any address that "
        "Apprise knows.",
    )
    cooldown: Span = Field(
        default="4h", validate_default=True, description="How long the same case stays silent after an alert."
    )
    quiet_hours: Hours | None = Field(
        default=None,
        description="When nobody is disturbed, by the organisation's clock; the alert waits for their end.",
    )
    escalate: EscalationTable | None = Field(default=None, description="Who is told when nobody acts.")


class DigestTable(Table):
    """A summary that goes to each recipient once a period."""

    name: Name = Field(description="How the digest is called; its own among all digests.")
    every: Period = Field(default="day", description="Each day, Monday to Friday, or each Monday.")
    at: Clock = Field(
        default="07:30", validate_default=True, description="When it is sent, by the digest's clock."
    )
    timezone: Zone | None = Field(
        default=None, description="The digest's clock; without it, the organisation's."
    )
    language: Language = Field(default="en", description="What the digest is written in.")
    query: Text = Field(
        default="",
        description="A search that its mentions must match; the counts of other days are left out then.",
    )
    when_empty: WhenEmpty = Field(default="send", description="What happens when nothing was heard.")
    to: tuple[Reader, ...] = Field(
        default=(), description="Who gets it: a mail address, or as in a rule's `notify`."
    )


class SmtpTable(Table):
    """The mail server that letters leave by."""

    host: Line = Field(default="127.0.0.1", description="The server's name or address.")
    port: Port = Field(default=25, description="25, or 587 with `starttls`, or 465 with `tls`.")
    username: Line | None = Field(default=None, description="The account that sends; without it no login.")
    password: SecretText | None = Field(default=None, description="The account's password.")
    from_address: Sender = Field(
        default="Earshot <earshot@localhost>",
        alias="from",
        description="Who letters are from; answers go there.",
    )
    security: Security = Field(default="starttls", description="How the way to the server is kept secret.")
    per_hour: PerHour = Field(default=300, description="At most so many letters in an hour; the others wait.")


class TransportTable(Table):
    """A way out that is no mail: a webhook, or anything that Apprise reaches."""

    name: TransportName = Field(description="How you call it, and how rules and digests name it.")
    url: WayOut = Field(
        description="`https://…` is a webhook; an address of Apprise's (`ntfy://…`, `slack://…`) is a chat or phone. "
        "It may hold a key: best as `env:NAME`."
    )
    secret: SecretText | None = Field(
        default=None,
        description="What a webhook's letters are signed by, known to both sides; required there.",
    )
    per_hour: PerHour = Field(default=60, description="At most so many letters in an hour; the others wait.")


class File(Table):
    """The whole file. Only `name` in `[organisation]` is required."""

    organisation: OrganisationTable
    store: StoreTable = StoreTable()
    http: HttpTable = Field(default_factory=HttpTable)  # made at need: its default is a span, in words
    web: WebTable = WebTable()
    watch: WatchTable = WatchTable()
    retention: RetentionTable = RetentionTable()
    sources: tuple[dict[str, Any], ...] = ()  # each is checked by its own channel: channels.py
    partners: tuple[PartnerTable, ...] = ()
    analysis: AnalysisTable = AnalysisTable()
    rules: tuple[RuleTable, ...] = ()
    digests: tuple[DigestTable, ...] = ()
    smtp: SmtpTable | None = None
    transports: tuple[TransportTable, ...] = ()
