"""`earshot sql`: a stranger's SELECT on the documented views, asked by a process of its own that is killed in time.

SQLite cannot stop one big ``printf`` from within, and a client of PostgreSQL cannot let go of a row that fills it:
so the question goes to a child (child.py) whose memory the system limits and that its parent kills when it has waited
long enough. What the statement may see and call is decided in on_sqlite.py and on_postgresql.py.
"""

from __future__ import annotations

import difflib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from errors import EarshotError, NeedsAttention, TryLater
from model import Secret
from storage.sandbox.frames import Question, Value
from storage.views import NAMES

LARGEST_FRAME = 300_000_000
"""Bytes that are read before a line ends: a row of that size is a bomb."""
STARTS_WITHIN = 10.0
"""Seconds that the child has for itself: starting, and reaching the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a statement may go: rows that are given, seconds that it works, memory in MB (10^6 bytes)."""

    rows: int = 1_000
    seconds: float = 30.0
    megabytes: int = 512


class WrongStatement(NeedsAttention):
    """The statement is refused, or cannot be read: it is to be written in another way."""


class TooMuch(NeedsAttention):
    """The statement was stopped: it went beyond its time or its memory."""


@dataclass(slots=True)
class Answer:
    """Columns at once, rows as they come; whether there are more is known once the rows are at their end."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Value, ...]]
    more: bool = field(default=False)


@contextmanager
def ask(url: str, statement: str, *, limits: Limits, password: Secret | None = None) -> Iterator[Answer]:
    """Yield the answer to a SELECT on the views of the store at an address; the child is gone at its end.

    Raises WrongStatement, with the place where it is known; TooMuch; NeedsAttention for a store that is not there, is
    of another schema, or has no read-only role. Rows may raise as well: what goes wrong may show late.
    """
    question = question_of(url, statement, limits, password)
    with tempfile.TemporaryFile() as complaints, _started(complaints) as child:
        assert child.stdin is not None  # it has a pipe
        child.stdin.write(json.dumps(asdict(question)).encode())
        child.stdin.close()
        frames = _frames(child, question, complaints)
        first = next(frames)
        answer = Answer(tuple(_told_apart(first["columns"])), iter(()))
        answer.rows = _rows(frames, answer)
        yield answer


def question_of(url: str, statement: str, limits: Limits, password: Secret | None = None) -> Question:
    """Return a statement as the child is asked it; NeedsAttention where there is no store at the address."""
    from storage.engines import engine_for
    from storage.migrations import HEAD

    where = engine_for(url, password).url
    file, server = None, {}
    if where.get_backend_name() == "sqlite":
        file = where.database
        if file is None or not Path(file).is_file():
            raise NeedsAttention(f"there is no store {file} yet; earshot collect makes it")
    else:
        _, reached = where.get_dialect()().create_connect_args(where)
        server = {key: str(value) for key, value in reached.items()}
    return Question(
        file=file,
        server=server,
        schema=HEAD,
        statement=statement,
        rows=limits.rows,
        seconds=limits.seconds,
        megabytes=limits.megabytes,
    )


@contextmanager
def _started(complaints: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    house = str(Path(__file__).resolve().parent.parent.parent)
    path = os.pathsep.join(filter(None, (house, os.environ.get("PYTHONPATH"))))
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "storage.sandbox.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        start_new_session=True,  # Ctrl-C is for the parent, which ends it
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def _frames(
    child: subprocess.Popen[bytes], question: Question, complaints: IO[bytes]
) -> Iterator[dict[str, Any]]:
    """Yield the child's frames; raise what its end means, and kill it when it was waited for too long.

    Only waiting counts: a reader of the rows may take its time.
    """
    assert child.stdout is not None  # it has a pipe
    left = question.seconds + STARTS_WITHIN
    pipe, read = child.stdout.fileno(), bytearray()
    while True:
        began = time.monotonic()
        ready, _, _ = select.select([pipe], [], [], max(left, 0))
        left -= time.monotonic() - began
        if not ready:
            child.kill()
            raise TooMuch(_stopped(question))
        got = os.read(pipe, 1 << 20)
        if not got:
            raise _ended(child, question, complaints)
        read += got
        if len(read) > LARGEST_FRAME:
            child.kill()
            raise TooMuch("a row of the answer is too large to be shown; ask for less")
        if b"\n" not in got:
            continue
        *lines, rest = bytes(read).split(b"\n")
        read = bytearray(rest)
        for line in lines:
            frame: dict[str, Any] = json.loads(line)
            if "ready" in frame:
                left = question.seconds
                continue
            if "end" in frame and frame["end"]["fault"] is not None:
                raise _fault(frame["end"], question)
            yield frame


def _rows(frames: Iterator[dict[str, Any]], answer: Answer) -> Iterator[tuple[Value, ...]]:
    for frame in frames:
        if "end" in frame:
            answer.more = frame["end"]["more"]
            return
        yield from map(tuple, frame["rows"])


def _ended(child: subprocess.Popen[bytes], question: Question, complaints: IO[bytes]) -> Exception:
    """Return what it means that the child ended without a word."""
    code = child.wait()
    complaints.seek(0)
    said = complaints.read()[-4_000:].decode("utf-8", "replace")
    if code == -24:  # SIGXCPU
        return TooMuch(_stopped(question))
    if code < 0 or "MemoryError" in said:
        return TooMuch(f"it needs more than {question.megabytes} MB of memory; ask for less")
    return RuntimeError(f"the process that asks the statement ended with {code}:\n{said}")


def _stopped(question: Question) -> str:
    return f"it was stopped after {question.seconds:g} seconds; ask for less, or allow more with --timeout"


def _fault(end: dict[str, Any], question: Question) -> EarshotError:
    words = end["words"]
    if end["fault"] == "store":
        later = "locked" in words
        return (TryLater if later else NeedsAttention)(f"the store: {words}")
    if end["fault"] == "limit":
        return TooMuch(_stopped(question) if "longer than it may" in words else words)
    return WrongStatement(pointed(f"{words}{_meant(words)}", question.statement, end["at"]))


def _meant(words: str) -> str:
    """Return what may have been meant by the name of a view that is not there."""
    asked = words.rpartition("there is no view ")[2] if "there is no view" in words else ""
    if not asked and "does not exist" in words and words.startswith("relation"):
        asked = words.split('"')[1]
    near = difflib.get_close_matches(asked.lower(), NAMES, n=1) if asked else []
    if near:
        return f"; did you mean {near[0]}?"
    return f"; the views are {' '.join(NAMES)}" if asked else ""


def pointed(words: str, statement: str, at: int | None) -> str:
    """Return words about a statement with the line that they are about, and a mark below the place.

    >>> print(pointed("there is no column tex", "SELECT tex FROM v_mentions", 7))
    there is no column tex
      line 1: SELECT tex FROM v_mentions
                     ^
    """
    if at is None or not 0 <= at <= len(statement):
        return words
    begins = statement.rfind("\n", 0, at) + 1
    line = statement[begins:].split("\n", 1)[0]
    cut = max(0, at - begins - 60)
    head = f"  line {statement.count(chr(10), 0, at) + 1}: " + ("…" if cut else "")
    shown = line[cut : cut + 100].replace("\t", " ")
    return f"{words}\n{head}{shown}\n{' ' * (len(head) + at - begins - cut)}^"


def _told_apart(columns: list[str]) -> list[str]:
    """Return names of which no two are equal: ``id``, ``id_2``; rows of JSON have them as keys."""
    seen: set[str] = set()
    told: list[str] = []
    for name in columns:
        number, new = 1, name or "column"
        while new in seen:
            number += 1
            new = f"{name or 'column'}_{number}"
        seen.add(new)
        told.append(new)
    return told
