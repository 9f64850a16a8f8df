"""`earshot sql`: a read-only SELECT on the documented views, within its limits."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands.files import written_beside
from commands.layout import counted
from commands.opening import load_settings
from commands.options import DEFAULT_CONFIG, Config, Format, Json
from commands.parquet import write_told_parquet
from commands.printing import print_rows, print_table, tell, until_the_reader_has_enough, warn, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.sandbox import Answer

Rows = Literal["table", "json", "jsonl", "csv", "parquet"]
EXACT = 2**53
"""Whole numbers from here on are text in JSON: most that read it would round them."""


def sql(
    statement: Annotated[str, typer.Argument(help="SELECT … on the views; - reads it from standard input.")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many rows.")] = 1_000,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, max=3_600, help="Seconds.")] = 30.0,
    memory: Annotated[int, typer.Option("--memory", min=16, max=65_536, help="MB.")] = 512,
    rows: Annotated[Rows, typer.Option("--format", help="How the rows are printed.")] = "table",
    json: Json = False,
    output: Annotated[Path | None, typer.Option("--output", help="Write to a file.")] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Ask a SELECT of the views that docs/views.md documents. It reads and does nothing else.

    Example: earshot sql "SELECT author_partner, age_hours FROM v_concerns WHERE NOT is_answered"

    Exit code: 0 done · 1 it was stopped, or the store cannot be asked · 2 the statement is wrong or refused.
    """
    from storage.sandbox import Limits, WrongStatement, ask

    form: Rows = "json" if json else rows
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise typer.BadParameter("parquet is no text; name a file with --output", param_hint="--format")
    asked = sys.stdin.read() if statement == "-" else statement
    settings = load_settings(config)
    limits = Limits(rows=limit, seconds=timeout, megabytes=memory)
    try:
        with ask(settings.store_url, asked, limits=limits) as answer:
            _show(answer, form, output)
            if answer.more:
                warn(f"These are the first {counted(limit, 'row')} of more; --limit gives more.")
    except WrongStatement as error:
        tell(error)
        raise typer.Exit(2) from None


def _show(answer: Answer, form: Rows, output: Path | None) -> None:
    if form == "parquet":
        _write_parquet(answer, output)
    elif output is not None:
        with written_beside(output) as out:
            stream = TextIOWrapper(out, encoding="utf-8", newline="")
            write_rows(_named(answer), _plain(form), answer.columns, stream)
            stream.detach()
    elif form == "table":
        numbers, rows = _numbers(answer)
        print_table(answer.columns, rows, numbers=numbers)
    else:
        print_rows(_named(answer), _plain(form), columns=answer.columns)


def _plain(form: Rows) -> Format:
    return Format.csv if form == "table" else Format(form)


def _named(answer: Answer) -> Iterator[dict[str, object]]:
    for row in answer.rows:
        yield dict(zip(answer.columns, map(_exact, row), strict=True))


def _exact(cell: object) -> object:
    return str(cell) if isinstance(cell, int) and not -EXACT < cell < EXACT else cell


def _numbers(answer: Answer) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return which columns hold nothing but numbers, and the rows as a table shows them."""
    rows: list[tuple[object, ...]] = [tuple(map(_cut, row)) for row in answer.rows]
    numbers = [
        name
        for place, name in enumerate(answer.columns)
        if rows and all(isinstance(row[place], int | float | None) for row in rows)
    ]
    return numbers, rows


def _cut(cell: object) -> object:
    return cell[:2_000] if isinstance(cell, str) else cell


def _write_parquet(answer: Answer, output: Path | None) -> None:
    if output is None:
        with until_the_reader_has_enough():
            write_told_parquet(answer.rows, answer.columns, sys.stdout.buffer)
        return
    with written_beside(output) as out:
        write_told_parquet(answer.rows, answer.columns, out)
