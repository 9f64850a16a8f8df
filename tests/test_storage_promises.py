"""What became of a promise: said once, kept with its history, and told by the digest of its own day."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from errors import NeedsAttention
from model import Author, Period, Proposal
from storage import tombstones
from storage.mentions import add_mentions
from storage.promises import (
    Standing,
    Word,
    outcome_after,
    outcomes,
    outcomes_of,
    promises_told,
    renegotiate,
    reopen,
    say_broken,
    say_kept,
    stood,
)
from storage.proposals import accept, list_proposals, propose
from storage.reading import load_mentions
from storage.store import Store
from tests.commandline import earshot
from tests.references import valid
from tests.stores import NOW, a_store, said

DAY = timedelta(days=1)
TODAY = NOW.date()
PERIOD = Period(NOW - DAY, NOW)
BEFORE, WITHIN, AFTER = NOW - 2 * DAY, NOW - DAY / 2, NOW + DAY / 2


def promise(connection: Connection, due_on: date | None = TODAY, name: str = "t1_a") -> int:
    """A promise that somebody accepted; return its number."""
    ours = said(name, "We will publish the list.", author=Author("RiversideFood"))
    (row,) = add_mentions(connection, 2, [ours], now=NOW - 3 * DAY).new
    (mention,) = load_mentions(connection, [row])
    seen = Proposal(
        kind="promise", what="publish the list", place="text", start=0, end=7, confidence=0.9, due_on=due_on
    )
    propose(connection, mention, [seen])
    number = max(kept.id for kept in list_proposals(connection))
    accept(connection, number, due_on=None, now=NOW - 3 * DAY)
    return number


def told(connection: Connection, period: Period = PERIOD) -> list[Standing]:
    return promises_told(connection, TODAY - 30 * DAY, TODAY + 7 * DAY, period, limit=9)


def test_what_was_kept_is_told_once_by_the_digest_of_its_day(store: Store) -> None:
    with store.writing() as connection:
        number = promise(connection)
        before = told(connection)
        say_kept(connection, number, now=WITHIN)

        assert [one.outcome for one in before] == ["open"]
        assert [(one.outcome, one.due_on) for one in told(connection)] == [("kept", TODAY)]
        assert told(connection, Period(NOW, NOW + DAY)) == []
        earlier = told(connection, Period(NOW - 2 * DAY, NOW - DAY))
        assert [one.outcome for one in earlier] == ["open"]  # a digest of the past knows what was known then


def test_what_was_broken_says_so_even_long_after_its_day(store: Store) -> None:
    with store.writing() as connection:
        number = promise(connection, TODAY - 90 * DAY)
        assert told(connection) == []

        say_broken(connection, number, now=WITHIN)

        assert [one.outcome for one in told(connection)] == ["broken"]


def test_another_day_shows_where_it_came_from_and_a_digest_of_the_past_the_day_of_then(store: Store) -> None:
    with store.writing() as connection:
        number = promise(connection)
        renegotiate(connection, number, due_on=TODAY + 5 * DAY, now=WITHIN)

        ((of_then,), (now,), (later,)) = (
            told(connection, Period(NOW + n * DAY, NOW + (n + 1) * DAY)) for n in (-2, -1, 0)
        )

    assert (of_then.due_on, of_then.moved_from) == (TODAY, None)
    assert (now.due_on, now.moved_from) == (TODAY + 5 * DAY, TODAY)
    assert (later.due_on, later.moved_from) == (TODAY + 5 * DAY, None)


def test_what_was_said_by_mistake_is_taken_back(store: Store) -> None:
    with store.writing() as connection:
        number = promise(connection)
        say_kept(connection, number, now=WITHIN)
        reopen(connection, number, now=WITHIN)

        assert [one.outcome for one in told(connection)] == ["open"]
        assert [word.said for word in outcomes_of(connection, [number])[number]] == ["kept", "reopened"]


def test_only_what_was_accepted_can_be_kept(store: Store) -> None:
    with store.writing() as connection:
        number = promise(connection)
        (mention,) = load_mentions(connection, [list_proposals(connection)[0].mention_id])
        thanks, open_one = (
            Proposal(kind=kind, what="Thanks, Tom", place="text", start=0, end=6, confidence=0.9)
            for kind in ("thanks", "promise")
        )
        propose(connection, mention, [thanks, open_one])
        numbers = {(kept.proposal.kind, kept.state): kept.id for kept in list_proposals(connection)}

        for wrong, words in (
            (number + 99, "no promise"),
            (numbers["thanks", "proposed"], "no promise"),
            (numbers["promise", "proposed"], "promise accept"),
        ):
            with pytest.raises(NeedsAttention, match=words):
                say_kept(connection, wrong, now=NOW)


def test_what_is_taken_back_leaves_no_word_of_what_became_of_it(store: Store) -> None:
    """faults.md 26."""
    with store.writing() as connection:
        say_kept(connection, promise(connection), now=WITHIN)
        tombstones.bury(connection, 2, ["t1_a"], now=NOW)

        assert connection.execute(select(outcomes)).all() == []


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ([], "open"),
        ([Word("kept", NOW)], "kept"),
        ([Word("kept", NOW), Word("broken", NOW)], "broken"),
        ([Word("broken", NOW), Word("renegotiated", NOW)], "open"),
    ],
    ids=str,
)
def test_the_last_word_holds(words: list[Word], outcome: str) -> None:
    assert outcome_after(words) == outcome


@pytest.mark.parametrize(
    ("at", "outcome"), [(BEFORE, None), (WITHIN, "kept"), (AFTER, "open")], ids=["before", "within", "after"]
)
def test_a_period_knows_what_was_said_until_its_end(store: Store, at: datetime, outcome: str | None) -> None:
    with store.writing() as connection:
        promise(connection)
        (kept,) = list_proposals(connection)

    standing = stood(kept, [Word("kept", at)], PERIOD)

    assert (standing and standing.outcome) == outcome


def test_a_person_says_at_the_command_line_what_became_of_it(tmp_path: Path) -> None:
    config = tmp_path / "earshot.toml"
    config.write_text('[organisation]\nname = "Riverside Food Network"\n', encoding="utf-8")
    with a_store(tmp_path) as store, store.writing() as connection:
        number = str(promise(connection))

    def row() -> tuple[object, ...]:
        (one,) = valid(
            "promise", json.loads(earshot("promise", "list", "--json", "--config", str(config)).out)
        )
        return one["outcome"], one["due_on"], one["first_due_on"], one["outcome_at"] is None

    def run(*words: str) -> int:
        return earshot("promise", *words, "--config", str(config)).code

    assert row() == ("open", "2026-11-20", "2026-11-20", True)
    assert run("renegotiate", number, "--by", "2026-12-15") == 0
    assert row() == ("open", "2026-12-15", "2026-11-20", False)
    assert run("break", number) == 0
    assert row()[0] == "broken"
    assert run("reopen", number) == 0
    assert run("keep", number) == 0
    assert row()[0] == "kept"
    assert "kept" in earshot("promise", "list", "--config", str(config)).out
    assert run("keep", "99") == 1
    assert run("renegotiate", number, "--by", "soon") == 2
