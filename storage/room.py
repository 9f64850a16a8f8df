"""How much room is left on the disk of a store's file, and from where on nothing more is collected."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import Engine

from storage import engines

ADVISED = 200_000_000
"""Bytes; with fewer `earshot doctor` asks for more."""
FLOOR = 50_000_000
"""Bytes. What is left is for what must not wait: a concern's alert, a digest, purging what was taken back."""


def too_little(engine: Engine, floor: int) -> str | None:
    """Return in words that fewer bytes are free than ``floor``; None where there is room.

    Of a server's disk nothing is known here: PostgreSQL tells of it when it is full.
    """
    if not engines.is_sqlite(engine):
        return None
    database = Path(str(engine.url.database))
    free = free_beside(database)
    if free >= floor:
        return None
    return (
        f"only {free / 1e6:,.0f} MB are free beside {database.name}: nothing is collected "
        f"below {floor / 1e6:,.0f} MB, and nothing is lost by it; make room"
    )


def free_beside(database: Path) -> int:
    """Return the bytes that are free on the disk of a store's file."""
    return shutil.disk_usage(database.parent).free
