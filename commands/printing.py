"""Rows and words on a terminal, in a pipe, or in a file: nothing that was heard can steer the terminal."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import typer

from commands.layout import laid_out, wrapped
from commands.options import Format

if TYPE_CHECKING:
    from errors import EarshotError
    from storage.arrow import Kind

STARTS_A_FORMULA = frozenset("=+-@\t\r\n\0＝＋－＠")
"""What a spreadsheet would run rather than show (OWASP ASVS 1.2.10)."""

IN_A_PIPE = 120
_STEERS = re.compile(r"[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What JSON leaves as it is, and a terminal obeys or cannot show."""


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
    """Print lines for a person: wrapped at words on a terminal, as they are in a pipe."""
    print(_fitted(words, sys.stdout))


def warn(words: str) -> None:
    """Print lines beside the result, for a person."""
    print(_fitted(words, sys.stderr), file=sys.stderr)


def tell(error: EarshotError) -> None:
    """Print what went wrong; lines that show a place in a query stay below each other."""
    from text import harmless

    print(f"earshot: {harmless(str(error))}", file=sys.stderr)


def width() -> int:
    """Return how many cells a line for a person may have; in a pipe there is no edge to see."""
    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else IN_A_PIPE


def has_colours() -> bool:
    """Tell whether lines for a person may be coloured, or bold: on a terminal, unless NO_COLOR forbids it."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _fitted(words: str, stream: IO[str]) -> str:
    from text import harmless

    words = harmless(words)
    if not stream.isatty():
        return words
    columns = shutil.get_terminal_size((80, 24)).columns
    return "\n".join(line for each in words.split("\n") for line in wrapped(each, columns))


def iso(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC with ``Z``, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def print_json(value: object) -> None:
    """Print one JSON document."""
    print(json_of(value, indent=2))


def json_of(value: object, *, indent: int | None = None) -> str:
    """Return JSON in which nothing steers a terminal: what might is written as an escape, and means the same."""
    written = json.dumps(value, ensure_ascii=False, indent=indent)
    if written.isascii():
        return written.replace("\x7f", "\\u007f")
    return _STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def print_rows(
    rows: Iterable[Mapping[str, object]],
    form: Format,
    *,
    columns: Sequence[str],
    out: IO[str] | None = None,
    of_type: Mapping[str, Kind] | None = None,
) -> None:
    """Print rows as JSON, JSON lines, CSV or Parquet, as they come; ``columns`` are those of CSV and Parquet.

    ``of_type`` names the Parquet type of columns that are not plain text (storage/arrow.py).
    """
    with until_the_reader_has_enough():
        if form is Format.parquet:
            _print_parquet(rows, columns, of_type or {})
        else:
            write_rows(rows, form, columns, out or sys.stdout)


def write_rows(
    rows: Iterable[Mapping[str, object]], form: Format, columns: Sequence[str], stream: IO[str]
) -> None:
    """Write rows as text, each as it comes: no more than one is held."""
    if form is Format.jsonl:
        for row in rows:
            print(json_of(row), file=stream)
    elif form is Format.csv:
        writer = csv.writer(stream)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell(row.get(column)) for column in columns])
    else:
        _write_list(rows, stream)


def _write_list(rows: Iterable[Mapping[str, object]], stream: IO[str]) -> None:
    """Write a JSON array, as json.dump with an indent of 2 does it of a list."""
    before = "["
    for row in rows:
        written = json_of(row, indent=2).replace("\n", "\n  ")
        stream.write(f"{before}\n  {written}")
        before = ","
    stream.write("[]\n" if before == "[" else "\n]\n")


def _print_parquet(
    rows: Iterable[Mapping[str, object]], columns: Sequence[str], of_type: Mapping[str, Kind]
) -> None:
    from commands.parquet import write_parquet

    if sys.stdout.isatty():
        raise typer.BadParameter("parquet is no text; write it to a file or a pipe", param_hint="--format")
    write_parquet(rows, columns, sys.stdout.buffer, of_type)


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Sequence[str] = (),
    title: str | None = None,
) -> None:
    """Print a table for a person, laid out for the terminal's width."""
    if title is not None:
        say(title)
    cells = [[shown(each) for each in row] for row in rows]
    with until_the_reader_has_enough():
        heads = [shown(each) for each in columns]
        for line in laid_out(heads, cells, numbers=numbers, width=width()):
            print(line)


def shown(value: object) -> str:
    """Return one cell as one clean line."""
    from text import one_line

    return one_line(str(value), limit=2_000) if value is not None else ""


def cell(value: object) -> object:
    """Return a cell of CSV: lists as a line; what a spreadsheet would run stands behind an apostrophe.

    So does what has apostrophes before such a thing: taking one away always gives back what was there. What would
    steer a terminal is taken out before.
    """
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    if not isinstance(value, str):
        return value
    from text import harmless

    value = harmless(value)
    if value.lstrip("'")[:1] in STARTS_A_FORMULA:
        return f"'{value}"
    return value
