"""Opening what a command works with: the configuration, the store, and the line of stages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from analysis.contract import Analysis, Analyzer
    from analysis.crew import Crew
    from analysis.opening import Judged
    from delivery.contract import Transport
    from model import Mention, Settings, Source
    from net.addresses import Rules
    from net.http import Http
    from pipeline import Line, Progress
    from storage.query.moments import Clock
    from storage.store import Store

Tier = Literal["fast", "accurate"]


def clock() -> datetime:
    """Return this moment, in UTC: the one place where a command looks at the clock."""
    return datetime.now(UTC)


def clock_of(settings: Settings) -> Clock:
    """Return this moment by the organisation's clock: what the dates of a query are meant by."""
    from zoneinfo import ZoneInfo

    from storage.query.moments import Clock

    return Clock(clock(), ZoneInfo(settings.organisation.timezone))


def load_settings(config: Path) -> Settings:
    """Return the checked configuration; raise ConfigurationFaults with all that is wrong with it."""
    import collectors
    from config import load
    from storage.query.parse import parse

    return load(config, channels=collectors.catalogue(), environ=os.environ, read_query=parse)


@contextmanager
def opened_store(settings: Settings, now: Callable[[], datetime] = clock) -> Iterator[Store]:
    """Yield the store, provisioned with what the file says, and close it."""
    from storage import claims, daily, open_store
    from storage.provision import provision

    store = open_store(settings.store_url, password=settings.store_password)
    try:
        with store.writing() as connection:
            provision(connection, settings, now=now())
            claims.release_the_dead(connection)  # what a killed process held goes on here
        yield store
        # After the command: so a dry run of a store that is current leaves each of its bytes as it was.
        daily.keep_current(store, settings.organisation.timezone)
    finally:
        store.close()


@contextmanager
def opened_ways(settings: Settings) -> Iterator[dict[str, Transport]]:
    """Yield each way out by its name, behind the gate, without a store."""
    from net.gate import Rules, guard
    from net.http import Http

    rules = Rules(allow_private_networks=settings.allow_private_networks)
    guard(rules, trusted=trusted_places(settings))
    http = Http(rules, authorities=settings.ca_file, proxy=settings.proxy)
    try:
        yield ways_of(settings, http)
    finally:
        http.close()


@contextmanager
def opened_line(config: Path, *, tier: Tier | None = None, reach: Rules | None = None) -> Iterator[Line]:
    """Yield all that the stages need, behind the gate, with a progress bar on a terminal.

    reach: what the gate lets through instead of what the configuration says; then there is no way out either.
    """
    from net.gate import Rules, guard
    from net.http import Http
    from pipeline import Line
    from stages.turns import Hosts

    settings = load_settings(config)
    if tier is not None:
        settings = replace(settings, tier=tier)
    rules = reach or Rules(allow_private_networks=settings.allow_private_networks)
    guard(rules, trusted=trusted_places(settings) if reach is None else [])
    proxy = settings.proxy if reach is None else None
    http = Http(rules, authorities=settings.ca_file, proxy=proxy)
    with opened_store(settings) as store, progress_bar() as tell:
        settings = replace(settings, sources=all_sources(settings, store))
        copies = model_folder(settings, config)
        opens = opens_analyzer(settings, judged="uncertain" if tier is None else "every", copies=copies)
        try:
            yield Line(
                settings=settings,
                store=store,
                http=http,
                now=clock,
                analyzer=newest(opens, copies),
                crew=crew_of(opens),
                transport=transport_of(settings, http) if reach is None else None,
                tell=tell,
                hosts=Hosts(delay=settings.delay_per_host),
            )
        finally:
            http.close()


def trusted_places(settings: Settings) -> list[tuple[str, int]]:
    """Return the hosts and ports that stand in the file, and may be reached wherever they lead."""
    places = [] if settings.smtp is None else [(settings.smtp.host, settings.smtp.port)]
    if settings.proxy is not None:
        from net.proxy import taken_apart

        proxy = taken_apart(settings.proxy)
        places.append((proxy.host, proxy.port))
    return places


def all_sources(settings: Settings, store: Store) -> tuple[Source, ...]:
    """Return the file's sources and those that live in the store, added by the command line."""
    from storage.own_sources import own_sources

    with store.reading() as connection:
        return (*settings.sources, *own_sources(connection))


def opens_analyzer(
    settings: Settings, *, judged: Judged = "uncertain", copies: Path | None = None
) -> Callable[[], Analyzer]:
    """Return what opens the analyser, in this process or in another; ``copies``: see analysis/own_model.py."""
    from analysis import open_analyzer

    return partial(
        open_analyzer,
        settings.organisation,
        settings.partners,
        tier=settings.tier,
        judged=judged,
        pipeline=settings.pipeline,
        missed_concern_costs=settings.missed_concern_costs,
        copies=copies,
    )


def newest(opens: Callable[[], Analyzer], copies: Path) -> Callable[[], Analyzer]:
    """Return what gives the analyser, opened once, and again when another copy of the model is the newest."""
    opened: dict[object, Analyzer] = {}

    def given() -> Analyzer:
        from analysis.own_model import read_copies

        kept = read_copies(copies)
        key = kept.base, tuple(kept.names)
        if key not in opened:
            opened.clear()
            opened[key] = opens()
        return opened[key]

    return given


def model_folder(settings: Settings, config: Path) -> Path:
    """Return where the copies of the model lie that learned from corrections: beside the store."""
    kind, _, file = settings.store_url.partition("sqlite:///")
    return Path(file).with_suffix(".model") if not kind else config.resolve().parent / "earshot.model"


def crew_of(opens: Callable[[], Analyzer]) -> Callable[[], Crew[Mention, Analysis]] | None:
    """Return what opens processes that share the analysis, or None where there is one core."""
    from analysis.crew import cores, mention_crew

    return partial(mention_crew, opens, workers=cores()) if cores() > 1 else None


def transport_of(settings: Settings, http: Http) -> Transport | None:
    """Return the ways out that the configuration names, as one; None where it names none."""
    from delivery.ways import Ways

    ways = ways_of(settings, http)
    return Ways(ways) if ways else None


def ways_of(settings: Settings, http: Http) -> dict[str, Transport]:
    """Return each way out that the configuration names, by its name; webhooks and chats obey the client's rules."""
    from delivery.chat import ChatTransport
    from delivery.smtp import SmtpTransport
    from delivery.webhook import WebhookTransport
    from model import MAIL

    ways: dict[str, Transport] = {}
    if settings.smtp is not None:
        ways[MAIL] = SmtpTransport(settings.smtp)
    for each in settings.transports:
        if each.secret is not None:
            ways[each.name] = WebhookTransport(each, http, clock)
        else:
            ways[each.name] = ChatTransport(each, http.rules, proxy=settings.proxy)
    return ways


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """Yield what shows progress: a bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bar.add_task(progress.stage, total=None)
            bar.update(tasks[progress.stage], completed=progress.done, total=progress.total)

        yield show
