"""What the child and its parent say to each other: a question in, lines of JSON out.

The first line names the columns, each further one is a list of rows, the last one says how it ended.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

ROWS_IN_A_FRAME = 200
LETTERS_IN_A_FRAME = 1_000_000

Value = bool | int | float | str | list[object] | None
"""What a cell may be: a time is ISO 8601 in UTC with ``Z``, bytes are hexadecimal digits."""
Fault = Literal["wrong", "refused", "limit", "store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the child is asked, and how far it may go."""

    file: str | None  # of a store on SQLite
    server: dict[str, str]  # how a store on PostgreSQL is reached, its password among it
    schema: str  # the newest migration that this program knows
    statement: str
    rows: int
    seconds: float
    megabytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How it ended: whether there are more rows than were asked for; or a fault, its words and its place."""

    more: bool = False
    fault: Fault | None = None
    words: str = ""
    at: int | None = None  # a place in the statement, in characters


def write(frame: object) -> None:
    """Write one frame for the parent."""
    sys.stdout.write(json.dumps(frame, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def write_ready() -> None:
    """Tell the parent that the store is reached: from here on the statement's own time counts."""
    write({"ready": True})


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[object]], *, limit: int) -> None:
    """Write up to ``limit`` rows for the parent as they come, and whether there are more."""
    write({"columns": list(columns)})
    more = False
    for frame in _framed(rows, limit):
        if frame is None:
            more = True
        else:
            write({"rows": frame})
    write_end(End(more=more))


def write_end(end: End) -> None:
    """Write how it ended."""
    write({"end": asdict(end)})


def value(cell: object) -> Value:
    """Return a cell as JSON has it."""
    if cell is None or isinstance(cell, bool | int | str):
        return cell
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if isinstance(cell, Decimal):
        return value(float(cell)) if not cell.is_finite() or cell % 1 else int(cell)
    if isinstance(cell, datetime):
        moment = cell.astimezone(UTC).replace(tzinfo=None) if cell.tzinfo else cell
        return moment.isoformat() + ("Z" if cell.tzinfo else "")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell).hex()
    if isinstance(cell, list | tuple):
        return [value(part) for part in cell]
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, dict) else str(cell)


def _framed(rows: Iterable[Sequence[object]], limit: int) -> Iterator[list[list[Value]] | None]:
    """Yield rows by frames of a bounded size; None at the end where there are more than the limit."""
    frame: list[list[Value]] = []
    letters = 0
    for number, row in enumerate(rows):
        if number == limit:
            yield frame
            yield None
            return
        frame.append([value(cell) for cell in row])
        letters += sum(len(cell) for cell in frame[-1] if isinstance(cell, str))
        if len(frame) == ROWS_IN_A_FRAME or letters >= LETTERS_IN_A_FRAME:
            yield frame
            frame, letters = [], 0
    yield frame
