"""`earshot collect`: read what is due, or the named sources now."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from commands.opening import opened_line
from commands.options import DEFAULT_CONFIG, Config, Format, FormatOption, Json, chosen
from commands.printing import iso, print_rows, print_table, say

if TYPE_CHECKING:
    from pipeline import Collected, Line

COLUMNS = (
    "source",
    "status",
    "new",
    "edited",
    "gone",
    "unchanged",
    "skipped",
    "error",
    "next_attempt_at",
    "skipped_because",
)


def collect(
    source: Annotated[
        list[str] | None, typer.Option("--source", help="A source's name; may be given again.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Ask now, also where nothing is due or the service asked us to wait."),
    ] = False,
    rows: FormatOption = Format.table,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Read the sources that are due, or the named ones now.

    Example: earshot collect --source northside-blog --json

    Exit code: 0 done, also when a source only has to wait · 1 a source failed or needs attention · 2 wrong use.
    """
    from pipeline import collect as read

    form = chosen(rows, json)
    with opened_line(config) as line:
        names = _known(line, source or [])
        if force and not names:
            names = [each.name for each in line.settings.sources]
        results = read(line, names=names or None, force=names if force else ())
        results += _read_elsewhere(names, results)
    if form is Format.table:
        print_collected(results)
    else:
        print_rows([as_row(result) for result in results], form, columns=COLUMNS)
    if any(result.status in ("failing", "off") for result in results):
        raise typer.Exit(1)


def as_row(result: Collected) -> dict[str, object]:
    """Return how one source was read, in the fields of docs/reference/collect.schema.json."""
    return {
        "source": result.source,
        "status": result.status,
        "new": result.new,
        "edited": result.edited,
        "gone": result.gone,
        "unchanged": result.unchanged,
        "skipped": len(result.skipped),
        "error": result.error,
        "next_attempt_at": iso(result.next_attempt_at),
        "skipped_because": result.skipped,
    }


def print_collected(results: Sequence[Collected], title: str | None = None) -> None:
    """Print what was heard, a line a source, and below it what a person should know."""
    if not results:
        say(
            "No source is due: `earshot source list` tells when. `earshot collect --source NAME` reads one now."
        )
        return
    counts = ("new", "edited", "gone", "unchanged", "skipped")
    table = [
        (
            result.source,
            result.new,
            result.edited,
            result.gone,
            result.unchanged,
            len(result.skipped),
            result.status,
        )
        for result in results
    ]
    print_table(("source", *counts, "status"), table, numbers=counts, title=title)
    for result in results:
        if result.error is not None:
            say(f"  {result.source}: {result.error}")
        for words in result.skipped[:3]:
            say(f"  {result.source}: skipped: {words}")
        if len(result.skipped) > 3:
            say(f"  {result.source}: {len(result.skipped) - 3} more skipped; --json names them all")


def _known(line: Line, names: Sequence[str]) -> list[str]:
    there = [source.name for source in line.settings.sources]
    for name in names:
        if name not in there:
            near = get_close_matches(name, there, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(there) or 'none'}"
            raise typer.BadParameter(f"there is no source {name!r}; {hint}", param_hint="--source")
    return list(dict.fromkeys(names))


def _read_elsewhere(names: Sequence[str], results: Sequence[Collected]) -> list[Collected]:
    """Say which named sources another process is reading at this moment."""
    from pipeline import Collected

    read = {result.source for result in results}
    return [
        Collected(source=name, status="waiting", error="another process is reading it; ask again in a moment")
        for name in names
        if name not in read
    ]
