"""What is asked again and again is answered by an index: no statement of a beat reads all mentions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from model import Mention, Period
from storage import alerts, claims, digests, reading, rechecks, sources
from storage.annotations import unmatched
from storage.search import Query, matching, search
from storage.waiting import refresh_waiting
from tests.stores import NOW, a_store

HOUR = timedelta(hours=1)
PERIOD = Period(NOW - HOUR, NOW)
HEARD = Mention(channel="reddit", scope="", external_id="t3_a", text="", thread_id="t3_a", story_id=7, id=7)

ASKED: dict[str, Callable[[Connection], object]] = {
    "unanalyzed": lambda c: claims.unanalyzed(c, now=NOW, limit=9),
    "unmatched": lambda c: unmatched(c, now=NOW, limit=9),
    "due sources": lambda c: claims.due_sources(c, now=NOW, limit=9),
    "due letters": lambda c: claims.due_messages(c, now=NOW, limit=9),
    "claims of the dead": claims.release_the_dead,
    "due rechecks": lambda c: rechecks.claim(c, 1, now=NOW, limit=9),
    "waiting": lambda c: reading.waiting(c, limit=9, until=NOW),
    "waiting anew": lambda c: refresh_waiting(c, [("reddit", "", "t3_a"), ("rss", "source:1", "x")]),
    "collected": lambda c: reading.collected_in(c, PERIOD),
    "loaded": lambda c: reading.load_mentions(c, [1, 2, 3]),
    "states": lambda c: sources.source_states(c, PERIOD),
    "rhythm": lambda c: sources.latest_published(c, 1, limit=9),
    "counts": lambda c: digests.counts_by_channel(c, PERIOD),
    "purged": lambda c: digests.purged_in(c, PERIOD),
    "partners": lambda c: digests.partners_heard_before(c, NOW),
    "case": lambda c: alerts.alert_of_case(c, "concerns", HEARD, since=NOW),
    "fired": lambda c: alerts.has_fired(c, "concerns", 7),
    "late": lambda c: alerts.unacknowledged(c, "concerns", before=NOW, now=NOW),
    "rule's words": lambda c: matching(c, "late", [1, 2]),
    "found": lambda c: list(search(c, Query(words="late"), limit=9)),
    "found by partner": lambda c: list(search(c, Query(partner="Northside Shelter"), limit=9)),
    "found by source": lambda c: list(search(c, Query(source="r-foodbanks"), limit=9)),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_statement_of_every_beat_reads_by_an_index(tmp_path: Path, name: str) -> None:
    said: list[tuple[str, object]] = []
    with a_store(tmp_path) as store, store.writing() as connection:

        def note(*told: object) -> None:
            said.append((str(told[2]), told[3]))

        event.listen(connection, "before_cursor_execute", note)
        ASKED[name](connection)
        event.remove(connection, "before_cursor_execute", note)
        driver = connection.connection.dbapi_connection
        assert driver is not None
        steps = [
            str(step[3])
            for statement, given in said
            for step in driver.execute(f"EXPLAIN QUERY PLAN {statement}", given).fetchall()
        ]

    assert steps
    large = ("mentions", "mention_sources", "annotations", "alert_mentions", "alerts")
    assert [step for step in steps if step in {f"SCAN {table}" for table in large}] == []
