"""Rows of a command as a Parquet file; what it is made of is storage/arrow.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import IO, TYPE_CHECKING

from errors import NeedsAttention

if TYPE_CHECKING:
    from storage.arrow import Kind

LOOKED_AT = 10_000
"""Rows by which the kinds of columns are told that nobody has named."""


def write_parquet(
    rows: Iterable[Mapping[str, object]],
    columns: Sequence[str],
    out: IO[bytes],
    of_type: Mapping[str, Kind],
) -> None:
    """Write rows with these columns; ``of_type`` says of each what it holds that is not text.

    Times may be ISO 8601 with ``Z``, as in JSON. Raise NeedsAttention where pyarrow is missing.
    """
    from storage import arrow

    kinds: dict[str, Kind] = {column: of_type.get(column, "text") for column in columns}
    cells = ([row.get(column) for column in columns] for row in rows)
    arrow.write_parquet(arrow.batches(cells, kinds), arrow.schema_of(kinds), out)


def write_told_parquet(rows: Iterable[Sequence[object]], columns: Sequence[str], out: IO[bytes]) -> None:
    """Write rows whose columns hold what their first rows hold; NeedsAttention where a later row does not."""
    from storage import arrow

    waiting = iter(rows)
    first = list(islice(waiting, LOOKED_AT))
    kinds = {name: arrow.kind_of(row[place] for row in first) for place, name in enumerate(columns)}
    held = _of_one_kind(chain(first, waiting), kinds)
    arrow.write_parquet(arrow.batches(held, kinds), arrow.schema_of(kinds), out)


def _of_one_kind(rows: Iterable[Sequence[object]], kinds: Mapping[str, Kind]) -> Iterable[Sequence[object]]:
    takes: dict[str, tuple[type, ...]] = {
        "boolean": (bool,),
        "integer": (int,),
        "number": (int, float),
        "texts": (list,),
    }
    wanted = [(name, takes.get(kind, (str,))) for name, kind in kinds.items()]
    for row in rows:
        for cell, (name, types) in zip(row, wanted, strict=True):
            if cell is not None and type(cell) not in types:
                raise NeedsAttention(f"the column {name} holds values of two kinds, CAST it")
        yield row
