"""What people say of tags: it holds at once and for good, what follows from it follows, and it can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from errors import NeedsAttention
from model import Alert, Annotation, AnnotationKind, Correction, Mention, Message, Reason
from storage import alerts, corrections, outbox, reading, schema, tombstones
from storage.mentions import add_mentions
from storage.store import Store
from tests.stores import NOW, record_analysis, said

LATER = NOW + timedelta(minutes=5)


def tag(kind: AnnotationKind, label: str, **more: object) -> Annotation:
    return Annotation(**{"kind": kind, "label": label, "confidence": 0.8, "version": "v1", **more})  # type: ignore[arg-type]


def word(kind: AnnotationKind, label: str, *, holds: bool = True, **more: object) -> Correction:
    return Correction(**{"kind": kind, "label": label, "holds": holds, "by": "ana", "at": NOW, **more})  # type: ignore[arg-type]


MACHINE = (tag("concern", "no"), tag("need", "access"), tag("need", "quality"), tag("intent", "other"))


@pytest.fixture
def mention(store: Store) -> int:
    """A mention that the machine has tagged."""
    with store.writing() as connection:
        (row,) = add_mentions(connection, 2, [said("t3_a")], now=NOW).new
        (heard,) = reading.load_mentions(connection, [row])
        record_analysis(connection, heard, "en", MACHINE, version="v1")
    return row


def load(store: Store, row: int) -> Mention:
    with store.reading() as connection:
        return reading.load_mentions(connection, [row])[0]


def tags(store: Store, row: int) -> set[tuple[str, str, str]]:
    return {(one.kind, one.label, one.origin) for one in load(store, row).annotations}


def correct(store: Store, row: int, *words: Correction) -> None:
    with store.writing() as connection:
        corrections.correct(connection, row, words, now=words[0].at)


def undo(store: Store, row: int) -> list[Correction]:
    with store.writing() as connection:
        return corrections.undo_corrections(connection, row, now=LATER)


def again(store: Store, row: int, found: Sequence[Annotation], version: str = "v2") -> None:
    with store.writing() as connection:
        record_analysis(connection, load(store, row), "en", found, version=version)


def waits(store: Store) -> list[int]:
    with store.reading() as connection:
        return reading.waiting(connection, limit=9, until=NOW + timedelta(days=1))


def test_a_correction_holds_at_once_and_leaves_other_tags_alone(store: Store, mention: int) -> None:
    correct(store, mention, word("need", "safety"), word("need", "quality", holds=False))

    assert tags(store, mention) == {
        ("concern", "no", "rule"),
        ("need", "access", "rule"),
        ("need", "safety", "person"),
        ("intent", "other", "rule"),
    }


def test_no_analysis_writes_over_what_a_person_said(store: Store, mention: int) -> None:
    correct(store, mention, word("concern", "yes"), word("need", "access", holds=False))

    again(store, mention, (tag("concern", "no"), tag("need", "access"), tag("need", "fairness")))

    assert tags(store, mention) == {("concern", "yes", "person"), ("need", "fairness", "rule")}


def test_what_was_said_last_holds(store: Store, mention: int) -> None:
    correct(store, mention, word("need", "safety"))
    correct(store, mention, word("need", "safety", holds=False, at=LATER))

    again(store, mention, (tag("need", "safety"),))

    assert tags(store, mention) == set()


def test_a_concern_that_a_person_sees_waits_and_one_that_is_none_does_not(store: Store, mention: int) -> None:
    correct(store, mention, word("concern", "yes"))
    assert waits(store) == [mention]

    correct(store, mention, word("concern", "no", at=LATER))
    assert waits(store) == []


def test_the_rules_are_asked_about_what_was_corrected(store: Store, mention: int) -> None:
    column = schema.mentions.c.unmatched
    with store.writing() as connection:
        connection.execute(update(schema.mentions).values(unmatched=False))

    correct(store, mention, word("concern", "yes"))

    with store.reading() as connection:
        assert connection.execute(select(column)).scalars().all() == [True]


def test_what_is_taken_back_is_the_last_and_the_mention_is_analysed_anew(store: Store, mention: int) -> None:
    first, second = word("need", "safety"), word("concern", "yes", at=LATER)
    correct(store, mention, first)
    correct(store, mention, second, word("intent", "complaint", at=LATER))

    undone = undo(store, mention)

    assert {one.label for one in undone} == {"yes", "complaint"}
    assert ("need", "safety", "person") in tags(store, mention)
    assert waits(store) == []
    with store.reading() as connection:
        assert connection.execute(select(schema.mentions.c.analyzed_as)).scalar() is None
    again(store, mention, MACHINE)
    assert ("concern", "no", "rule") in tags(store, mention)
    assert [one.label for one in undo(store, mention)] == ["safety"]
    assert undo(store, mention) == []


def fired(store: Store, *mentions: int) -> int:
    with store.writing() as connection:
        number = alerts.add_alert(
            connection, Alert(rule="concerns", kind="concern", fired_at=NOW, text="x", mentions=mentions)
        )
        key = f"alert/concerns/alert-{number}/team@rfn.example"
        letter = Message(key=key, recipient="mailto:team@rfn.example", kind="alert", subject="s", text="t")
        outbox.put(connection, letter, mentions, now=NOW)
    return number


def state_of_alert_and_letter(store: Store) -> tuple[str, str]:
    with store.reading() as connection:
        (alert,), (letter,) = alerts.list_alerts(connection), outbox.load_messages(connection)
        return alert.state, letter.state


def test_an_alert_without_ground_rests_until_somebody_sees_the_ground_again(
    store: Store, mention: int
) -> None:
    again(store, mention, (tag("concern", "yes"),))
    fired(store, mention)

    correct(store, mention, word("concern", "no"))
    assert state_of_alert_and_letter(store) == ("acknowledged", "withdrawn")

    undo(store, mention)
    assert state_of_alert_and_letter(store) == ("open", "waiting")

    correct(store, mention, word("concern", "no"))
    correct(store, mention, word("concern", "yes", at=LATER))
    assert state_of_alert_and_letter(store) == ("open", "waiting")


def test_an_alert_that_has_another_concern_stays_open(store: Store, mention: int) -> None:
    with store.writing() as connection:
        (other,) = add_mentions(connection, 2, [said("t3_b", "late too")], now=NOW).new
    for row in (mention, other):
        again(store, row, (tag("concern", "yes"),))
    fired(store, mention, other)

    correct(store, mention, word("concern", "no"))

    assert state_of_alert_and_letter(store) == ("open", "waiting")


def test_nothing_is_corrected_of_what_is_not_there(store: Store, mention: int) -> None:
    with pytest.raises(NeedsAttention, match="no mention 7"):
        correct(store, 7, word("concern", "yes"))
    correct(store, mention, word("concern", "yes"))
    with store.writing() as connection:
        tombstones.bury(connection, 2, ["t3_a"], now=NOW)

    with pytest.raises(NeedsAttention, match="taken back"):
        correct(store, mention, word("concern", "yes"))
    with store.reading() as connection:
        assert connection.execute(select(schema.corrections)).all() == []


def test_only_what_is_about_the_words_of_today_is_learned_from(store: Store, mention: int) -> None:
    correct(store, mention, word("concern", "yes"))
    with store.reading() as connection:
        ((found, words),) = corrections.corrected_mentions(connection)
    assert (found.id, [one.label for one in words]) == (mention, ["yes"])

    with store.writing() as connection:
        add_mentions(connection, 2, [said("t3_a", "Something else by now.")], now=LATER)

    with store.reading() as connection:
        assert corrections.corrected_mentions(connection) == []


def test_a_partner_stays_where_a_person_saw_it_as_long_as_the_words_are_there(
    store: Store, mention: int
) -> None:
    seen = Reason("text", 0, 9, "The boxes", 1.0)
    correct(store, mention, word("partner", "Northside Shelter", because=(seen,)))
    again(store, mention, ())
    assert load(store, mention).annotations[0].because == (seen,)

    with store.writing() as connection:
        add_mentions(connection, 2, [said("t3_a", "Nothing of it.")], now=LATER)
    again(store, mention, ())

    assert load(store, mention).annotations[0].because == ()


KINDS: tuple[AnnotationKind, ...] = ("sentiment", "concern", "need", "intent")


@st.composite
def labelled(draw: st.DrawFn) -> tuple[AnnotationKind, str]:
    return draw(st.sampled_from(KINDS)), draw(st.sampled_from(["other", "a", "b"]))


@given(st.lists(labelled()), st.lists(st.tuples(labelled(), st.booleans()), max_size=6))
def test_laying_corrections_over_tags_twice_is_laying_them_over_once(
    found: list[tuple[AnnotationKind, str]], words: list[tuple[tuple[AnnotationKind, str], bool]]
) -> None:
    machine = [tag(kind, label) for kind, label in dict.fromkeys(found)]
    spoken = [word(kind, label, holds=holds) for (kind, label), holds in words]

    once = corrections.overlaid(machine, spoken, {})

    assert corrections.overlaid(once, spoken, {}) == once
    for (kind, label), holds in dict(words).items():
        if kind in ("need",):
            assert holds == any((one.kind, one.label) == (kind, label) for one in once)


def test_other_stands_alone() -> None:
    praise = corrections.overlaid([tag("intent", "other")], [word("intent", "praise")], {})
    other = corrections.overlaid(
        [tag("intent", "praise"), tag("intent", "report")], [word("intent", "other")], {}
    )

    assert [one.label for one in praise] == ["praise"]
    assert [one.label for one in other] == ["other"]


def test_a_label_that_a_person_confirms_keeps_its_reasons() -> None:
    why = (Reason("text", 0, 3, "The", 0.4),)

    (kept,) = corrections.overlaid(
        [replace(tag("need", "access"), because=why)], [word("need", "access")], {}
    )

    assert (kept.origin, kept.because, kept.confidence) == ("person", why, 1.0)
