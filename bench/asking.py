"""What asking costs: the newest hits, any page, who waits, and a board, each beside the plain way of the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Connection, text

from bench import filling
from bench.clock import Clock
from storage.engines import is_sqlite
from storage.search import Query, search
from storage.store import Store
from storage.trends import count

PAGE = 50
TIMES = 40
"""A server's time is known to 10 ms: what is short is done so often."""
WAITED = 200
"""So many times tell which one 95 of 100 stay under."""
DEPTHS = (0.1, 0.5, 0.9)
BOARD = ("partner", "channel", "need", "sentiment")
DAY = timedelta(days=1)


def often(work: Callable[[], object], clock: Clock, *, times: int) -> float:
    """Return the processor's seconds of one of several times, in the mean; one before them warms what is kept."""
    work()
    return clock.of(work, times=times)


def waited(work: Callable[[], object], *, times: int) -> list[float]:
    """Return the seconds that somebody waited each of several times, sorted."""
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return sorted(taken)


def p95(taken: list[float]) -> float:
    """Return the time that 95 of 100 stay under."""
    return taken[min(len(taken) - 1, int(0.95 * len(taken)))]


def newest(store: Store, word: str) -> Callable[[], None]:
    """Return what asks for the newest 50 hits of a word, whole mentions with their tags."""

    def ask() -> None:
        with store.reading() as connection:
            list(search(connection, Query(words=word), limit=PAGE))

    return ask


def like_scan(store: Store, word: str, clock: Clock) -> float:
    """Return the time of looking into every text."""

    def ask() -> None:
        with store.reading() as connection:
            asked = "SELECT count(*) FROM mentions WHERE text LIKE :word"
            connection.execute(text(asked), {"word": f"%{word}%"}).scalar()

    return often(ask, clock, times=3)


def pages(store: Store, word: str, clock: Clock, *, times: int = TIMES) -> Mapping[str, float]:
    """Return the times of the first page of a word's hits, and of pages far behind it."""
    with store.reading() as connection:
        asked = text("SELECT id FROM mentions WHERE text LIKE :word ORDER BY id DESC")
        ids = list(connection.execute(asked, {"word": f"%{word}%"}).scalars())

    def page(before: int | None) -> float:
        def ask() -> None:
            with store.reading() as connection:
                list(search(connection, Query(words=word), limit=PAGE, before=before))

        return often(ask, clock, times=times)

    return {"1": page(None), **{f"at {depth:.0%}": page(ids[int(len(ids) * depth)]) for depth in DEPTHS}}


def waiting(store: Store, clock: Clock, *, times: int = TIMES) -> tuple[float, float]:
    """Return the times of counting who waits by partner: by the partial index, and without it."""
    asked = (
        "SELECT author_partner_id, count(*), min(published_at) FROM mentions "
        "WHERE {waits} AND deleted_at IS NULL GROUP BY author_partner_id"
    )

    def ask(waits: str) -> Callable[[], None]:
        def once() -> None:
            with store.reading() as connection:
                connection.execute(text(asked.format(waits=waits))).all()

        return once

    with store.reading() as connection:
        by_index, without = (
            ("waits = 1", "+waits = 1") if is_sqlite(connection) else ("waits", "waits IS TRUE")
        )
    return often(ask(by_index), clock, times=times), often(ask(without), clock, times=3)


def board(store: Store, clock: Clock, *, times: int = TIMES) -> tuple[float, float]:
    """Return the times of a board of 30 days by four dimensions: from the roll-up, and by plain GROUP BY."""
    today = filling.NOW.date()

    def rolled_up() -> None:
        with store.reading() as connection:
            for by in BOARD:
                count(connection, by, today - 30 * DAY, today)

    def plainly() -> None:
        with store.reading() as connection:
            for statement in _plain_board(connection):
                connection.execute(text(statement), _bounds(connection)).all()

    return often(rolled_up, clock, times=times), often(plainly, clock, times=5)


def _plain_board(connection: Connection) -> list[str]:
    if is_sqlite(connection):  # in the words of the index by date
        at = "replace(substr(m.published_at, 1, 19), ' ', 'T') || 'Z'"
        day = "substr(m.published_at, 1, 10)"
    else:
        at, day = "m.published_at", "(m.published_at AT TIME ZONE 'UTC')::date"
    here = f"{at} >= :start AND {at} < :end AND m.deleted_at IS NULL AND NOT m.by_us"
    tagged = (
        f"SELECT {day} AS day, t.label, count(*) FROM mentions m JOIN annotations t ON t.mention_id = m.id "
        f"WHERE {here} AND t.kind = '{{kind}}' AND t.n = 0 GROUP BY 1, 2"
    )
    return [
        f"SELECT {day} AS day, p.name, count(*) FROM mentions m JOIN partners p ON p.id = m.author_partner_id "
        f"WHERE {here} GROUP BY 1, 2",
        f"SELECT {day} AS day, m.channel, count(*) FROM mentions m WHERE {here} GROUP BY 1, 2",
        tagged.format(kind="need"),
        tagged.format(kind="sentiment"),
    ]


def _bounds(connection: Connection) -> dict[str, object]:
    end = filling.NOW.replace(hour=0)
    start = end - 30 * DAY
    if is_sqlite(connection):
        return {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    return {"start": start, "end": end}
