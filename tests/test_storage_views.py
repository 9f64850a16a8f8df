"""One mention, seen by two sources in different words, or by nobody any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from model import Annotation, Author, Mention
from storage import reading, schema, tombstones
from storage.edits import earlier_texts
from storage.mentions import Added, add_mentions
from storage.provision import provision
from storage.store import Store
from storage.waiting import refresh_waiting
from tests.lines import BLOG_ID, FORUM_ID
from tests.stores import NOW, US, record_analysis, said, settings

WHOLE, CUT = "The boxes came late again, and nobody told us.", "The boxes came late again, …"
US_SPEAKING = Author("riversidefood")


def add(store: Store, *heard: Mention, source: int = FORUM_ID) -> Added:
    with store.writing() as connection:
        return add_mentions(connection, source, heard, now=NOW)


def text_of(store: Store, row: int) -> str:
    with store.reading() as connection:
        return reading.load_mentions(connection, [row])[0].text


def test_two_sources_that_show_one_mention_in_different_words_do_not_edit_it_for_ever(store: Store) -> None:
    """faults.md 31."""
    (row,) = add(store, said("t3_a", WHOLE)).new
    first = add(store, said("t3_a", CUT), source=BLOG_ID)

    again = [
        add(store, said("t3_a", text), source=source)
        for text, source in 3 * ((WHOLE, FORUM_ID), (CUT, BLOG_ID))
    ]

    assert first.edited == [row]  # it may have been one: nobody can tell yet
    assert [(each.edited, each.unchanged) for each in again] == [([], 1)] * 6
    with store.reading() as connection:
        assert len(earlier_texts(connection, row)) == 1


def test_an_edit_is_seen_by_either_source_and_so_is_going_back_to_the_first_words(store: Store) -> None:
    (row,) = add(store, said("t3_a", WHOLE)).new
    add(store, said("t3_a", CUT), source=BLOG_ID)
    heard = []

    for text, source in (("One.", FORUM_ID), ("Two.", BLOG_ID), ("Two.", FORUM_ID), (WHOLE, FORUM_ID)):
        edited = add(store, said("t3_a", text), source=source).edited
        heard.append((edited == [row], text_of(store, row)))

    assert heard == [(True, "One."), (True, "Two."), (False, "Two."), (True, WHOLE)]


def concern(store: Store) -> None:
    """Let analysis find that every mention is a concern, and see who waits."""
    with store.writing() as connection:
        ids = list(connection.execute(select(schema.mentions.c.id)).scalars())
        everything = reading.load_mentions(connection, ids)
        for mention in everything:
            tag = Annotation(kind="concern", label="yes", confidence=1.0)
            record_analysis(connection, mention, "en", [tag], version="1")
        refresh_waiting(connection, [reading.thread_of(mention) for mention in everything])


def waiting(store: Store) -> list[str]:
    with store.reading() as connection:
        ids = reading.waiting(connection, limit=9, until=NOW + timedelta(days=1))
        return [mention.external_id for mention in reading.load_mentions(connection, ids)]


def test_who_asked_waits_again_where_our_answer_was_taken_back(store: Store) -> None:
    add(store, said("t3_a", published_at=NOW - timedelta(hours=1)))
    add(store, said("t1_b", "We are sorry.", author=US_SPEAKING, thread_id="t3_a"))
    concern(store)
    answered = waiting(store)

    with store.writing() as connection:
        tombstones.bury(connection, FORUM_ID, ["t1_b"], now=NOW)

    assert (answered, waiting(store)) == ([], ["t3_a"])


def test_nobody_waits_where_somebody_answered_who_turns_out_to_be_one_of_us(store: Store) -> None:
    add(store, said("t3_a", published_at=NOW - timedelta(hours=1)))
    add(store, said("t1_b", "We are sorry.", author=Author("rfn_helen"), thread_id="t3_a"))
    concern(store)
    before = waiting(store)
    ours = replace(US, handles={"reddit": ("riversidefood", "rfn_helen")})

    with store.writing() as connection:
        provision(connection, settings(organisation=ours), now=NOW)
    with_her = waiting(store)
    with store.writing() as connection:
        provision(connection, settings(), now=NOW)

    assert (before, with_her, waiting(store)) == (["t3_a", "t1_b"], [], ["t3_a", "t1_b"])


def test_an_author_of_whom_no_mention_is_left_is_gone_and_another_stays(store: Store) -> None:
    add(store, said("a", author=Author("once")), said("b", author=Author("twice")))
    add(store, said("c", author=Author("twice")))

    with store.writing() as connection:
        tombstones.bury(connection, FORUM_ID, ["a", "b"], now=NOW)

    with store.reading() as connection:
        assert list(connection.execute(select(schema.authors.c.handle)).scalars()) == ["twice"]
