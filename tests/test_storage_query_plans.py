"""Where a query is looked for: the newest hits come in their order, and nothing common is read to its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert

from model import Author
from storage.mentions import add_mentions
from storage.query.branches import MOST_BRANCHES, branches
from storage.query.conditions import Asking
from storage.query.explain import how, told
from storage.query.moments import Clock
from storage.query.parse import parse
from storage.query.plan import FEW, page, ways
from storage.query.resolve import resolved
from storage.query.tree import Tree
from storage.schema import mention_annotations
from storage.store import Store
from tests.lines import BLOG_ID, FORUM_ID
from tests.stores import NOW, a_store, said

CLOCK = Clock(NOW)
MANY = FEW + 20


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store in which a channel, a source, a need and a partner are common, and another need and a word are rare."""
    heard = [
        said(
            f"m{number}",
            "late box" if number else "a rare bird",
            author=Author("NorthsideShelter"),
            published_at=NOW - timedelta(minutes=number),
        )
        for number in range(MANY)
    ]
    with a_store(tmp_path_factory.mktemp("plans")) as opened:
        with opened.writing() as connection:
            ids = [
                row
                for start in range(0, MANY, 510)
                for row in add_mentions(connection, FORUM_ID, heard[start : start + 510], now=NOW).new
            ]
            add_mentions(connection, BLOG_ID, heard[:2], now=NOW)
            tag = {"kind": "need", "n": 0, "score": None, "confidence": 1.0, "because": [], "origin": "rule"}
            tags = [{**tag, "mention_id": row, "label": "access", "version": "1"} for row in ids]
            connection.execute(insert(mention_annotations), [*tags, {**tags[0], "label": "safety"}])
        yield opened


def plan(store: Store, words: str) -> tuple[list[str], list[str]]:
    """Return our own ways, and what SQLite says of the statement."""
    with store.reading() as connection:
        asking = Asking(connection, CLOCK)
        tree = parse(words)
        found = ways(asking, None if tree is None else resolved(connection, tree))
        lines = how(asking, found, page(asking, found, limit=50))
    at = lines.index("sqlite says:")
    return lines[:at], lines[at + 1 :]


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("late", "along the full text"),
        ("late OR box", "along the full text"),
        ("late -bird", "along the full text"),
        (
            "late channel:reddit",
            "along the full text; of each hit it is asked whether it is on channel “reddit”",
        ),
        ("title:late", "along the full text"),
        ("channel:reddit", "along the mentions of which it is on channel “reddit”"),
        ("need:access", "along the mentions of which it needs “access”"),
        ("need:access lang:en", "along the mentions of which it needs “access”"),
        ("source:r-foodbanks", "along the mentions of which source “r-foodbanks” brought it"),
        ('from:"Northside Shelter"', "along the mentions of which partner “Northside Shelter” speaks"),
        ("late need:safety", "1 mentions of which it needs “safety”: each of them is looked at"),
        (
            "late source:northside-blog",
            "2 mentions of which source “northside-blog” brought it: each of them",
        ),
        ("channel:reddit is:unanswered", "0 mentions of which it waits for an answer of ours: each of them"),
        ("-late", "along all mentions"),
        ("from:others", "along all mentions"),
        ("", "along all mentions"),
    ],
)
def test_a_query_is_looked_for_where_least_is_read(store: Store, words: str, way: str) -> None:
    lines, engine = plan(store, words)

    assert len(lines) == 1
    assert lines[0].startswith(way)
    if "each of them" not in way:
        assert [line for line in engine if "TEMP B-TREE FOR ORDER BY" in line] == []
    if not way.startswith("along all"):
        assert [line for line in engine if line.strip() == "SCAN mentions"] == []


def test_words_or_a_field_are_two_ways_merged(store: Store) -> None:
    lines, engine = plan(store, "late (channel:reddit OR need:safety) OR source:northside-blog")

    assert [line.split(":")[0] for line in lines[:3]] == [
        "1. along the full text; of each hit it is asked whether it is on channel “reddit”",
        "2. 1 mentions of which it needs “safety”",
        "3. 2 mentions of which source “northside-blog” brought it",
    ]
    assert lines[3] == "merged, the newest first"
    assert [line for line in engine if line.strip() == "SCAN mentions"] == []


def test_branches_have_an_end() -> None:
    pairs = " ".join(f"(w{number} OR need:access)" for number in range(12))
    either = " OR ".join(f"channel:c{number}" for number in range(MOST_BRANCHES + 5))

    assert len(branches(_read(pairs))) <= MOST_BRANCHES
    assert branches(_read(either)) == [[_read(either)]]


def test_a_query_is_told_in_words(store: Store) -> None:
    tree = _read(
        '"late box" ("a b"~3 OR volunt* title:x) -is:concern since:2026-11-19 until:1d saved:y partner:P'
    )

    with store.reading() as connection:
        lines = told(Asking(connection, CLOCK), tree)

    assert lines == [
        "all of these:",
        "  the words “late box” or “lat box”, one after the other",
        "  at least one of these:",
        "    the words “a b”, in any order, at most 3 words between them",
        "    all of these:",
        "      a word that begins with “volunt”",
        "      the word “x”, in its title",
        "  not: it raises a concern",
        "  published from 2026-11-19 00:00 (UTC)",
        "  published before 2026-11-19 06:30 (UTC)",
        "  it matches what is saved as “y”",
        "  partner “P” speaks or is named",
    ]


def _read(words: str) -> Tree:
    tree = parse(words)
    assert tree is not None
    return tree
