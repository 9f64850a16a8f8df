"""Rows as columns of Arrow: what Parquet files and data frames are made of.

pyarrow is imported at the first need: whoever writes no such file does without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from importlib import import_module
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Literal

from errors import NeedsAttention

if TYPE_CHECKING:
    import pyarrow

Kind = Literal["text", "texts", "integer", "integers", "number", "boolean", "time", "date"]
"""What a column holds; ``texts`` and ``integers`` are lists. Times are moments in UTC, to the microsecond."""

AT_ONCE = 1_000
"""Rows that are turned into columns together."""
ROWS_IN_A_GROUP = 20_000
BYTES_IN_A_GROUP = 16 << 20
"""A row group is closed at either: rows of long texts are held no more than many short ones."""


def library(name: str, wanted_for: str, install: str) -> Any:
    """Return a library that is there only where somebody installed it; raise NeedsAttention where nobody did."""
    try:
        return import_module(name)
    except ImportError:
        raise NeedsAttention(f"{wanted_for} needs {name}: pip install {install}") from None


def schema_of(columns: Mapping[str, Kind]) -> pyarrow.Schema:
    """Return the columns as Arrow's types."""
    arrow = _arrow()
    types = {
        "text": arrow.string(),
        "texts": arrow.list_(arrow.string()),
        "integer": arrow.int64(),
        "integers": arrow.list_(arrow.int64()),
        "number": arrow.float64(),
        "boolean": arrow.bool_(),
        "time": arrow.timestamp("us", tz="UTC"),
        "date": arrow.date32(),
    }
    return arrow.schema([(name, types[kind]) for name, kind in columns.items()])


def kind_of(cells: Iterable[object]) -> Kind:
    """Return what a column of plain values holds, by what stands in it.

    >>> kind_of([None, 1, 2.5]), kind_of([True, None]), kind_of([])
    ('number', 'boolean', 'text')
    """
    kinds = {type(cell) for cell in cells if cell is not None}
    found: dict[frozenset[type], Kind] = {
        frozenset({bool}): "boolean",
        frozenset({int}): "integer",
        frozenset({float}): "number",
        frozenset({int, float}): "number",
    }
    return "texts" if list in kinds else found.get(frozenset(kinds), "text")


def batches(rows: Iterable[Sequence[object]], columns: Mapping[str, Kind]) -> Iterator[pyarrow.RecordBatch]:
    """Yield rows as batches of columns; a cell that cannot be read as its column's kind is null.

    Times and dates may be ISO 8601, truth may be 0 and 1: what SQLite gives.
    """
    arrow, schema = _arrow(), schema_of(columns)
    waiting = iter(rows)
    while some := list(islice(waiting, AT_ONCE)):
        cells = zip(zip(*some, strict=True), columns.values(), schema, strict=True)
        arrays = [_column(arrow, held, kind, field.type) for held, kind, field in cells]
        yield arrow.RecordBatch.from_arrays(arrays, schema=schema)


def write_parquet(made: Iterable[pyarrow.RecordBatch], schema: pyarrow.Schema, out: IO[bytes]) -> int:
    """Write batches as a Parquet file, group by group: no more than a group is held. Return how many rows."""
    arrow, parquet = _arrow(), import_module("pyarrow.parquet")
    n_rows, held = 0, list[Any]()
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in made:
            held.append(batch)
            n_rows += batch.num_rows
            if sum(each.num_rows for each in held) >= ROWS_IN_A_GROUP or _bytes(held) >= BYTES_IN_A_GROUP:
                writer.write_table(arrow.Table.from_batches(held, schema))
                held.clear()
        if held:
            writer.write_table(arrow.Table.from_batches(held, schema))
    return n_rows


def _arrow() -> Any:
    return library("pyarrow", "Parquet and what is made of it", "'earshot[parquet]'")


def _bytes(held: Sequence[pyarrow.RecordBatch]) -> int:
    return sum(batch.nbytes for batch in held)


def _column(arrow: Any, cells: Sequence[object], kind: Kind, of: pyarrow.DataType) -> pyarrow.Array:
    read = _READ.get(kind)
    try:
        return arrow.array(
            cells if read is None else [None if each is None else read(each) for each in cells], of
        )
    except (arrow.ArrowException, ValueError, TypeError, OverflowError):
        read = read or _ELSE.get(kind, _as_it_is)
        return arrow.array([_readable(arrow, each, read, of) for each in cells], of)


def _readable(arrow: Any, cell: object, read: Callable[[Any], object], of: pyarrow.DataType) -> object:
    if cell is None:
        return None
    try:
        return arrow.scalar(read(cell), of).as_py()
    except (arrow.ArrowException, ValueError, TypeError, OverflowError):
        return None


def _as_it_is(cell: object) -> object:
    return cell


def _moment(cell: str | datetime) -> datetime:
    return datetime.fromisoformat(cell) if isinstance(cell, str) else cell


def _day(cell: str | date) -> date:
    return date.fromisoformat(cell) if isinstance(cell, str) else cell


def _texts(cell: object) -> list[str]:
    return [str(each) for each in cell] if isinstance(cell, list | tuple) else [str(cell)]


def _text(cell: object) -> str:
    return "; ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


_READ: Mapping[Kind, Callable[[Any], object]] = {
    "boolean": bool,
    "time": _moment,
    "date": _day,
    "texts": _texts,
}
"""How a cell of a kind is read, where it is not taken as it is."""
_ELSE: Mapping[Kind, Callable[[Any], object]] = {"text": _text}
"""How it is read where taking it as it is failed: most texts are texts."""
