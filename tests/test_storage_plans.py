"""What is asked again and again is answered by an index: no statement of a beat reads all mentions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from analysis.story_keys import StoryKeys
from model import Attempt, Correction, Mention, Period
from storage import (
    alerts,
    analyzed_names,
    attempts,
    claims,
    corrections,
    counts_before,
    digests,
    promises,
    proposals,
    reading,
    rechecks,
    sources,
    stories,
)
from storage.annotations import unmatched
from storage.batch import matching
from storage.engines import is_sqlite
from storage.mentions import add_mentions
from storage.search import Query, search
from storage.store import Store
from storage.waiting import refresh_waiting
from tests.stores import NOW, record_analysis, said

HOUR = timedelta(hours=1)
PERIOD = Period(NOW - HOUR, NOW)
HEARD = Mention(channel="reddit", scope="", external_id="t3_a", text="", thread_id="t3_a", story_id=7, id=7)


def stories_of_two(connection: Connection) -> None:
    """Hear the same twice, and find that it is one story."""
    added = add_mentions(connection, 2, [said("t3_a"), said("t3_b")], now=NOW)
    heard = reading.load_mentions(connection, added.new)
    keys = StoryKeys("seal", (1, 2, 3))
    stories.place(connection, heard, lambda _: keys, lambda *_: True, reach=HOUR)


def an_old_version(connection: Connection) -> None:
    """Analyse one mention, and claim it and count it under another version."""
    (row,) = add_mentions(connection, 2, [said("t3_a")], now=NOW).new
    (mention,) = reading.load_mentions(connection, [row])
    record_analysis(connection, mention, "en", (), version="words 1")
    claims.outdated(connection, "words 2", now=NOW, limit=9)
    claims.count_outdated(connection, "words 2")


def one_correction(connection: Connection) -> None:
    """Correct a mention, and take it back."""
    (row,) = add_mentions(connection, 2, [said("t3_a")], now=NOW).new
    word = Correction(kind="concern", label="no", by="ana", at=NOW)
    corrections.correct(connection, row, [word], now=NOW)
    corrections.undo_corrections(connection, row, now=NOW)


def a_second_digest(connection: Connection) -> None:
    """Ask what a digest tells to a reader who had one before."""
    before = Period(PERIOD.start - HOUR, PERIOD.start)
    digests.record_digest(connection, "daily", "a@rfn.example", before, message_key=None, now=NOW)
    digests.to_tell(connection, "daily", "a@rfn.example", PERIOD)


def two_readings(connection: Connection) -> None:
    """Keep how a source was read, well and then not."""
    for status in ("ok", "failing"):
        attempts.keep_attempts(connection, {1: Attempt(status=status, next_attempt_at=NOW)}, now=NOW)


ASKED: dict[str, Callable[[Connection], object]] = {
    "unanalyzed": lambda c: claims.unanalyzed(c, now=NOW, limit=9),
    "outdated": an_old_version,
    "any analysed": claims.any_analyzed,
    "corrected": one_correction,
    "said of it": lambda c: corrections.corrections_of(c, [1, 2]),
    "renamed": lambda c: analyzed_names.ask_again(c, ["harbour"]),
    "unmatched": lambda c: unmatched(c, now=NOW, limit=9),
    "due sources": lambda c: claims.due_sources(c, now=NOW, limit=9),
    "due letters": lambda c: claims.due_messages(c, now=NOW, limit=9),
    "claims of the dead": claims.release_the_dead,
    "due rechecks": lambda c: rechecks.claim(c, 1, now=NOW, limit=9),
    "waiting": lambda c: reading.waiting(c, limit=9, until=NOW),
    "waiting since": lambda c: reading.waiting(c, limit=9, until=NOW, since=NOW),
    "how many wait": lambda c: reading.count_waiting(c, until=NOW),
    "promised": lambda c: promises.promises_told(c, NOW.date(), NOW.date(), PERIOD, limit=9),
    "usual": lambda c: counts_before.counts_between(c, NOW.date(), NOW.date()),
    "days spoken": lambda c: counts_before.days_spoken(c, NOW.date(), NOW.date()),
    "waiting anew": lambda c: refresh_waiting(c, [("reddit", "", "t3_a"), ("rss", "source:1", "x")]),
    "collected": lambda c: reading.collected_in(c, PERIOD),
    "loaded": lambda c: reading.load_mentions(c, [1, 2, 3]),
    "states": lambda c: attempts.states_in(c, PERIOD),
    "attempts": two_readings,
    "rhythm": lambda c: sources.latest_published(c, 1, limit=9),
    "told": a_second_digest,
    "purged": lambda c: digests.purged_in(c, PERIOD),
    "partners": lambda c: digests.partners_heard_before(c, NOW),
    "case": lambda c: alerts.alert_of_case(c, "concerns", HEARD, since=NOW),
    "fired": lambda c: alerts.fired_before(c, "concerns", [7]),
    "late": lambda c: alerts.unacknowledged(c, "concerns", before=NOW, now=NOW),
    "rule's words": lambda c: matching(c, "late", [1, 2]),
    "found": lambda c: list(search(c, Query(words="late"), limit=9)),
    "found by partner": lambda c: list(search(c, Query(partner="Northside Shelter"), limit=9)),
    "stories": stories_of_two,
    "left stories": lambda c: stories.unplaced(c, limit=9),
    "story gone": lambda c: stories.forget(c, 7),
    "proposals": lambda c: proposals.propose(c, HEARD, ()),
    "promises": lambda c: proposals.list_proposals(c, state="proposed"),
    "found by source": lambda c: list(search(c, Query(source="r-foodbanks"), limit=9)),
}


LARGE = (
    "mentions",
    "mention_sources",
    "annotations",
    "alert_mentions",
    "alerts",
    "search_texts",
    "story_keys",
    "story_prints",
    "proposals",
    "promise_outcomes",
    "source_attempts",
    "corrections",
)
SCANS = {f"SCAN {table}" for table in LARGE}


def asked_of(connection: Connection, name: str) -> list[tuple[str, Any]]:
    """Ask, and return the statements with what was given to them."""
    said: list[tuple[str, Any]] = []

    def note(*told: object) -> None:
        of_many: Any = told[3]
        said.append((str(told[2]), of_many[0] if told[5] else of_many))

    event.listen(connection, "before_cursor_execute", note)
    ASKED[name](connection)
    event.remove(connection, "before_cursor_execute", note)
    return said


@pytest.mark.parametrize("name", ASKED)
def test_a_statement_of_every_beat_reads_by_an_index(store: Store, name: str) -> None:
    with store.writing() as connection:
        explain = "EXPLAIN QUERY PLAN"
        if not is_sqlite(connection):
            explain = "EXPLAIN"
            # Of an empty table it would rather read all, wherever it can.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        cursor, steps = connection.connection.cursor(), []
        for statement, given in asked_of(connection, name):
            if statement.startswith(("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")):
                cursor.execute(f"{explain} {statement}", given)
                steps += [str(step[-1]).partition("  (cost")[0].strip(" ->") for step in cursor.fetchall()]

    assert steps
    assert [step for step in steps if reads_all(step)] == []


def reads_all(step: str) -> bool:
    """Tell whether a step of a plan reads a large table from end to end, in either engine's words."""
    return step in SCANS or (step.startswith("Seq Scan on ") and step.split()[3] in LARGE)


@pytest.mark.parametrize("statement", ["SELECT * FROM mentions", "SELECT * FROM mentions WHERE text = 'x'"])
def test_one_that_reads_all_would_be_noticed(store: Store, statement: str) -> None:
    with store.reading() as connection:
        explain = "EXPLAIN QUERY PLAN" if is_sqlite(connection) else "EXPLAIN"
        (step, *_) = connection.exec_driver_sql(f"{explain} {statement}").all()

    assert reads_all(str(step[-1]).partition("  (cost")[0])
