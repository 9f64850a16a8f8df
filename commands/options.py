"""Options that several commands share, so that each is spelled and explained once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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


Config = Annotated[
    Path,
    typer.Option(
        "--config", envvar="EARSHOT_CONFIG", help="The configuration file.", show_default="earshot.toml"
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the rows are printed.")]
Json = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="AGE|DATE", help="From then on: 7d, 12h, 2w, or 2026-11-01.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="AGE|DATE", help="Before then; as for --since.")
]

DEFAULT_CONFIG = Path("earshot.toml")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def chosen(rows: Format, json: bool) -> Format:
    """Return the format that was asked for; --json is short for one of them."""
    return Format.json if json else rows


def moment(written: str | None, *, now: datetime, option: str) -> datetime | None:
    """Return the moment that an age (``7d``) or a date means, in UTC; wrong ones are a wrong use (exit 2)."""
    if written is None:
        return None
    count, unit = written[:-1], written[-1:]
    if count.isdecimal() and unit in UNITS and len(count) <= 5:
        return now - int(count) * UNITS[unit]
    try:
        parsed = datetime.fromisoformat(written)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{written!r} is no age and no date; write 7d, 12h, 2w or 2026-11-01", param_hint=option
        ) from None
