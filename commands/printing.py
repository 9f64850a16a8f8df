"""Rows and words on a terminal, in a pipe, or in a file: nothing that was heard can steer the terminal."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import typer

from commands.options import Format

if TYPE_CHECKING:
    from rich.console import Console

STARTS_A_FORMULA = frozenset("=+-@\t\r\0＝＋－＠")
"""What a spreadsheet would run rather than show (OWASP ASVS 1.2.10)."""


@contextmanager
def until_the_reader_has_enough() -> Iterator[None]:
    """End well when the other end of a pipe closes: `| head` has what it wanted (exit 0)."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered goes nowhere
        raise typer.Exit(0) from None


def say(words: str = "") -> None:
    """Print a line for a person."""
    print(words)


def warn(words: str) -> None:
    """Print a line beside the result, for a person."""
    print(words, file=sys.stderr)


def iso(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC with ``Z``, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def print_json(value: object) -> None:
    """Print one JSON document."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    print()


def print_rows(
    rows: Iterable[Mapping[str, object]], form: Format, *, columns: Sequence[str], out: IO[str] | None = None
) -> None:
    """Print rows as JSON, JSON lines or CSV; ``columns`` are those of the CSV."""
    with until_the_reader_has_enough():
        _write_rows(rows, form, columns, out or sys.stdout)


def _write_rows(
    rows: Iterable[Mapping[str, object]], form: Format, columns: Sequence[str], stream: IO[str]
) -> None:
    if form is Format.jsonl:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), file=stream)
    elif form is Format.csv:
        writer = csv.writer(stream)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row.get(column)) for column in columns])
    else:
        json.dump(list(rows), stream, ensure_ascii=False, indent=2)
        print(file=stream)


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Sequence[str] = (),
    title: str | None = None,
) -> None:
    """Print a table for a person; in a pipe it is as wide as it needs to be."""
    from rich.table import Table
    from rich.text import Text

    if title is not None:
        say(title)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*[Text(shown(cell)) for cell in row])  # Text: what was heard is no markup
    with until_the_reader_has_enough():
        console().print(table)


def console() -> Console:
    """Return a console for standard output."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 120, highlight=False, emoji=False)


def shown(cell: object) -> str:
    """Return one cell as one clean line."""
    from text import one_line

    return one_line(str(cell), limit=2_000) if cell is not None else ""


def _cell(value: object) -> object:
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    if isinstance(value, str) and value[:1] in STARTS_A_FORMULA:
        return f"'{value}"
    return value
