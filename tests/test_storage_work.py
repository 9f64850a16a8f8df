"""Work in the store: claims, sources, alerts, letters and digests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from errors import NeedsAttention
from model import Alert, Attempt, Message, Period, Secret, Source
from storage import alerts, attempts, claims, digests, outbox, reading, schema, sources
from storage.batch import matching
from storage.mentions import add_mentions
from storage.provision import provision
from storage.search import Query, search
from storage.store import Store
from tests.stores import FORUM, NOW, said, settings

HOUR = timedelta(hours=1)


def due(store: Store, now: object = NOW) -> list[int]:
    with store.writing() as connection:
        return claims.due_sources(connection, now=now, limit=100)  # type: ignore[arg-type]


def test_what_is_claimed_is_claimed_once(store: Store) -> None:
    assert len(due(store)) == 2
    assert due(store) == []


def test_a_claim_ends_with_its_time(store: Store) -> None:
    due(store)

    assert len(due(store, NOW + claims.CLAIM_LASTS)) == 2


def test_claims_of_dead_processes_end_at_once_and_those_of_living_ones_stay(store: Store) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = f"{socket.gethostname()}/{ended.pid}/1"
    elsewhere = f"another-machine/{ended.pid}/1"
    for name, freed in (
        (dead, 2),
        (elsewhere, 0),
        (claims.my_name(), 0),
        (f"{socket.gethostname()}/{os.getpid()}/0", 2),
    ):
        with store.writing() as connection:
            until = {"claimed_by": name, "claimed_until": NOW + HOUR}
            connection.execute(update(schema.sources).values(until))

            assert claims.release_the_dead(connection) == freed, name


def test_a_source_that_is_off_or_paused_is_never_due(store: Store) -> None:
    (one, two) = due(store)
    with store.writing() as connection:
        off = Attempt(status="off", reason="gone", next_attempt_at=None)
        sources.save_attempt(connection, one, off, now=NOW)
        connection.execute(update(schema.sources).where(schema.sources.c.id == two).values(paused_at=NOW))

    assert due(store, NOW + timedelta(days=400)) == []
    with store.reading() as connection:
        assert {state.status for state in sources.source_states(connection)} == {"off"}


def test_a_changed_setting_asks_a_source_that_is_off_again(store: Store) -> None:
    (one, _) = due(store)
    with store.writing() as connection:
        off = Attempt(status="off", reason="wrong key", next_attempt_at=None, failures=3)
        sources.save_attempt(connection, one, off, now=NOW)
    mended = settings(
        sources=tuple(
            replace(source, settings={**source.settings, "key": Secret("new")})
            for source in settings().sources
        )
    )

    with store.writing() as connection:
        provision(connection, mended, now=NOW)

    with store.reading() as connection:
        states = {state.name: state for state in sources.source_states(connection)}
        assert {state.status for state in states.values()} == {"ok"}
        assert "new" not in str(connection.execute(select(schema.sources)).all())


def test_another_place_under_the_same_name_is_read_from_its_beginning(store: Store) -> None:
    (one, _) = due(store)
    with store.writing() as connection:
        sources.save_cursor(connection, one, {"page": 7}, new_at=NOW, moved_to=None)
        moved = tuple(
            Source(name=s.name, channel=s.channel, settings={"url": "other"}) for s in settings().sources
        )
        provision(connection, settings(sources=moved), now=NOW)

        assert sources.load_sources(connection, [one])[0].cursor == {}


def test_the_same_file_twice_changes_nothing(store: Store) -> None:
    with store.writing() as connection:
        sources.save_cursor(connection, 1, {"page": 7}, new_at=None, moved_to=None)
        everything = select(schema.sources).order_by(schema.sources.c.id)
        before = connection.execute(everything).all()

        provision(connection, settings(), now=NOW + HOUR)

        assert connection.execute(everything).all() == before


def test_what_leaves_the_file_is_switched_off_and_its_mentions_stay(store: Store) -> None:
    with store.writing() as connection:
        add_mentions(connection, 2, [said("t3_a")], now=NOW)
        provision(connection, settings(sources=settings().sources[:1], rules=()), now=NOW)

    with store.reading() as connection:
        assert [state.name for state in sources.source_states(connection)] == ["northside-blog"]
        assert reading.collected_in(connection, Period(NOW, NOW + HOUR)) != []
    assert due(store) == [1]


def test_coverage_counts_what_a_source_was_first_to_bring_in_a_period(store: Store) -> None:
    with store.writing() as connection:
        add_mentions(connection, 2, [said("t3_a"), said("t3_b")], now=NOW)
        add_mentions(connection, 2, [said("t3_b"), said("t3_c")], now=NOW + HOUR)

    with store.reading() as connection:
        later = attempts.states_in(connection, Period(NOW + HOUR, NOW + 2 * HOUR))
        assert later is not None
        assert {state.name: state.heard for state in later} == {"northside-blog": 0, FORUM: 1}


def letter(key: str = "digest/daily/a@rfn.example/1") -> Message:
    return Message(
        key=key, recipient="mailto:a@rfn.example", kind="digest", subject="s", text="t", headers={"A": "b"}
    )


def test_a_letter_with_the_same_key_is_there_once(store: Store) -> None:
    with store.writing() as connection:
        assert outbox.put(connection, letter(), [], now=NOW)
        assert not outbox.put(connection, letter(), [], now=NOW)

    with store.reading() as connection:
        assert [kept.message for kept in outbox.load_messages(connection)] == [letter()]


def test_a_letter_is_claimed_tried_again_and_sent_once(store: Store) -> None:
    with store.writing() as connection:
        outbox.put(connection, letter(), [], now=NOW)
        (row,) = claims.due_messages(connection, now=NOW, limit=5)
        assert claims.due_messages(connection, now=NOW, limit=5) == []
        assert claims.still_mine(connection, schema.outbox, row, now=NOW)
        outbox.mark_unsent(connection, row, "no route", now=NOW, again_at=NOW + HOUR)
        assert claims.due_messages(connection, now=NOW, limit=5) == []
        assert claims.due_messages(connection, now=NOW + HOUR, limit=5) == [row]
        outbox.mark_sent(connection, row, now=NOW + HOUR)

    with store.reading() as connection:
        (kept,) = outbox.load_messages(connection)
        assert (kept.state, kept.attempts, kept.last_error) == ("sent", 2, "")


def test_a_letter_that_is_never_tried_again_has_failed_for_all_to_see(store: Store) -> None:
    with store.writing() as connection:
        outbox.put(connection, letter(), [], now=NOW)
        outbox.mark_unsent(connection, 1, "no such person", now=NOW, again_at=None)

        assert outbox.outbox_counts(connection) == {"failed": 1}


def test_a_digest_is_recorded_once_for_each_recipient_and_period(store: Store) -> None:
    """faults.md 50."""
    period = Period(NOW - HOUR, NOW)
    with store.writing() as connection:
        assert digests.record_digest(connection, "daily", "a@rfn.example", period, message_key="k", now=NOW)
        assert not digests.record_digest(
            connection, "daily", "a@rfn.example", period, message_key="k", now=NOW
        )
        assert digests.record_digest(connection, "daily", "b@rfn.example", period, message_key="k", now=NOW)
        assert digests.last_end(connection, "daily", "a@rfn.example") == NOW
        assert digests.last_end(connection, "weekly", "a@rfn.example") is None


def fired(store: Store, *names: str) -> int:
    with store.writing() as connection:
        ids = tuple(add_mentions(connection, 2, [said(name) for name in names], now=NOW).new)
        return alerts.add_alert(
            connection, Alert(rule="concerns", kind="concern", fired_at=NOW, text="x", mentions=ids)
        )


def test_an_alert_is_listed_with_its_mentions(store: Store) -> None:
    fired(store, "t3_a", "t3_b")

    with store.reading() as connection:
        (alert,) = alerts.list_alerts(connection)
        assert (alert.rule, alert.state, alert.fired_at, len(alert.mentions)) == ("concerns", "open", NOW, 2)
        assert alerts.fired_before(connection, "concerns", alert.mentions) == set(alert.mentions)
        assert alerts.fired_before(connection, "another rule", alert.mentions) == set()


def test_more_alerts_than_a_statement_takes_values_are_listed(store: Store) -> None:
    many = 33_000
    with store.writing() as connection:
        row = {"rule_id": 1, "kind": "concern", "fired_at": NOW, "text": "x"}
        connection.execute(schema.alerts.insert(), [row] * many)

    with store.reading() as connection:
        assert len(alerts.list_alerts(connection, limit=many)) == many


def test_an_alert_is_acknowledged_or_rests(store: Store) -> None:
    alert = fired(store, "t3_a")
    late = {"before": NOW + HOUR, "now": NOW + HOUR}
    with store.writing() as connection:
        assert len(alerts.unacknowledged(connection, "concerns", **late)) == 1
        alerts.snooze(connection, alert, until=NOW + 2 * HOUR, now=NOW)
        assert alerts.unacknowledged(connection, "concerns", **late) == []
        assert len(alerts.unacknowledged(connection, "concerns", before=NOW + HOUR, now=NOW + 2 * HOUR)) == 1
        alerts.acknowledge(connection, alert, now=NOW)
        assert alerts.unacknowledged(connection, "concerns", before=NOW + HOUR, now=NOW + 9 * HOUR) == []
        with pytest.raises(NeedsAttention, match="no alert 999"):
            alerts.acknowledge(connection, 999, now=NOW)


def test_a_case_that_goes_on_within_the_cooldown_has_its_alert_already(store: Store) -> None:
    alert = fired(store, "t3_a")
    with store.writing() as connection:
        ids = add_mentions(
            connection, 2, [said("t1_b", "And again.", thread_id="t3_a"), said("t3_c", "New.")], now=NOW
        ).new
        same, other = reading.load_mentions(connection, ids)

        assert alerts.alert_of_case(connection, "concerns", same, since=NOW - HOUR) == alert
        assert alerts.alert_of_case(connection, "concerns", same, since=NOW) is None
        assert alerts.alert_of_case(connection, "concerns", other, since=NOW - HOUR) is None


def test_search_finds_words_phrases_and_prefixes_newest_first(store: Store) -> None:
    texts = ["Late boxes again", "Volunteers wanted: boxes, late!", "José's café", "late, but no b0xes"]
    with store.writing() as connection:
        heard = [
            said(f"t3_{n}", text, published_at=NOW - timedelta(minutes=9 - n)) for n, text in enumerate(texts)
        ]
        ids = add_mentions(connection, 2, heard, now=NOW).new

    with store.reading() as connection:

        def found(words: str) -> list[str]:
            return [mention.text for mention in search(connection, Query(words=words), limit=10)]

        assert found("late boxes") == [texts[1], texts[0]]
        assert found('"late boxes"') == [texts[0]]
        assert found("volunt*") == [texts[1]]
        assert found("JOSE cafe") == [texts[2]]
        assert len(found("")) == 4
        assert found('late "OR"') == []
        assert matching(connection, "late", ids[:2]) == set(ids[:2])
        assert matching(connection, "late", ids[2:3]) == set()
