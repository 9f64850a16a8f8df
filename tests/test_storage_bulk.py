"""Many rows at once are stored as one by one: by COPY, by a prepared statement, and as a batch of an analysis."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from model import Annotation, Correction, Mention
from storage import reading
from storage.annotations import Found, record_analyses
from storage.bulk import insert_rows
from storage.corrections import correct
from storage.schema import mention_sources, mentions
from storage.store import Store
from tests.lines import BLOG_ID, FORUM_ID
from tests.stores import NOW, said
from tests.test_storage_views import add

ODD: tuple[dict[str, Any], ...] = (
    {"text": "plain", "title": "", "raw": None, "lang": None},
    {"text": "a\tb\\n\nc\\.", "title": "\\N", "raw": {"a": ["\\", "\t", "\0"]}, "lang": "en"},
    {"text": "half \ud83d and NUL \0", "title": "ü", "raw": "x", "lang": None},
    {"text": "", "title": "a;b|c,\r\n", "raw": [float("nan"), True], "lang": "pt"},
)


def row(number: int, odd: dict[str, Any], *, at: datetime = NOW) -> dict[str, Any]:
    given = {
        "id": number,
        "channel": "rss",
        "scope": "",
        "external_id": f"m{number}",
        "content_hash": "0",
        "story_id": number,
        "published_at": at,
        "collected_at": NOW,
        "thread_external_id": f"m{number}",
        "by_us": False,
        "waits": number % 2 == 0,
        "author_id": None,
    }
    return given | odd


def stored(store: Store) -> list[tuple[object, ...]]:
    own = (mentions.c.id, mentions.c.external_id, mentions.c.thread_external_id, mentions.c.story_id)
    with store.reading() as connection:
        asked = select(*(column for column in mentions.c if column not in own)).order_by(mentions.c.id)
        return [tuple(found) for found in connection.execute(asked)]


def test_rows_at_once_are_what_sqlalchemy_stores_of_them(store: Store) -> None:
    one_by_one = [row(n, odd, at=NOW - timedelta(hours=n)) for n, odd in enumerate(ODD)]
    at_once = [row(10 + n, odd, at=NOW - timedelta(hours=n)) for n, odd in enumerate(ODD)]

    with store.writing() as connection:
        connection.execute(insert(mentions), one_by_one)
        insert_rows(connection, mentions, at_once)

    assert stored(store)[: len(ODD)] == stored(store)[len(ODD) :]


@pytest.mark.parametrize("rows", [0, 1])
def test_none_and_one_are_rows_too(store: Store, rows: int) -> None:
    with store.writing() as connection:
        insert_rows(connection, mentions, [row(n, ODD[1]) for n in range(rows)])

    assert len(stored(store)) == rows


def test_what_the_database_refuses_is_told_as_ever_and_nothing_of_it_is_stored(store: Store) -> None:
    (known,) = add(store, said("t3_a")).new
    of_nobody = [
        {"source_id": BLOG_ID, "mention_id": mention, "first_seen_at": NOW} for mention in (known, known + 1)
    ]

    with pytest.raises(IntegrityError), store.writing() as connection:
        insert_rows(connection, mention_sources, of_nobody)

    with store.reading() as connection:
        places = connection.execute(select(mention_sources.c.source_id)).scalars().all()
    assert places == [FORUM_ID]


def test_an_analysis_stores_many_at_once_and_leaves_out_what_was_edited_meanwhile(store: Store) -> None:
    ids = add(store, said("t3_a"), said("t3_b"), said("t3_c")).new
    loaded = load(store, ids)
    add(store, said("t3_b", "Something else by now."))
    not_that = Correction(kind="need", label="quality", holds=False, by="Ann", at=NOW)
    with store.writing() as connection:
        correct(connection, ids[2], [not_that], now=NOW)
    tags = [Annotation(kind="need", label=label, confidence=1.0) for label in ("quality", "safety")]

    with store.writing() as connection:
        kept = record_analyses(
            connection, [Found(mention, "en", tags, "1") for mention in [*loaded, loaded[0]]]
        )

    assert [mention.id for mention in kept] == [ids[0], ids[2]]
    assert [[tag.label for tag in mention.annotations] for mention in load(store, ids)] == [
        ["quality", "safety"],
        [],
        ["safety"],
    ]


def load(store: Store, ids: list[int]) -> list[Mention]:
    with store.reading() as connection:
        return reading.load_mentions(connection, ids)
