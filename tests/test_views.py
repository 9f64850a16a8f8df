"""The views that analysts read: what they are pinned to, and what they show and keep back."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from docs.views import PAGE, page
from model import Annotation, Author, Mention
from stages.stories import place_stories
from storage import reading, tombstones
from storage.engines import is_sqlite
from storage.mentions import add_mentions
from storage.schema import mentions
from storage.store import Store
from storage.views import NAMES, views
from storage.views.speech import SQLITE
from storage.waiting import refresh_waiting
from tests.lines import BLOG_ID, FORUM_ID
from tests.stores import NOW, record_analysis, said

PINNED: dict[str, list[list[str]]] = json.loads(
    (Path(__file__).parent / "data" / "views.json").read_text(encoding="utf-8")
)
ON_POSTGRESQL = {
    "bigint": "integer",
    "integer": "integer",
    "double precision": "number",
    "text": "text",
    "boolean": "boolean",
    "timestamp with time zone": "time",
    "date": "date",
}
HOUR = timedelta(hours=1)
NORTHSIDE = Author("NorthsideShelter")
US = Author("riversidefood")


def asked(store: Store, statement: str) -> list[Any]:
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def hear(store: Store, *heard: Mention, source: int = FORUM_ID, concern: str = "late") -> list[int]:
    """Store what was said; what holds the word is a concern."""
    with store.writing() as connection:
        new = add_mentions(connection, source, heard, now=NOW).new
        told = reading.load_mentions(connection, new)
        for mention in told:
            label = "yes" if concern in mention.text else "no"
            tag = Annotation(kind="concern", label=label, confidence=1.0)
            record_analysis(connection, mention, "en", [tag], version="1")
        place_stories(connection, told)
        refresh_waiting(connection, [reading.thread_of(mention) for mention in told])
        return new


def test_names_and_order_of_columns_are_as_they_were_released(store: Store) -> None:
    for name, pinned in PINNED.items():
        with store.reading() as connection:
            columns = list(connection.execute(text(f"SELECT * FROM {name}")).keys())

        assert columns[: len(pinned)] == [column for column, _ in pinned], name
    assert set(PINNED) == set(NAMES)


def test_every_view_is_pinned_with_its_types() -> None:
    said_now = {view.name: [[column.name, column.kind] for column in view.columns] for view in views(SQLITE)}

    assert said_now == PINNED


def test_types_on_postgresql_are_as_they_were_released(store: Store) -> None:
    with store.reading() as connection:
        if is_sqlite(connection):
            return  # a view's column has no type there
        typed = connection.execute(
            text(
                "SELECT table_name, column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND table_name LIKE 'v\\_%' "
                "ORDER BY table_name, ordinal_position"
            )
        ).all()

    found: dict[str, list[list[str]]] = {}
    for name, column, kind in typed:
        found.setdefault(name, []).append([column, ON_POSTGRESQL[kind]])
    assert found == PINNED


def test_the_page_says_of_each_column_what_the_code_says() -> None:
    written = PAGE.read_text(encoding="utf-8")

    assert written == page(written), "run python -m docs.views"


def test_no_view_names_a_column_that_is_nobodys_business() -> None:
    kept_back = {
        "raw",
        "settings",
        "settings_hash",
        "cursor",
        "content_hash",
        "claimed_by",
        "moved_to",
    }

    shown = {column.of.rpartition(".")[2] for view in views(SQLITE) for column in view.columns}

    assert not shown & kept_back


def test_a_mention_is_shown_with_who_where_and_what(store: Store) -> None:
    (row,) = hear(store, said("t3_a", "The boxes came late.", author=NORTHSIDE, title="Boxes"))

    (shown,) = asked(
        store,
        "SELECT id, source, author, author_partner, title, text, is_concern, is_unanswered, by_us FROM v_mentions",
    )

    boxes = ("Boxes", "The boxes came late.")
    assert shown == (row, "r-foodbanks", "NorthsideShelter", "Northside Shelter", *boxes, 1, 1, 0)


def test_times_compare_with_iso_8601_on_both_engines(store: Store) -> None:
    hear(store, said("a", published_at=NOW - 2 * HOUR), said("b", published_at=NOW))

    since = asked(store, "SELECT external_id FROM v_mentions WHERE published_at >= '2026-11-20T05:00:00Z'")
    of_the_day = asked(
        store, "SELECT external_id FROM v_mentions WHERE published_at >= '2026-11-20' ORDER BY id"
    )

    assert (since, of_the_day) == ([("b",)], [("a",), ("b",)])


def test_what_was_taken_back_is_in_no_view(store: Store) -> None:
    hear(store, said("t3_a", "The boxes with the canary came late."), said("t3_b", "Thank you, this helps."))
    with store.writing() as connection:
        tombstones.bury(connection, FORUM_ID, ["t3_a"], now=NOW)

    assert asked(store, "SELECT external_id FROM v_mentions") == [("t3_b",)]
    assert asked(store, "SELECT DISTINCT label FROM v_annotations") == [("no",)]
    assert asked(store, "SELECT * FROM v_concerns") == []
    for name in NAMES:
        assert "canary" not in str(asked(store, f"SELECT * FROM {name}")), name


def test_a_case_is_a_thread_of_one_speakers_partner(store: Store) -> None:
    first, *_ = hear(
        store,
        said("t3_a", "The boxes came late.", author=NORTHSIDE, published_at=NOW - 3 * HOUR),
        said("t1_b", "And late again.", author=NORTHSIDE, thread_id="t3_a", published_at=NOW - 2 * HOUR),
        said("t1_c", "Ours was late too.", thread_id="t3_a", published_at=NOW - HOUR),
    )

    cases = asked(
        store, "SELECT id, author_partner, mentions, unanswered, is_answered FROM v_concerns ORDER BY id"
    )

    assert cases[0] == (first, "Northside Shelter", 2, 2, 0)
    assert cases[1][1:] == (None, 1, 1, 0)


def test_copies_of_one_story_in_two_threads_are_one_case_with_what_hangs_on_them(store: Store) -> None:
    copy = "The weekend boxes came late again and nobody at Riverside told us why."
    hear(store, said("t3_a", copy), said("t1_b", "So late here.", thread_id="t3_a"))
    hear(store, said("t3_c", copy), said("t1_d", "So late.", thread_id="t3_c"))
    hear(store, said("t3_e", "Another late thing."))

    assert asked(store, "SELECT mentions FROM v_concerns ORDER BY mentions") == [(1,), (4,)]


def test_an_answered_case_says_when(store: Store) -> None:
    asked_at = NOW - 5 * HOUR
    hear(
        store,
        said("t3_a", "The boxes came late.", published_at=asked_at),
        said("t1_b", "We are sorry.", author=US, thread_id="t3_a", published_at=asked_at + 2 * HOUR),
    )

    (case,) = asked(store, "SELECT is_answered, unanswered, answer_hours, age_hours > 0 FROM v_concerns")

    assert case == (1, 0, 2.0, 1)


def test_a_partner_counts_its_own_mentions(store: Store) -> None:
    hear(store, said("a", "So late.", author=NORTHSIDE), said("b", "Fine.", author=NORTHSIDE), said("c"))

    (partner,) = asked(store, "SELECT name, aliases, mentions, concerns, unanswered FROM v_partners")

    assert partner == ("Northside Shelter", "Northside", 2, 1, 1)


def test_a_paused_source_is_off_and_a_removed_one_has_no_health(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(
            text("UPDATE sources SET paused_at = created_at WHERE id = :row"), {"row": BLOG_ID}
        )
        connection.execute(
            text("UPDATE sources SET removed_at = created_at WHERE id = :row"), {"row": FORUM_ID}
        )

    assert asked(store, "SELECT source, status, reason FROM v_source_health") == [
        ("northside-blog", "off", "paused")
    ]
    assert len(asked(store, "SELECT name FROM v_sources")) == 2


def test_a_damaged_reason_hides_no_other_row(store: Store) -> None:
    hear(store, said("a"), said("b"))
    with store.writing() as connection:
        if is_sqlite(connection):
            connection.execute(
                text(
                    "UPDATE annotations SET because = '[{' WHERE mention_id = (SELECT min(id) FROM mentions)"
                )
            )

    assert asked(store, "SELECT words FROM v_annotations") == [(None,), (None,)]


def test_a_condition_on_the_date_is_answered_by_an_index(store: Store) -> None:
    with store.reading() as connection:
        if not is_sqlite(connection):
            return  # a plain column there
        asking = "EXPLAIN QUERY PLAN SELECT count(*) FROM v_mentions WHERE published_at >= '2026-11-01'"
        plan = " ".join(row.detail for row in connection.execute(text(asking)))

    assert "ix_mentions_published" in plan


def test_ids_join_the_views(store: Store) -> None:
    (row,) = hear(store, said("a", "So late."))

    joined = asked(store, "SELECT m.id FROM v_mentions m JOIN v_annotations t ON t.mention_id = m.id")

    with store.reading() as connection:
        assert joined == [(row,)] == connection.execute(select(mentions.c.id)).all()
