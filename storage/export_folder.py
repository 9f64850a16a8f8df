"""The folder of an export: what lies in it, one writer at a time, and files that appear only when all are written."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from errors import NeedsAttention, TryLater

FORMAT = 1
MANIFEST = "manifest.json"
WRITING = ".writing"
LOCK = ".lock"
PART = "part.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of an export: how many rows its files have, and the token of the days that they hold."""

    token: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an export holds. ``store`` tells stores apart, ``views`` are the columns as they were written."""

    store: str
    made_at: str = ""
    zone: str = ""
    views: Mapping[str, list[list[str]]] = field(default_factory=dict)
    months: Mapping[str, Month] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)  # of views that are not by month


@contextmanager
def opened(folder: Path, store: str) -> Iterator[tuple[Path, Manifest]]:
    """Yield the folder of a store's export, nobody else's until the end of the block, and what lies in it.

    It is made where there is none. Raises NeedsAttention for a folder that holds something else, and TryLater while
    another process writes there.
    """
    try:
        folder.mkdir(exist_ok=True)
        with (folder / LOCK).open("w") as lock:
            _hold(lock, folder)
            manifest = _read(folder, store)
            shutil.rmtree(folder / WRITING, ignore_errors=True)
            try:
                yield folder, manifest
            finally:
                shutil.rmtree(folder / WRITING, ignore_errors=True)
    except OSError as error:
        raise NeedsAttention(
            f"export {folder}: {error.strerror or error}; look at the folder and its disk"
        ) from error


@contextmanager
def staged(folder: Path, name: str) -> Iterator[IO[bytes]]:
    """Yield what writes a file that is not in its place yet."""
    file = folder / WRITING / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


def settle(folder: Path, manifest: Manifest, *, keeps: Callable[[str], bool]) -> list[str]:
    """Move what was staged into its place, and remove what ``keeps`` does not know; return what was removed.

    Names are as in ``name_of``. The manifest comes last: what was killed before it is written again.
    """
    writing = folder / WRITING
    for file in sorted(writing.rglob("*.parquet")):
        place = folder / file.relative_to(writing)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
    gone = [name for name in _files(folder) if not keeps(name)]
    for name in gone:
        (folder / name).unlink()
        if (folder / name).parent.name.startswith("month="):
            (folder / name).parent.rmdir()
    _write(folder, manifest)
    return gone


def name_of(view: str, month: str | None = None) -> str:
    """Return where the rows of a view lie in the folder.

    >>> name_of("v_needs", "2026-11"), name_of("v_partners")
    ('v_needs/month=2026-11/part.parquet', 'v_partners/part.parquet')
    """
    return f"{view}/{PART}" if month is None else f"{view}/month={month}/{PART}"


def _files(folder: Path) -> list[str]:
    found = [*folder.glob(f"v_*/{PART}"), *folder.glob(f"v_*/month=*/{PART}")]
    return sorted(file.relative_to(folder).as_posix() for file in found)


def _hold(lock: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TryLater(f"export {folder}: another process writes it now; try again when it is done") from None


def _read(folder: Path, store: str) -> Manifest:
    file = folder / MANIFEST
    if not file.exists():
        others = [each.name for each in folder.iterdir() if each.name not in (LOCK, WRITING)]
        if others:
            raise NeedsAttention(
                f"export {folder}: it holds other things ({others[0]}); name a folder of its own"
            )
        empty = Manifest(store=store)
        _write(folder, empty)  # from now on it is an export's
        return empty
    try:
        manifest = _from_json(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, AttributeError):
        return Manifest(store=store)  # damaged: everything is written anew
    if manifest.store != store:
        raise NeedsAttention(
            f"export {folder}: it is of another store; name another folder, or delete that one"
        )
    return manifest


def _from_json(said: Mapping[str, Any]) -> Manifest:
    if said["format"] != FORMAT:
        return Manifest(store=said["store"])
    months = {name: Month(token=one["token"], rows=dict(one["rows"])) for name, one in said["months"].items()}
    return Manifest(
        store=said["store"],
        made_at=said["made_at"],
        zone=said["zone"],
        views=dict(said["views"]),
        months=months,
        rows=dict(said["rows"]),
    )


def _write(folder: Path, manifest: Manifest) -> None:
    said = {
        "format": FORMAT,
        "store": manifest.store,
        "made_at": manifest.made_at,
        "zone": manifest.zone,
        "views": manifest.views,
        "months": {
            name: {"token": month.token, "rows": month.rows}
            for name, month in sorted(manifest.months.items())
        },
        "rows": manifest.rows,
    }
    beside = folder / f".{MANIFEST}"
    with beside.open("w", encoding="utf-8") as out:
        json.dump(said, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(folder / MANIFEST)
