"""What is older than is kept goes with the cycle, some at a time, by channel, and does not come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, event, func, select

from model import Digest, Mention, Period
from stages import retain as stage
from stages.facts import digest_facts
from stages.retain import retain
from storage.mentions import add_mentions
from storage.reading import load_mentions
from storage.schema import audit, mentions
from storage.store import Store
from tests.lines import FORUM_ID, TEAM, Clock, a_line
from tests.stores import NOW, said, settings

DAY = timedelta(days=1)
DAILY = Digest(name="daily", at=6 * 60, timezone="UTC", to=(TEAM,))
KEPT = settings(keep=30 * DAY, keep_by_channel={"x": 2 * DAY, "note": 900 * DAY})


def post(name: str, days: int, channel: str = "reddit") -> Mention:
    return said(name, channel=channel, published_at=NOW - days * DAY)


def hear(store: Store, *heard: Mention) -> list[int]:
    with store.writing() as connection:
        return add_mentions(connection, FORUM_ID, heard, now=NOW).new


def standing(store: Store) -> list[str]:
    with store.reading() as connection:
        asked = select(mentions.c.external_id).where(mentions.c.deleted_at.is_(None))
        return sorted(connection.execute(asked).scalars())


def test_each_channel_has_its_time(store_url: str) -> None:
    with a_line(store_url, KEPT) as line:
        hear(line.store, post("old", 31), post("young", 29), post("x old", 3, "x"), post("x young", 1, "x"))
        hear(line.store, post("note", 800, "note"))

        gone = retain(line)

        assert gone == 2
        assert standing(line.store) == ["note", "x young", "young"]


def test_what_is_gone_leaves_its_times_and_an_audit_line_and_does_not_come_back(store_url: str) -> None:
    with a_line(store_url, KEPT) as line:
        [row] = hear(line.store, post("old", 31))
        retain(line)

        again = hear(line.store, post("old", 31))

        assert again == []
        with line.store.reading() as connection:
            [left] = load_mentions(connection, [row])
            lines = connection.execute(select(audit.c.what, audit.c.which)).all()
        assert (left.text, left.author, left.published_at) == ("", None, NOW - 31 * DAY)
        assert [tuple(each) for each in lines] == [("expired", f"mention {row}")]


def test_much_goes_in_several_rounds_and_then_it_rests_for_an_hour(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "MOST", 4)
    monkeypatch.setattr(stage, "AT_ONCE", 2)
    clock = Clock()
    with a_line(store_url, KEPT, clock=clock) as line:
        hear(line.store, *(post(f"{n}", 40) for n in range(7)))

        rounds = [retain(line) for _ in range(3)]
        hear(line.store, post("late", 40))
        soon = retain(line)
        clock.forward(timedelta(hours=1))
        later = retain(line)

        assert (rounds, soon, later) == ([4, 3, 0], 0, 1)


def test_without_a_time_everything_stays(store_url: str) -> None:
    with a_line(store_url, settings()) as line:
        hear(line.store, post("old", 3000))

        assert retain(line) == 0
        with line.store.reading() as connection:
            assert connection.execute(select(func.count()).select_from(audit)).scalar_one() == 0


@contextmanager
def within(n: int, work: Callable[[], object]) -> Iterator[list[object]]:
    """Do something once, after the n-th statement that anybody asks, while its transaction is open."""
    left, done = [n], []

    def asked(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            done.append(work())

    event.listen(Engine, "after_cursor_execute", asked)
    try:
        yield done
    finally:
        event.remove(Engine, "after_cursor_execute", asked)


def test_a_digest_that_is_gathered_while_words_go_sees_one_moment(store_url: str) -> None:
    """faults.md 73. What it then writes is another test's: test_stages_digest_once."""
    period = Period(NOW - 60 * DAY, NOW)
    with a_line(store_url, KEPT) as line:
        with line.store.writing() as connection:
            heard = [post(f"old {day}", day) for day in (31, 40, 50)]
            add_mentions(connection, FORUM_ID, heard, now=NOW - 20 * DAY)
        before = digest_facts(line, DAILY, TEAM, period)

        with within(3, partial(retain, line)) as gone:
            meanwhile = digest_facts(line, DAILY, TEAM, period)

        assert len(before.mentions) == 3
        assert (gone, meanwhile) == ([3], before)
        assert digest_facts(line, DAILY, TEAM, period).mentions == []
