"""`earshot source import` and `export`: lists of feeds, as other readers write and take them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.opening import all_sources, clock, load_settings, opened_store
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say, warn
from commands.source import app
from errors import NeedsAttention

if TYPE_CHECKING:
    from collectors.opml import Outline
    from model import Source
    from storage.store import Store

__all__ = ["app"]


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    added: list[str] = field(default_factory=list)
    known: int = 0
    no_feed: int = 0
    refused: list[str] = field(default_factory=list)
    cut_off: str | None = None


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An OPML file.", exists=True, dir_okay=False, readable=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be added.")] = False,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Listen to the feeds of an OPML file. Those that are known are left as they are.

    Example: earshot source import subscriptions.opml --dry-run

    Exit code: 0 done · 1 some were refused, or the file is no whole OPML · 2 wrong use.
    """
    with opened_store(load_settings(config)) as store, file.open("rb") as stream:
        from collectors.opml import read_opml

        report = Report()
        for source in _feeds(read_opml(stream, file.name), store, report):
            _add(store, source, report, dry_run=dry_run)
    if json:
        print_json(
            {
                "added": report.added,
                "known": report.known,
                "no_feed": report.no_feed,
                "refused": report.refused,
                "cut_off": report.cut_off,
                "dry_run": dry_run,
            }
        )
    else:
        _tell(report, dry_run=dry_run)
    if report.refused or report.cut_off:
        raise typer.Exit(1)


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output without it.")] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write the feeds that are listened to as OPML.

    Example: earshot source export subscriptions.opml

    Exit code: 0 done · 1 something needs attention · 2 wrong use.
    """
    from collectors.opml import Outline, write_opml

    settings = load_settings(config)
    with opened_store(settings) as store:
        feeds = [source for source in all_sources(settings, store) if source.channel == "rss"]
    text = write_opml(
        [Outline(each.name, str(each.settings["url"])) for each in feeds], settings.organisation.name
    )
    if file is None:
        sys.stdout.write(text.decode("utf-8"))
        return
    file.write_bytes(text)
    say(f"{len(feeds)} feeds are written to {file}.")


def _feeds(outlines: Iterator[Outline], store: Store, report: Report) -> Iterator[Source]:
    """Yield a source for each feed that is new; count the others. A list that breaks off keeps what it gave."""
    import collectors
    from config import one_source
    from storage.own_sources import known_places
    from storage.sources import source_states

    with store.reading() as connection:
        places = {address for _, address in known_places(connection)}
        names = {state.name for state in source_states(connection)}
    try:
        for outline in outlines:
            if not outline.url:
                report.no_feed += 1
            elif outline.url in places:
                report.known += 1
            else:
                places.add(outline.url)
                name = _free_name(outline, names)
                names.add(name)
                try:
                    yield one_source(
                        {"name": name, "channel": "rss", "url": outline.url}, collectors.catalogue()
                    )
                except NeedsAttention as error:
                    report.refused.append(f"{outline.url[:120]}: {error}")
    except NeedsAttention as error:
        report.cut_off = str(error)


def _add(store: Store, source: Source, report: Report, *, dry_run: bool) -> None:
    from storage.own_sources import add_source

    if not dry_run:
        with store.writing() as connection:
            add_source(connection, source, now=clock())
    report.added.append(source.name)


def _free_name(outline: Outline, taken: set[str]) -> str:
    base = re.sub(r"\s+", " ", outline.title).strip()[:80] or re.sub(r"^https?://", "", outline.url)[:80]
    name, n = base, 2
    while name in taken:
        name, n = f"{base} {n}", n + 1
    return name


def _tell(report: Report, *, dry_run: bool) -> None:
    for name in report.added[:20]:
        say(f"  + {name}")
    if len(report.added) > 20:
        say(f"  … and {len(report.added) - 20} more")
    for words in report.refused[:20]:
        warn(f"refused: {words}")
    if report.cut_off:
        warn(f"broken off: {report.cut_off}")
    would = "would be added" if dry_run else "added"
    say(
        f"{len(report.added)} feeds {would}, {report.known} known already, {len(report.refused)} refused, "
        f"{report.no_feed} entries are no feed."
    )
