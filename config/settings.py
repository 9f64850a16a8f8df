"""From checked tables to the settings that the rooms are handed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from config.channels import COMMON
from config.reading import Referenced
from config.recipients import recipient, transports
from config.tables import DigestTable, File, PartnerTable, RuleTable, SmtpTable, SourceTable
from model import Digest, Escalation, Organisation, Partner, Rule, Secret, Settings, Smtp, Source


def settings(file: File, sources: Iterable[SourceTable], *, folder: Path) -> Settings:
    """Return the settings; ``folder`` is where the file lies, as a relative store lies beside it."""
    ours = file.organisation
    store_url, password = _store(file.store.url, folder)
    return Settings(
        organisation=Organisation(
            name=ours.name,
            timezone=ours.timezone,
            languages=ours.languages,
            aliases=ours.aliases,
            programmes=ours.programmes,
            handles=ours.handles,
        ),
        store_url=store_url,
        store_password=file.store.password or password,
        allow_private_networks=file.http.allow_private_networks,
        delay_per_host=file.http.delay_per_host,
        ca_file=None if file.http.ca_file is None else folder / file.http.ca_file,
        proxy=file.http.proxy,
        public_url=file.web.public_url,
        web_secret=file.web.secret,
        ping=file.watch.ping,
        keep=file.retention.keep,
        keep_by_channel=file.retention.channels,
        tier=file.analysis.tier,
        missed_concern_costs=file.analysis.missed_concern_costs,
        pipeline=file.analysis.pipeline,
        sources=tuple(_source(table, folder) for table in sources),
        partners=tuple(_partner(table) for table in file.partners),
        rules=tuple(_rule(table) for table in file.rules),
        digests=tuple(_digest(table, ours.timezone) for table in file.digests),
        smtp=_smtp(file.smtp) if file.smtp else None,
        transports=transports(file),
    )


def _store(url: str, folder: Path) -> tuple[str, Secret | None]:
    """Return a store's address without the password that may stand in it, and that."""
    if not url.startswith("postgresql:"):
        return _absolute(url, folder), None
    parts = urlsplit(url)
    if parts.password is None:
        return url, None
    login, _, place = parts.netloc.rpartition("@")
    bare = parts._replace(netloc=f"{login.partition(':')[0]}@{place}").geturl()
    shown = Referenced(bare, url.reference) if isinstance(url, Referenced) else bare
    return shown, Secret(unquote(parts.password))


def _absolute(url: str, folder: Path) -> str:
    scheme, _, path = url.partition(":///")
    # the folder is a path, the rest is a URL's: SQLAlchemy ends the path at ? and decodes %20
    beside = str(folder.absolute()).replace("%", "%25").replace("?", "%3F")
    absolute = f"{scheme}:///{Path(beside) / path}"
    return Referenced(absolute, url.reference) if isinstance(url, Referenced) else absolute


def _source(table: SourceTable, folder: Path) -> Source:
    return Source(
        name=table.name,
        channel=table.channel,
        settings=of_the_channel(table),
        partner=table.partner,
        every=table.every,
        ca_file=None if table.ca_file is None else folder / table.ca_file,
    )


def of_the_channel(table: SourceTable) -> dict[str, object]:
    """Return the keys that were written of those that the channel adds, each with its value."""
    keys = table.model_fields_set - COMMON
    return {key: getattr(table, key) for key in type(table).model_fields if key in keys}


def _partner(table: PartnerTable) -> Partner:
    return Partner(name=table.name, aliases=table.aliases, handles=table.handles)


def _rule(table: RuleTable) -> Rule:
    return Rule(
        name=table.name,
        when=table.when,
        from_whom=table.from_whom,
        query=table.query,
        each=table.each,
        at_least=table.at_least,
        notify=tuple(map(recipient, table.notify)),
        cooldown=table.cooldown,
        quiet_hours=table.quiet_hours,
        escalate=(
            Escalation(after=table.escalate.after, to=tuple(map(recipient, table.escalate.to)))
            if table.escalate
            else None
        ),
    )


def _digest(table: DigestTable, our_timezone: str) -> Digest:
    return Digest(
        name=table.name,
        every=table.every,
        at=table.at,
        timezone=table.timezone or our_timezone,
        language=table.language,
        query=table.query,
        when_empty=table.when_empty,
        to=tuple(map(recipient, table.to)),
    )


def _smtp(table: SmtpTable) -> Smtp:
    return Smtp(
        host=table.host,
        port=table.port,
        username=table.username,
        password=table.password,
        from_address=table.from_address,
        security=table.security,
        per_hour=table.per_hour,
    )
