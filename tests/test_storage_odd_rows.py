"""What is odd in a store and beside it: tags that cannot be stored, damaged cells, better dates, overlong ids."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from model import Annotation
from storage import own_sources, reading, rechecks, sources, tombstones
from storage.edits import earlier_texts
from storage.store import Store
from tests.lines import BLOG_ID, FORUM_ID
from tests.stores import NOW, a_store, record_analysis, said
from tests.test_storage_views import US_SPEAKING, add, concern, waiting

BROKEN_TAGS = (
    Annotation(kind="need", label="quality", confidence=None),  # type: ignore[arg-type]
    Annotation(kind="need", label="quality", confidence=float("nan")),
    Annotation(kind="need", label="", confidence=1.0),
    Annotation(kind="sentiment", label="negative", confidence=1.0, score="bad"),  # type: ignore[arg-type]
)


def test_a_tag_that_cannot_be_stored_keeps_no_other_out(store: Store) -> None:
    """faults.md 36."""
    (row,) = add(store, said("t3_a")).new
    good = Annotation(kind="need", label="q" * 400, confidence=1.0)

    with store.writing() as connection:
        (mention,) = reading.load_mentions(connection, [row])
        record_analysis(connection, mention, "en", [*BROKEN_TAGS, good], version="1")

    with store.reading() as connection:
        (mention,) = reading.load_mentions(connection, [row])
    assert [(tag.kind, tag.label) for tag in mention.annotations] == [("need", "q" * 250)]


@pytest.mark.parametrize("damaged", ['{"in": "text"}', "[3]", "null", '[{"in": "text"}]'])
def test_a_tag_whose_reasons_are_damaged_is_read_without_them(store: Store, damaged: str) -> None:
    (row,) = add(store, said("t3_a")).new
    concern(store)
    with store.writing() as connection:
        connection.execute(text("UPDATE annotations SET because = :damaged"), {"damaged": damaged})

    with store.reading() as connection:
        (mention,) = reading.load_mentions(connection, [row])
    assert [(tag.label, tag.because) for tag in mention.annotations] == [("yes", ())]


def test_a_damaged_cell_of_json_is_read_as_nothing(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        (row,) = add(store, said("t3_a", raw={"x": 1})).new
        concern(store)
        with store.writing() as connection:
            for statement in ("annotations SET because", "mentions SET raw", "sources SET cursor"):
                connection.execute(text(f"UPDATE {statement} = '{{'"))

        with store.reading() as connection:
            (mention,) = reading.load_mentions(connection, [row])
            cursors = [each.cursor for each in sources.load_sources(connection, [BLOG_ID, FORUM_ID])]
    assert (mention.raw, mention.annotations[0].because, cursors) == (None, (), [{}, {}])


def test_a_better_date_and_a_better_place_are_written_down_without_a_revision(store: Store) -> None:
    """faults.md 32."""
    (row,) = add(store, said("t1_b", published_at=None)).new
    when = NOW - timedelta(days=3)

    again = add(store, said("t1_b", published_at=when, parent_id="t3_a", thread_id="t3_a"))
    later = add(store, said("t1_b", published_at=NOW))

    with store.reading() as connection:
        (mention,) = reading.load_mentions(connection, [row])
        assert earlier_texts(connection, row) == []
    assert (again.unchanged, later.unchanged) == (1, 1)
    assert (mention.published_at, mention.undated) == (when, False)
    assert (mention.parent_id, mention.thread_id) == ("t3_a", "t3_a")


def test_an_answer_whose_thread_is_known_later_ends_the_waiting_in_it(store: Store) -> None:
    add(store, said("t3_a", published_at=NOW - timedelta(hours=1)))
    add(store, said("t1_b", "We are sorry.", author=US_SPEAKING))
    concern(store)
    before = waiting(store)

    add(store, said("t1_b", "We are sorry.", author=US_SPEAKING, thread_id="t3_a"))

    assert (before, waiting(store)) == (["t3_a"], [])


def test_an_overlong_id_is_one_mention_however_often_it_comes(store: Store) -> None:
    """faults.md 31."""
    ids = [f"https://blog.example/{'é' * 3_000}/{n}" for n in range(2)]

    first = add(store, *[said(each) for each in ids])
    again = add(store, *[said(each) for each in ids])
    with store.writing() as connection:
        gone = tombstones.bury(connection, FORUM_ID, ids[:1], now=NOW)

    assert (len(first.new), again.unchanged, gone) == (2, 2, first.new[:1])


def test_what_is_due_at_sources_that_nobody_listens_to_is_put_off(store: Store) -> None:
    ids = add(store, said("t3_a"), said("t3_b")).new + add(store, said("x"), source=BLOG_ID).new
    with store.writing() as connection:
        rechecks.plan_first(connection, ids, NOW)
        own_sources.pause(connection, "r-foodbanks", now=NOW)

        rechecks.put_off_the_unheard(connection, now=NOW)

        paused = [
            rechecks.claim(connection, FORUM_ID, now=at, limit=9) for at in (NOW, NOW + timedelta(days=1))
        ]
        (heard,) = rechecks.claim(connection, BLOG_ID, now=NOW, limit=9)
    assert [len(claimed) for claimed in paused] == [0, 2]
    assert heard.external_id == "x"
