"""How sources did: few rows, from which a digest of any day is told as it was on that day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, update

from model import Attempt, Period, SourceState, SourceStatus
from storage import chores, own_sources
from storage.attempts import EVERY, KEPT_FOR, KNOWN_SINCE, UNBROKEN, attempts, forget_old, states_in
from storage.mentions import add_mentions
from storage.promises import outcomes
from storage.provision import provision
from storage.schema import sources
from storage.sources import save_attempt, save_attempts
from storage.store import Store
from tests.stores import BLOG, NOW, said, settings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE = 1  # the blog


def read(connection: Connection, at: datetime, status: SourceStatus = "ok", reason: str = "") -> None:
    """Read the blog at a moment, with this end."""
    failures = 0 if status in ("ok", "quiet") else 3
    ended = Attempt(status=status, reason=reason, next_attempt_at=at + HOUR, failures=failures)
    save_attempt(connection, ONE, ended, now=at)


def rows(connection: Connection) -> Sequence[tuple[str, datetime, datetime | None]]:
    asked = select(attempts.c.status, attempts.c.at, attempts.c.until).where(attempts.c.source_id == ONE)
    return [(row.status, row.at, row.until) for row in connection.execute(asked.order_by(attempts.c.id))]


def blog(connection: Connection, start: datetime, end: datetime) -> SourceState:
    states = states_in(connection, Period(start, end))
    assert states is not None
    (found,) = (state for state in states if state.name == BLOG)
    return found


def test_the_tables_are_those_that_the_migration_made(store: Store) -> None:
    with store.reading() as connection:
        names = (attempts.name, outcomes.name)
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: kind != "table" or name in names,
                "include_object": lambda _, name, kind, *more: kind != "table" or name in names,
            },
        )
        assert compare_metadata(context, attempts.metadata) == []


def test_readings_that_go_well_are_one_row_until_one_does_not(store: Store) -> None:
    with store.writing() as connection:
        for n in range(5):
            read(connection, NOW + n * HOUR)
        assert rows(connection) == [("ok", NOW, None)]

        for n in (5, 6):
            read(connection, NOW + n * HOUR, "failing", "HTTP 503")
        read(connection, NOW + 7 * HOUR)

        assert rows(connection) == [
            ("ok", NOW, NOW + 4 * HOUR),
            ("failing", NOW + 5 * HOUR, NOW + 5 * HOUR),
            ("failing", NOW + 6 * HOUR, NOW + 6 * HOUR),
            ("ok", NOW + 7 * HOUR, None),
        ]


def test_a_long_pause_ends_a_row(store: Store) -> None:
    with store.writing() as connection:
        for at in (NOW, NOW + UNBROKEN, NOW + 2 * UNBROKEN + HOUR):
            read(connection, at)

        assert rows(connection) == [("ok", NOW, NOW + UNBROKEN), ("ok", NOW + 2 * UNBROKEN + HOUR, None)]


def test_a_period_is_told_as_it_was_whatever_came_after(store: Store) -> None:
    with store.writing() as connection:
        read(connection, NOW)
        read(connection, NOW + 2 * HOUR, "failing", "HTTP 503")
        before = blog(connection, NOW - HOUR, NOW + 3 * HOUR)

        read(connection, NOW + 4 * HOUR)
        own_sources.pause(connection, BLOG, now=NOW + 5 * HOUR)

        assert blog(connection, NOW - HOUR, NOW + 3 * HOUR) == before
        assert (before.status, before.reason, before.failures) == ("failing", "HTTP 503", 3)
        assert (before.last_success_at, before.next_attempt_at) == (NOW, NOW + 3 * HOUR)
        after = blog(connection, NOW + 3 * HOUR, NOW + 5 * HOUR)
        assert (after.status, after.last_success_at) == ("ok", NOW + 4 * HOUR)


def test_within_a_row_that_goes_on_the_last_answer_is_never_after_the_period(store: Store) -> None:
    with store.writing() as connection:
        for n in range(9):
            read(connection, NOW + n * HOUR)

        assert blog(connection, NOW + HOUR, NOW + 3 * HOUR).last_success_at == NOW + 3 * HOUR
        assert blog(connection, NOW, NOW + 99 * HOUR).last_success_at == NOW + 8 * HOUR


def test_paused_and_resumed_is_told_of_the_time_between(store: Store) -> None:
    with store.writing() as connection:
        read(connection, NOW)
        own_sources.pause(connection, BLOG, now=NOW + HOUR)
        paused = blog(connection, NOW, NOW + 2 * HOUR)
        own_sources.resume(connection, BLOG, now=NOW + 3 * HOUR)

        assert blog(connection, NOW, NOW + 2 * HOUR) == paused
        assert (paused.status, paused.reason, paused.failures) == ("off", "paused", 0)
        resumed = blog(connection, NOW, NOW + 4 * HOUR)
        assert (resumed.status, resumed.next_attempt_at) == ("waiting", NOW + 3 * HOUR)
        read(connection, NOW + 5 * HOUR)
        assert blog(connection, NOW, NOW + 6 * HOUR).status == "ok"


def test_a_source_is_told_of_from_its_beginning_to_its_end(store: Store) -> None:
    with store.writing() as connection:
        provision(connection, settings(sources=settings().sources[1:]), now=NOW + DAY)

        def there(start: datetime, end: datetime) -> list[tuple[str, str]]:
            states = states_in(connection, Period(start, end)) or []
            return [(state.status, state.reason) for state in states if state.name == BLOG]

        assert there(NOW - DAY, NOW) == []
        assert there(NOW, NOW + HOUR) == [("ok", "")]
        assert there(NOW, NOW + 2 * DAY) == [("off", "taken out")]
        assert there(NOW + 2 * DAY, NOW + 3 * DAY) == []


def test_another_place_under_the_same_name_ends_the_row_where_it_was_last_read(store: Store) -> None:
    with store.writing() as connection:
        for n in range(3):
            read(connection, NOW + n * HOUR)
        connection.execute(update(sources).where(sources.c.id == ONE).values(channel="lemmy"))

        provision(connection, settings(), now=NOW + 3 * HOUR)

        assert rows(connection) == [("ok", NOW, NOW + 2 * HOUR)]


def test_what_another_process_holds_is_not_kept(store: Store) -> None:
    with store.writing() as connection:
        ended = Attempt(status="ok", next_attempt_at=NOW + HOUR)
        save_attempts(connection, [(ONE, ended)], now=NOW, holder="somebody who holds nothing")

        assert rows(connection) == []


def test_what_a_source_last_said_is_of_the_period_too(store: Store) -> None:
    with store.writing() as connection:
        for n in (0, 5):
            add_mentions(connection, ONE, [said(f"x{n}", channel="rss", scope=None)], now=NOW + n * HOUR)

        first, both = (blog(connection, NOW, NOW + n * HOUR) for n in (3, 6))

        assert (first.heard, first.last_new_at) == (1, NOW)
        assert (both.heard, both.last_new_at) == (2, NOW + 5 * HOUR)


def test_what_is_no_longer_kept_is_said_so_and_how_each_last_did_before_stays(store: Store) -> None:
    now = NOW + KEPT_FOR + 10 * DAY
    with store.writing() as connection:
        for n in range(3):
            read(connection, NOW + n * DAY)
        for n in (20, 21):
            read(connection, NOW + n * DAY, "failing", "HTTP 503")

        assert forget_old(connection, now=now) == 2
        assert forget_old(connection, now=now + EVERY / 2) == 0

        assert states_in(connection, Period(NOW, NOW + DAY)) is None
        assert chores.last_done(connection, KNOWN_SINCE) == now - KEPT_FOR
        state = blog(connection, NOW + 20 * DAY, NOW + 22 * DAY)
        assert (state.status, state.last_success_at) == ("failing", NOW + 2 * DAY)


@pytest.mark.parametrize("age", [timedelta(0), KEPT_FOR])
def test_nothing_is_forgotten_that_is_young_enough(store: Store, age: timedelta) -> None:
    with store.writing() as connection:
        for n in range(3):
            read(connection, NOW + n * DAY)

        assert forget_old(connection, now=NOW + age) == 0

        assert len(rows(connection)) == 3
        assert states_in(connection, Period(NOW, NOW + DAY)) is not None
