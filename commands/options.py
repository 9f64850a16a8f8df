"""Options that several commands share, so that each is spelled and explained once."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"


Config = Annotated[
    Path,
    typer.Option(
        "--config", envvar="EARSHOT_CONFIG", help="The configuration file.", show_default="earshot.toml"
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the rows are printed.")]
Json = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="AGE|DATE", help="From then on: 7d, 12h, 2w, yesterday, 2026-11-01, by your clock."
    ),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="AGE|DATE", help="Before then; as for --since.")
]

DEFAULT_CONFIG = Path("earshot.toml")


def chosen(rows: Format, json: bool) -> Format:
    """Return the format that was asked for; --json is short for one of them."""
    return Format.json if json else rows


def moment(written: str | None, *, now: datetime, option: str, zone: tzinfo = UTC) -> datetime | None:
    """Return the moment that an age (``7d``) or a date by the clock of ``zone`` means, in UTC; else exit 2."""
    from storage.query import moments

    if written is None:
        return None
    try:
        return moments.moment(written, moments.Clock(now, zone))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
