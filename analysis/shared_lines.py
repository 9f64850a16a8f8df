"""Lines of JSON from a stream, answered in order: each at once, and by several processes once they have become many.

Memory stays constant however long the stream is: only so many blocks of it are under way at a time.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from functools import partial
from queue import Queue
from typing import Protocol

from analysis.authors import Voices, voices
from analysis.contract import Analyzer
from analysis.crew import Crew, Open
from analysis.lines import Numbered, answers
from model import Partner

BLOCK = 65_536
"""Bytes that are read at most at a time; fewer where fewer are there, so a slow pipe is answered line by line."""
MUCH = 4_000
"""Lines after which further processes are worth the seconds and the memory that each takes to open."""


class Stream(Protocol):
    """A binary file, or standard input's buffer."""

    def read1(self, size: int, /) -> bytes:
        """Return some bytes, as soon as there are any; none at the end."""
        ...


Team = Crew[Numbered, str | None]


def line_crew(opens: Open, partners: Sequence[Partner], *, workers: int) -> Team:
    """Return workers that answer lines."""
    return Crew(opens, partial(_answers, voices(partners)), _lost, workers=workers)


def answer_stream(
    stream: Stream, analyzer: Analyzer, partners: Sequence[Partner], crew: Callable[[], Team] | None
) -> Generator[list[str], None, None]:
    """Yield the answers to a stream's lines in order, some at a time; see analysis.lines for what one is."""
    known, blocks, done = voices(partners), read_blocks(stream), 0
    for block in blocks:
        for line in block:
            yield from _told(answers([line], analyzer, known))
        done += len(block)
        if crew is not None and done >= MUCH:
            break
    else:
        return
    with closing(crew()) as team:
        yield from _shared(blocks, team)


def read_blocks(stream: Stream) -> Iterator[list[Numbered]]:
    """Yield a stream's lines with their numbers, as many at a time as are there."""
    number, begun = 0, [b""]
    while read := stream.read1(BLOCK):
        *whole, rest = read.split(b"\n")
        if not whole:
            begun.append(rest)
            continue
        lines = [b"".join([*begun, whole[0]]), *whole[1:]]
        begun = [rest]
        yield [(number + at, line.decode("utf-8", "replace")) for at, line in enumerate(lines, 1)]
        number += len(lines)
    last = b"".join(begun)
    if last:
        yield [(number + 1, last.decode("utf-8", "replace"))]


def _shared(blocks: Iterator[list[Numbered]], team: Team) -> Iterator[list[str]]:
    asked: Queue[Future[Sequence[str | None]] | OSError | None] = Queue(2 * team.workers)
    enough = threading.Event()
    feeder = threading.Thread(target=_feed, args=(blocks, team, asked, enough), name="lines", daemon=True)
    feeder.start()
    try:
        while (found := asked.get()) is not None:
            if isinstance(found, OSError):
                raise found
            yield from _told(found.result())
    finally:
        enough.set()


def _feed(
    blocks: Iterator[list[Numbered]],
    team: Team,
    asked: Queue[Future[Sequence[str | None]] | OSError | None],
    enough: threading.Event,
) -> None:
    """Hand a stream's blocks to the team, as fast as their answers are taken."""
    try:
        for block in blocks:
            asked.put(team.submit(block))
    except OSError as error:  # the stream cannot be read any further
        asked.put(error)
    except RuntimeError:  # the team has gone home, for nobody wants more
        if not enough.is_set():
            raise
    asked.put(None)


def _told(found: Sequence[str | None]) -> Iterator[list[str]]:
    said = [answer for answer in found if answer is not None]
    if said:
        yield said


def _answers(known: Voices, analyzer: Analyzer, lines: Sequence[Numbered]) -> Sequence[str | None]:
    return answers(lines, analyzer, known)


def _lost(line: Numbered) -> str:
    """Return the answer to a line at which a worker died twice."""
    return json.dumps(
        {"id": None, "error": f"line {line[0]}: its text breaks the analysis; please report it"}
    )
