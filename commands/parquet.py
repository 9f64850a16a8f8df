"""Rows as a Parquet file, group by group: no more than a group is held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from errors import NeedsAttention

if TYPE_CHECKING:
    import pyarrow

AT_ONCE = 2_000
TYPES = ("text", "texts", "number", "flag", "time")
"""What a column may hold: text, a list of texts, a floating point number, true or false, a moment in UTC."""


def write_parquet(
    rows: Iterable[Mapping[str, object]],
    columns: Sequence[str],
    out: IO[bytes],
    of_type: Mapping[str, str],
) -> None:
    """Write rows with these columns; ``of_type`` has one of TYPES for each that is not text.

    Times may be ISO 8601 with ``Z``, as in JSON. Raise NeedsAttention where pyarrow is missing.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise NeedsAttention(
            "Parquet needs pyarrow: install it with pip install 'earshot[parquet]', or choose another --format"
        ) from None
    types = _arrow_types(arrow)
    schema = arrow.schema([(column, types[of_type.get(column, "text")]) for column in columns])
    waiting = iter(rows)
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while some := list(islice(waiting, AT_ONCE)):
            held = {
                column: [_held(row.get(column), of_type.get(column, "text")) for row in some]
                for column in columns
            }
            writer.write_table(arrow.table(held, schema=schema))


def _arrow_types(arrow: Any) -> dict[str, pyarrow.DataType]:
    return {
        "text": arrow.string(),
        "texts": arrow.list_(arrow.string()),
        "number": arrow.float64(),
        "flag": arrow.bool_(),
        "time": arrow.timestamp("us", tz="UTC"),
    }


def _held(value: object, type_: str) -> object:
    if value is None or type_ in ("number", "flag"):
        return value
    if type_ == "time":
        return datetime.fromisoformat(str(value))
    if type_ == "texts":
        return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
