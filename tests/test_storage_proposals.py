"""Proposals in the store and at the command line: a person decides, and what was decided stays."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from analysis.contract import Analysis
from errors import NeedsAttention
from model import Author, Mention, Proposal
from stages.analyze import record
from storage import open_store, tombstones
from storage.mentions import add_mentions
from storage.proposals import Kept, accept, decline, list_proposals, proposals, propose
from storage.provision import provision
from storage.reading import load_mentions
from storage.store import Store
from tests.commandline import earshot
from tests.references import valid
from tests.stores import NOW, said, settings, url_of

FORUM_ID = 2
US = Author("RiversideFood")


def seen(what: str = "publish the list", **more: object) -> Proposal:
    given: dict[str, object] = {
        "kind": "promise",
        "what": what,
        "place": "text",
        "start": 0,
        "end": 7,
        "confidence": 0.9,
        "due_words": "by Friday",
        "due_on": date(2026, 11, 27),
    }
    return Proposal(**{**given, **more})  # type: ignore[arg-type]


def reply(store: Store, name: str = "t1_a") -> Mention:
    with store.writing() as connection:
        text = "We will publish the list by Friday."
        ids = add_mentions(connection, FORUM_ID, [said(name, text, author=US)], now=NOW).new
        return load_mentions(connection, ids)[0]


def put(store: Store, mention: Mention, *found: Proposal) -> list[Kept]:
    with store.writing() as connection:
        propose(connection, mention, found)
        return list_proposals(connection)


def test_the_table_is_the_one_that_the_migration_made(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: kind != "table" or name == "proposals",
                "include_object": lambda _, name, kind, *more: kind != "table" or name == "proposals",
            },
        )
        assert compare_metadata(context, proposals.metadata) == []


def test_what_was_seen_comes_out_as_it_went_in_and_waits_for_a_person(store: Store) -> None:
    mention = reply(store)

    (kept,) = put(store, mention, seen(to_whom="Maria"))

    assert kept.proposal == seen(to_whom="Maria")
    assert (kept.state, kept.mention_id, kept.decided_at) == ("proposed", mention.id, None)


def test_a_new_analysis_replaces_what_nobody_has_decided(store: Store) -> None:
    mention = reply(store)
    put(store, mention, seen("publish"), seen("send"))

    left = put(store, mention, seen("publish the list"))

    assert [kept.proposal.what for kept in left] == ["publish the list"]


def test_what_was_decided_stays_and_is_not_proposed_again(store: Store) -> None:
    mention = reply(store)
    first, second = put(store, mention, seen("publish"), seen("send", due_on=None))
    with store.writing() as connection:
        accept(connection, first.id, due_on=date(2026, 12, 1), now=NOW)
        decline(connection, second.id, now=NOW)

    left = put(store, mention, seen("publish"), seen("send"), seen("call"))

    assert [(kept.proposal.what, kept.state) for kept in left] == [
        ("call", "proposed"),
        ("publish", "accepted"),
        ("send", "declined"),
    ]
    assert left[1].proposal.due_on == date(2026, 12, 1)
    assert left[1].decided_at == NOW


def test_a_proposal_that_is_not_there_is_refused_in_words(store: Store) -> None:
    with store.writing() as connection:
        with pytest.raises(NeedsAttention, match="no proposal 7"):
            decline(connection, 7, now=NOW)


def test_what_is_taken_back_promises_nothing(store: Store) -> None:
    """faults.md 26."""
    put(store, reply(store), seen())

    with store.writing() as connection:
        tombstones.bury(connection, FORUM_ID, ["t1_a"], now=NOW)
        assert list_proposals(connection) == []


def test_analysis_proposes_from_our_own_words_alone(store: Store) -> None:
    ours = reply(store)
    with store.writing() as connection:
        ids = add_mentions(connection, FORUM_ID, [said("t1_b")], now=NOW).new
        theirs = load_mentions(connection, ids)[0]
        found = Analysis("en", (), proposals=(seen(),))
        record([(ours, found, "1"), (theirs, found, "1")], connection, rules_since=None)
        kept = list_proposals(connection)

    assert [one.mention_id for one in kept] == [ours.id]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "earshot.toml"
    file.write_text('[organisation]\nname = "Riverside Food Network"\n', encoding="utf-8")
    store = open_store(url_of(tmp_path))
    with store.writing() as connection:
        provision(connection, settings(), now=NOW)
    put(
        store,
        reply(store),
        seen(),
        seen("Thanks, Tom", kind="thanks", to_whom="Tom", due_on=None, due_words=""),
    )
    store.close()
    return file


def listed(config: Path, *more: str) -> list[dict[str, object]]:
    told = earshot("promise", "list", "--json", "--config", config, *more)
    rows: list[dict[str, object]] = valid("promise", json.loads(told.out))
    return rows


def test_a_person_accepts_or_declines_at_the_command_line(config: Path) -> None:
    (promise,) = listed(config)
    (thanked,) = listed(config, "--kind", "thanks")

    kept = earshot("promise", "accept", str(promise["id"]), "--by", "2026-12-01", "--config", config)
    refused = earshot("promise", "decline", str(thanked["id"]), "--config", config)

    assert (kept.code, refused.code) == (0, 0)
    assert [(row["what"], row["due_on"]) for row in listed(config, "--state", "accepted")] == [
        ("publish the list", "2026-12-01")
    ]
    assert [row["to_whom"] for row in listed(config, "--state", "declined", "--kind", "all")] == ["Tom"]
    assert listed(config, "--state", "proposed", "--kind", "all") == []


def test_the_table_tells_what_by_when(config: Path) -> None:
    told = earshot("promise", "list", "--config", config)

    assert "publish the list" in told.out
    assert "2026-11-27" in told.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("accept", "99"), 1, "no proposal 99"),
        (("accept", "1", "--by", "soon"), 2, "no day"),
        (("list", "--help"), 0, "Example: earshot promise list"),
        (("accept", "--help"), 0, "Example: earshot promise accept"),
        (("decline", "--help"), 0, "Example: earshot promise decline"),
    ],
)
def test_each_command_explains_itself(config: Path, words: tuple[str, ...], code: int, says: str) -> None:
    told = earshot("promise", *words, *([] if "--help" in words else ["--config", str(config)]))

    assert told.code == code
    assert says in told.out + told.err


def test_a_day_is_due_in_its_order(store: Store) -> None:
    mention = reply(store)
    later = date(2026, 11, 27) + timedelta(days=3)

    found = put(store, mention, seen("b", due_on=None), seen("c", due_on=later), seen("a"))

    assert [kept.proposal.what for kept in found] == ["a", "c", "b"]
