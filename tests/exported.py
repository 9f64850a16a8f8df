"""An export as whoever reads it sees it, beside what the views say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from pyarrow import parquet
from sqlalchemy import text

from storage.store import Store
from storage.views import NAMES, views
from storage.views.speech import SQLITE

KINDS = {view.name: {column.name: column.kind for column in view.columns} for view in views(SQLITE)}
MOVES = "age_hours"
"""The one column that is another one at each look."""
Rows = list[tuple[object, ...]]


def in_export(folder: Path) -> dict[str, Rows]:
    """Return the rows of each view in an export, in one order."""
    return {
        view: _sorted(
            tuple(row[name] for name in KINDS[view] if name != MOVES)
            for file in sorted((folder / view).rglob("*.parquet"))
            for row in parquet.ParquetFile(file).read().to_pylist()
        )
        for view in NAMES
    }


def in_views(store: Store) -> dict[str, Rows]:
    """Return the rows of each view in the store, in the types that an export has."""
    with store.reading() as connection:
        return {
            view: _sorted(
                tuple(_typed(row[name], KINDS[view][name]) for name in KINDS[view] if name != MOVES)
                for row in connection.execute(text(f"SELECT * FROM {view}")).mappings()
            )
            for view in NAMES
        }


def written(folder: Path) -> Mapping[str, int]:
    """Return each file of an export with a number that is another one when it is written anew."""
    return {
        file.relative_to(folder).as_posix(): file.stat().st_ino
        for file in folder.rglob("*.parquet")
        if "month=" in str(file)
    }


def _sorted(rows: object) -> Rows:
    return sorted(rows, key=repr)  # type: ignore[call-overload,no-any-return]


def _typed(value: object, kind: str) -> object:
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind == "time":
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        assert isinstance(at, datetime)
        return at.astimezone(UTC)
    if kind == "date":
        return date.fromisoformat(value) if isinstance(value, str) else value
    return value
