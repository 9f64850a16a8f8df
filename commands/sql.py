"""`earshot sql`: a read-only SELECT on the documented views, within its limits."""

from __future__ import annotations

import sys
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands.layout import counted
from commands.opening import load_settings
from commands.options import DEFAULT_CONFIG, Config, Format, Json
from commands.printing import print_rows, print_table, until_the_reader_has_enough, warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.sandbox import Answer

Rows = Literal["table", "json", "jsonl", "csv", "parquet"]
EXACT = 2**53
"""Whole numbers from here on are text in JSON: most that read it would round them."""
ROWS_IN_A_GROUP = 10_000


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
        print(f"earshot: {error}", file=sys.stderr)
        raise typer.Exit(2) from None


def _show(answer: Answer, form: Rows, output: Path | None) -> None:
    if form == "parquet":
        _write_parquet(answer, output)
    elif output is not None:
        with output.open("w", encoding="utf-8", newline="") as stream:
            print_rows(_named(answer), _plain(form), columns=answer.columns, out=stream)
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
    """Write rows by groups; a column is of the type that its first rows have."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        from errors import NeedsAttention

        raise NeedsAttention(
            "Parquet needs pyarrow: install it with pip install 'earshot[parquet]', or choose another --format"
        ) from None
    from errors import NeedsAttention

    rows = iter(answer.rows)
    first = list(islice(rows, ROWS_IN_A_GROUP))
    fields = [
        (name, _column_type(arrow, [row[place] for row in first]))
        for place, name in enumerate(answer.columns)
    ]
    schema = arrow.schema(fields)
    target = output if output is not None else sys.stdout.buffer
    with until_the_reader_has_enough(), parquet.ParquetWriter(target, schema) as writer:
        for group in _groups(chain(first, rows)):
            columns = list(zip(*group, strict=True))
            try:
                arrays = [
                    arrow.array(column, type=field.type)
                    for column, field in zip(columns, schema, strict=True)
                ]
            except (arrow.ArrowInvalid, arrow.ArrowTypeError) as error:
                raise NeedsAttention(f"a column holds values of two kinds, CAST it: {error}") from error
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))


def _column_type(arrow: object, cells: list[object]) -> object:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {bool} and kinds:
        return arrow.bool_()  # type: ignore[attr-defined]
    if kinds <= {int} and kinds:
        return arrow.int64()  # type: ignore[attr-defined]
    if kinds <= {int, float} and kinds:
        return arrow.float64()  # type: ignore[attr-defined]
    if list in kinds:
        return arrow.list_(arrow.string())  # type: ignore[attr-defined]
    return arrow.string()  # type: ignore[attr-defined]


def _groups(rows: Iterable[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    rows = iter(rows)
    while group := list(islice(rows, ROWS_IN_A_GROUP)):
        yield group
