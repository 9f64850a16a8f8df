"""Files that a command writes: whole or not at all, under names that any system takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from errors import NeedsAttention
from text import safe_file_name


@contextmanager
def written_beside(file: Path) -> Iterator[IO[bytes]]:
    """Yield what writes beside a file and takes its place at the end; what is stopped leaves the file as it was."""
    beside = file.with_name(f".{safe_file_name(file.name)}.{os.getpid()}.part")
    try:
        with _opened(beside, file) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    except OSError as error:
        raise NeedsAttention(f"{file}: {error.strerror or error}; nothing was written there") from error
    finally:
        beside.unlink(missing_ok=True)


def file_in(place: Path, title: str, ending: str) -> Path:
    """Return the file to write: the place itself, or in a folder a file whose name is made of the title."""
    return place / f"{safe_file_name(title)}.{ending}" if place.is_dir() else place


def _opened(beside: Path, file: Path) -> IO[bytes]:
    if not file.parent.is_dir():
        raise NeedsAttention(f"{file}: there is no folder {file.parent}; make it, or name another file")
    return beside.open("wb")
