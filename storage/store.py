"""The one shared store: its two ways in, each one transaction.

Nobody holds a transaction over a fetch, an analysis or a letter. What differs between SQLite and PostgreSQL is in
storage/engines.py.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, Engine

from errors import Interrupted
from storage import engines, room
from storage.together import Together

if TYPE_CHECKING:
    from storage.rows import Moment, Rows

log = logging.getLogger(__name__)

TRIES = 3
"""How often a transaction is done that the server gave up: conflicts end at the second, restarts as well."""

Given = TypeVar("Given")


class Store:
    """A store that is open. Its context managers are the only ways in; each is one transaction."""

    floor = room.FLOOR
    """Bytes that must be free on its disk for anything to be collected."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLite has one writer at a time; threads of this process queue here, where waiting costs nothing,
        # and processes queue at BEGIN IMMEDIATE. PostgreSQL has as many as there are.
        self._queue = threading.RLock() if engines.is_sqlite(engine) else nullcontext()
        self._together = Together(self.write)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment of the store, whatever is written meanwhile."""
        with engines.told_in_words(self._engine), engines.begun(self._engine, writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose work is committed at the end of the block, or not at all.

        Raises Interrupted where the server gave the work up; it may be done again.
        """
        with (
            self._queue,
            engines.told_in_words(self._engine),
            engines.begun(self._engine, writes=True) as connection,
        ):
            yield connection

    def write(self, work: Callable[[Connection], Given]) -> Given:
        """Return what the work gives, done in one transaction; it is done again where the server gave it up."""
        for _ in range(TRIES - 1):
            try:
                with self.writing() as connection:
                    return work(connection)
            except Interrupted as error:
                log.warning("%s", error)
        with self.writing() as connection:
            return work(connection)

    def write_together(self, work: Callable[[Connection], Given]) -> Given:
        """Return what the work gives: as ``write``, in one transaction with what other threads bring just then.

        It is done again, alone, where another's part of the transaction failed.
        """
        given = self._together.do(work) if engines.is_sqlite(self._engine) else []
        return given[0] if given else self.write(work)

    def search(
        self,
        query: str = "",
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        limit: int | None = None,
    ) -> Rows:
        """Return what matches a query of the search language (docs/search.md), newest first; empty matches all.

        ``since <= published_at < until``; each may be written as in a query (``7d``, ``2026-11``), or be a day by the
        organisation's clock, an aware moment, or an age. Raises WrongQuery, and ValueError for what is no moment.

        The rows can be iterated, and have ``.arrow()``, ``.to_polars()`` and ``.to_pandas()``.
        """
        from storage.rows import Rows

        return Rows(self, query, since, until, limit)

    def too_little_room(self) -> str | None:
        """Return in words that its disk is too full to collect anything; None where it is not."""
        return room.too_little(self._engine, self.floor)

    def write_anew(self) -> bool:
        """Leave no gaps in the files where something stood that was taken back; False where others are in the way."""
        with self._queue, engines.told_in_words(self._engine):
            return engines.write_anew(self._engine)

    def close(self) -> None:
        """Give every connection back; SQLite's write-ahead log is folded into the file by the last one."""
        self._engine.dispose()
