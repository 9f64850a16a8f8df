"""`earshot note`: what was said in person or on the phone, kept beside what was said online."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.opening import clock, load_settings, opened_store
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say, warn

if TYPE_CHECKING:
    from datetime import datetime

    from model import Mention, Settings
    from storage.store import Store

app = typer.Typer(
    help="What was said in person or on the phone.", no_args_is_help=True, rich_markup_mode=None
)

SHOWN = 20
AT_ONCE = 500  # notes of one transaction


@dataclass(slots=True)
class Report:
    """What an import did, or would do. ``refused`` are rows, by the line that each begins on."""

    new: int = 0
    edited: int = 0
    renamed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    ignored: Sequence[str] = ()


@app.command()
def add(
    text: Annotated[str, typer.Argument(help="What was said.")],
    where: Annotated[str, typer.Option("--where", help='"Tuesday market", "phone" …')] = "",
    when: Annotated[str | None, typer.Option("--when", help="2026-05-20, or with 14:30; now.")] = None,
    who: Annotated[str, typer.Option("--who", help="Who said it; kept only with --consent.")] = "",
    partner: Annotated[str, typer.Option("--partner", help="The partner for whom they spoke.")] = "",
    consent: Annotated[
        bool, typer.Option("--consent/--no-consent", help="Whether they agreed to be named.")
    ] = False,
    lang: Annotated[str, typer.Option("--lang", help="What they spoke: en, es, pt …")] = "",
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Keep what somebody said, as a mention on channel note.

    Example: earshot note add "The boxes came late on Tuesday" --where "Tuesday market" --partner "Northside Shelter"

    Exit code: 0 done · 1 something needs attention · 2 wrong use.
    """
    from collectors.note import Talk, as_mention
    from collectors.note.table import by_name, partner_named

    settings = load_settings(config)
    now = clock()
    try:
        note = as_mention(
            Talk(
                text=text,
                when=now if when is None else _moment(when, settings),
                where=where,
                who=who,
                partner=partner_named(partner, by_name(_partners(settings))),
                consent=consent,
                lang=lang,
            )
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with opened_store(settings) as store:
        report = _store(store, [note], Report())
    if who and not consent:
        warn("The name is not kept: give --consent where they agreed to be named.")
    say("The note is kept." if report.new else "The same note is kept already; nothing is changed.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file.", exists=True, dir_okay=False, readable=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be kept.")] = False,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Keep the talks of a table. Read again, it changes only what was changed in it.

    Its first line names the columns: when and text, and any of key, where, who, partner, consent, lang.

    Example: earshot note import market.csv --dry-run

    Exit code: 0 done · 1 some rows were refused, or the file is no table of notes · 2 wrong use.
    """
    from zoneinfo import ZoneInfo

    from collectors.note.table import LARGEST, read_notes

    settings = load_settings(config)
    with file.open("rb") as stream:
        data = stream.read(LARGEST + 1)
    zone = ZoneInfo(settings.organisation.timezone)
    notes = read_notes(data, file.name, zone=zone, partners=_partners(settings), now=clock())
    report = Report(refused=[(bad.line, bad.why) for bad in notes.bad], ignored=notes.ignored)
    with opened_store(settings) as store:
        (_rehearse if dry_run else _store)(store, notes.mentions, report)
    if json:
        print_json(_as_json(report, dry_run=dry_run))
    else:
        _tell(report, dry_run=dry_run)
    if report.refused:
        raise typer.Exit(1)


def _store(store: Store, notes: Sequence[Mention], report: Report) -> Report:
    """Keep notes, so many in a transaction, and count what became of them."""
    from storage.notes import add_notes

    for start in range(0, len(notes), AT_ONCE):
        with store.writing() as connection:
            kept = add_notes(connection, notes[start : start + AT_ONCE], now=clock())
        report.new += len(kept.added.new) + len(kept.added.returned)
        report.edited += len(kept.added.edited)
        report.renamed += kept.renamed
        report.unchanged += kept.added.unchanged
    return report


def _rehearse(store: Store, notes: Sequence[Mention], report: Report) -> Report:
    """Do the same in one transaction that is taken back."""
    from storage.notes import add_notes

    with store.writing() as connection:
        rehearsal = connection.begin_nested()
        kept = add_notes(connection, notes, now=clock())
        rehearsal.rollback()
    report.new = len(kept.added.new) + len(kept.added.returned)
    report.edited, report.renamed, report.unchanged = (
        len(kept.added.edited),
        kept.renamed,
        kept.added.unchanged,
    )
    return report


def _moment(written: str, settings: Settings) -> datetime:
    from zoneinfo import ZoneInfo

    from collectors.note import read_when

    return read_when(written, ZoneInfo(settings.organisation.timezone), now=clock())


def _partners(settings: Settings) -> dict[str, Sequence[str]]:
    return {partner.name: partner.aliases for partner in settings.partners}


def _as_json(report: Report, *, dry_run: bool) -> dict[str, object]:
    return {
        "new": report.new,
        "edited": report.edited,
        "renamed": report.renamed,
        "unchanged": report.unchanged,
        "refused": [{"line": line, "why": why} for line, why in report.refused],
        "ignored_columns": list(report.ignored),
        "dry_run": dry_run,
    }


def _tell(report: Report, *, dry_run: bool) -> None:
    for line, why in report.refused[:SHOWN]:
        warn(f"line {line}: {why}")
    if len(report.refused) > SHOWN:
        warn(f"… and {len(report.refused) - SHOWN} more; --json names them all")
    if report.ignored:
        warn(f"columns that mean nothing here: {', '.join(report.ignored)}")
    would = "would be " if dry_run else ""
    say(
        f"{report.new} notes {would}kept, {report.edited} {would}edited, {report.renamed} {would}by somebody else, "
        f"{report.unchanged} known already, {len(report.refused)} refused."
    )
