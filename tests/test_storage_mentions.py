"""Mentions in the store: once each, edits as revisions, gone when taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from model import Annotation, Author, Mention, Message, Period, Reason
from storage import outbox, reading, tombstones
from storage.edits import earlier_texts
from storage.ids import PER_INSTANT, SEQUENCE_BITS, first_id, instant
from storage.mentions import Added, add_mentions
from storage.provision import provision
from storage.store import Store
from storage.waiting import refresh_waiting
from tests.stores import NOW, record_analysis, said, settings

BLOG_ID, FORUM_ID = 1, 2
ALWAYS = Period(NOW - timedelta(days=1), NOW + timedelta(days=400))


def add(store: Store, *mentions: Mention, source: int = FORUM_ID, now: datetime = NOW) -> Added:
    with store.writing() as connection:
        return add_mentions(connection, source, mentions, now=now)


def kept(store: Store) -> list[Mention]:
    with store.reading() as connection:
        return reading.load_mentions(connection, reading.collected_in(connection, ALWAYS))


def test_what_was_heard_is_kept_whole(store: Store) -> None:
    heard = said(
        "t1_b", title="Late", url="https://reddit.example/b", parent_id="t3_a", thread_id="t3_a", lang="en"
    )

    add(store, said("t3_a"), heard)

    told = next(mention for mention in kept(store) if mention.external_id == "t1_b")
    assert (told.title, told.text, told.url) == (heard.title, heard.text, heard.url)
    assert (told.parent_id, told.thread_id, told.lang) == ("t3_a", "t3_a", "en")
    assert told.published_at == heard.published_at
    assert told.collected_at == NOW
    assert told.parent_text == "The boxes came late again."
    assert told.sources == ("r-foodbanks",)


def test_the_same_batch_twice_is_stored_once(store: Store) -> None:
    """faults.md 31."""
    batch = [said(f"t3_{n}") for n in range(60)]

    first, second = add(store, *batch), add(store, *batch)

    assert len(first.new) == 60
    assert (second.new, second.edited, second.unchanged) == ([], [], 60)
    assert len(kept(store)) == 60


def test_an_edit_keeps_the_earlier_text_as_a_revision(store: Store) -> None:
    """faults.md 26."""
    (row,) = add(store, said("t3_a", "Closed on Monday.")).new

    edited = add(store, said("t3_a", "Closed on Tuesday."), now=NOW + timedelta(hours=1)).edited

    assert edited == [row]
    assert [mention.text for mention in kept(store)] == ["Closed on Tuesday."]
    assert kept(store)[0].edited_at == NOW + timedelta(hours=1)
    with store.reading() as connection:
        assert earlier_texts(connection, row) == [("", "Closed on Monday.", NOW + timedelta(hours=1))]


def test_two_posts_of_the_same_second_are_both_stored(store: Store) -> None:
    add(store, said("t3_a", "one"))
    add(store, said("t3_b", "two"), said("t3_c", "three"))

    assert [mention.text for mention in kept(store)] == ["one", "two", "three"]


def test_a_back_dated_post_is_stored_and_counts_for_the_day_of_its_collection(store: Store) -> None:
    late = NOW + timedelta(days=2)
    add(store, said("t3_new"))

    add(store, said("t3_old", published_at=NOW - timedelta(days=30)), now=late)

    assert [mention.external_id for mention in kept(store)] == ["t3_old", "t3_new"]
    with store.reading() as connection:
        (row,) = reading.collected_in(connection, Period(late, late + timedelta(days=1)))
        assert reading.load_mentions(connection, [row])[0].external_id == "t3_old"


@pytest.mark.parametrize(
    "published_at",
    [None, datetime(1970, 1, 1, tzinfo=UTC), NOW + timedelta(days=3650)],
    ids=["undated", "1970", "ten years ahead"],
)
def test_a_nonsense_date_gives_way_to_the_time_of_collection_and_is_flagged(
    store: Store, published_at: datetime | None
) -> None:
    """faults.md 32."""
    add(store, said("t3_a", published_at=published_at))
    again = add(store, said("t3_a", published_at=published_at), now=NOW + timedelta(hours=3))

    (mention,) = kept(store)
    assert (mention.published_at, mention.undated) == (NOW, True)
    assert again.unchanged == 1


def test_two_sources_that_meet_one_mention_store_it_once_and_are_both_recorded(store: Store) -> None:
    add(store, said("t3_a"), source=FORUM_ID)
    add(store, said("t3_a"), source=BLOG_ID)

    (mention,) = kept(store)
    assert set(mention.sources) == {"northside-blog", "r-foodbanks"}


def test_a_guid_without_a_scope_is_unique_within_its_source_only(store: Store) -> None:
    add(store, said("1", "ours", channel="rss", scope=None), source=FORUM_ID)
    add(store, said("1", "theirs", channel="rss", scope=None), source=BLOG_ID)

    assert sorted(mention.text for mention in kept(store)) == ["ours", "theirs"]


def test_each_is_its_own_story_until_it_is_analysed(store: Store) -> None:
    words = "Riverside cancelled the Saturday delivery again and nobody told our volunteers."
    add(store, said("t3_a", words))
    add(
        store,
        said("1", words.upper(), channel="rss", scope=None),
        source=BLOG_ID,
    )

    assert [mention.story_id for mention in kept(store)] == [mention.id for mention in kept(store)]


def test_a_known_handle_makes_the_author_a_partner_and_ours_makes_a_reply(store: Store) -> None:
    add(
        store,
        said("t3_a", author=Author("u/northsideshelter")),
        said("t1_b", author=Author("RiversideFood"), parent_id="t3_a", thread_id="t3_a"),
        said("t1_c", author=Author("somebody"), parent_id="t1_b", thread_id="t3_a"),
    )

    partner, us, answer = kept(store)
    assert (partner.author_partner, partner.by_us) == ("Northside Shelter", False)
    assert (us.author_partner, us.by_us) == (None, True)
    assert answer.in_our_thread


def test_a_handle_that_changes_hands_changes_whose_words_they_are(store: Store) -> None:
    add(store, said("t3_a", author=Author("newcomer")))
    renamed = replace(settings().partners[0], handles={"reddit": ("newcomer",)})
    with store.writing() as connection:
        provision(connection, settings(partners=(renamed,)), now=NOW)

    assert [mention.author_partner for mention in kept(store)] == ["Northside Shelter"]


def dump(store: Store) -> str:
    """Return all that stands in the tables; for what full text keeps of it see test_storage_traces.py."""
    with store.reading() as connection:
        names = [
            name for name in inspect(connection).get_table_names() if not name.startswith("mentions_search")
        ]
        return "".join(str(connection.execute(text(f'SELECT * FROM "{name}"')).all()) for name in names)


def test_what_is_deleted_at_its_source_leaves_no_word_behind(store: Store) -> None:
    """faults.md 26."""
    (row,) = add(store, said("t3_a", "earlierxyz words", author=Author("vanishedperson"))).new
    add(
        store,
        said(
            "t3_a",
            "secretxyz words",
            title="titlexyz",
            url="https://urlxyz.example/",
            raw={"x": "rawxyz"},
        ),
    )
    (mention,) = kept(store)
    tag = Annotation(
        kind="need", label="quality", confidence=0.9, because=(Reason("text", 0, 9, "secretxyz", 1.0),)
    )
    letter = Message(
        key="k", recipient="mailto:a@rfn.example", kind="alert", subject="secretxyz", text="secretxyz"
    )
    with store.writing() as connection:
        record_analysis(connection, mention, "en", [tag], version="1")
        outbox.put(connection, letter, [row], now=NOW)

    with store.writing() as connection:
        gone = tombstones.bury(connection, FORUM_ID, ["t3_a", "t3_unknown"], now=NOW)

    assert gone == [row]
    assert kept(store) == []
    with store.reading() as connection:
        assert outbox.load_messages(connection) == []
    everything = dump(store)
    for word in ("earlierxyz", "secretxyz", "titlexyz", "urlxyz", "rawxyz"):
        assert word not in everything


def test_a_source_can_only_bury_what_it_has_brought(store: Store) -> None:
    add(store, said("t3_a"), source=FORUM_ID)

    with store.writing() as connection:
        gone = tombstones.bury(connection, BLOG_ID, ["t3_a"], now=NOW)

    assert gone == []


def test_what_the_source_brings_back_is_there_again(store: Store) -> None:
    (row,) = add(store, said("t3_a")).new
    with store.writing() as connection:
        tombstones.bury(connection, FORUM_ID, ["t3_a"], now=NOW)

    returned = add(store, said("t3_a", "I am back.")).returned

    assert returned == [row]
    assert [mention.text for mention in kept(store)] == ["I am back."]


def tagged(store: Store, kind: str, label: str) -> None:
    """Let analysis say one thing of all mentions."""
    everything = kept(store)
    with store.writing() as connection:
        for mention in everything:
            tags = [Annotation(kind=kind, label=label, confidence=1.0)]  # type: ignore[arg-type]
            record_analysis(connection, mention, "en", tags, version="1")
        refresh_waiting(connection, [reading.thread_of(mention) for mention in everything])


def waiting(store: Store) -> list[str]:
    with store.reading() as connection:
        ids = reading.waiting(connection, limit=10, until=ALWAYS.end)
        return [mention.external_id for mention in reading.load_mentions(connection, ids)]


def test_a_concern_waits_until_one_of_us_answers_in_its_thread(store: Store) -> None:
    add(store, said("t3_a"), said("t3_other"))
    tagged(store, "concern", "yes")
    assert waiting(store) == ["t3_a", "t3_other"]

    add(
        store,
        said("t1_b", "We are sorry.", author=Author("riversidefood"), parent_id="t3_a", thread_id="t3_a"),
    )
    tagged(store, "concern", "yes")

    assert waiting(store) == ["t3_other"]


def test_tags_about_words_that_were_edited_meanwhile_are_not_stored(store: Store) -> None:
    add(store, said("t3_a", "before"))
    (loaded,) = kept(store)
    add(store, said("t3_a", "after"))

    with store.writing() as connection:
        stored = record_analysis(connection, loaded, "en", [], version="1")

    assert stored is False


@given(st.datetimes(datetime(1999, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001 - the zone is added below
def test_ids_are_ordered_by_time_and_fit_into_63_bits(moment: datetime) -> None:
    published = moment.replace(tzinfo=UTC)
    far_ahead = datetime(2061, 1, 1, tzinfo=UTC)

    number = instant(published, far_ahead) << SEQUENCE_BITS

    assert 0 <= number < 2**63 - PER_INSTANT
    if published >= datetime(2000, 1, 1, tzinfo=UTC):
        assert first_id(published) == number
        assert first_id(published + timedelta(milliseconds=1)) > number


@given(st.lists(st.sampled_from(["t3_a", "t3_b", "t3_c"]), max_size=12), st.integers(1, 4))
@how(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_however_often_and_in_whatever_batches_it_comes_each_mention_is_there_once(
    store: Store, names: list[str], size: int
) -> None:
    scope = uuid4().hex

    for start in range(0, len(names), size):
        add(store, *[said(name, scope=scope) for name in names[start : start + size]])

    heard = [mention.external_id for mention in kept(store) if mention.scope == scope]
    assert sorted(heard) == sorted(set(names))
