"""Forgotten means gone from every table and file, for good, on both engines; what others said stays theirs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert, select, update

from errors import NeedsAttention
from model import Annotation, Author
from storage import asked_to_forget, daily, forgetting, traces
from storage.copies import Copy, copies_with, note_copy, note_gone
from storage.kept_out import MARK
from storage.mentions import add_mentions
from storage.proof import Proof, prove, words_of
from storage.schema import (
    audit,
    authors,
    digests,
    mention_annotations,
    mentions,
    outbox,
    partners,
    saved_searches,
    sources,
)
from storage.store import Store
from tests.forgettable import Person, heard_from, speak
from tests.lines import BLOG_ID, FORUM_ID
from tests.stores import NORTHSIDE, NOW, a_store, said

WHY = forgetting.Why(who="Ana", reason="asked for in a letter of 3 May")


def forget_author(store: Store, account: str) -> Proof:
    with store.reading() as connection:
        request = asked_to_forget.about_author(connection, account)
        words = words_of(connection, request)
    forgetting.forget(store, request, WHY, now=NOW)
    assert traces.purge_now(store, now=NOW)
    return prove(store, request, words)


def every_cell(store: Store) -> str:
    """Return all that the tables hold, as text: read anew here, without the code that looks for traces."""
    from sqlalchemy import MetaData, text

    found = []
    with store.reading() as connection:
        names = MetaData()
        names.reflect(
            connection, only=lambda name, _: not name.startswith("mentions_search"), resolve_fks=False
        )
        for name in names.tables:
            found += [str(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]
    return "\n".join(found)


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:Did not recognize type")
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_no_word_of_a_forgotten_author_is_left_in_any_table(store: Store, seed: int) -> None:
    random = Random(seed)
    person, other = heard_from(store, random), heard_from(store, random)
    before = every_cell(store)

    proof = forget_author(store, person.account)

    left = every_cell(store)
    assert [place for place, canary in person.canaries.items() if canary not in before] == []
    assert [place for place, canary in person.canaries.items() if canary in left] == []
    assert [place for place, canary in other.canaries.items() if canary not in left] == []
    assert (proof.traces, proof.by_others) == ((), ())
    assert proof.looked_for > 8


def test_no_byte_of_it_is_left_in_the_files(tmp_path: Path) -> None:
    """faults.md 26."""
    random = Random(5)
    with a_store(tmp_path) as store:
        people = [heard_from(store, random) for _ in range(12)]
        for person in people[::2]:
            assert forget_author(store, person.account).traces == ()

        files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        for person in people[::2]:
            assert [place for place, canary in person.canaries.items() if canary.encode() in files] == []
        assert people[1].canaries["text"].encode() in files


def test_the_proof_finds_what_is_left_wherever_it_is(store: Store) -> None:
    person = heard_from(store, Random(3))
    with store.reading() as connection:
        request = asked_to_forget.about_author(connection, person.account)
        words = words_of(connection, request)
    untouched = prove(store, request, words)
    forgetting.forget(store, request, WHY, now=NOW)
    traces.purge_now(store, now=NOW)
    with store.writing() as connection:
        said_so = {"at": NOW, "what": "x", "which": "-", "why": f"{person.account} is gone"}
        connection.execute(insert(audit).values(said_so))

    proof = prove(store, request, words)

    assert any("table mentions" in trace for trace in untouched.traces)
    assert proof.traces == ("table audit (why)",)


def test_what_others_say_of_somebody_is_told_and_stays(store: Store) -> None:
    person = heard_from(store, Random(4))
    with store.writing() as connection:
        quoting = said("t1_other", f"I agree with {person.account}.", author=Author("another"))
        other = add_mentions(connection, FORUM_ID, [quoting], now=NOW).new[0]

    proof = forget_author(store, person.account)

    assert (proof.traces, proof.by_others) == ((), (other,))


def test_what_is_forgotten_does_not_come_back_whoever_brings_it(store: Store) -> None:
    person = heard_from(store, Random(6))
    words = person.canaries
    forget_author(store, person.account)

    with store.writing() as connection:
        renamed = speak(words, 0, "said by nobody")
        again = [speak(words, 0, "again"), speak(words, 77, "something new")]
        again.append(said(renamed.external_id, "the same post of another name", author=Author("renamed")))
        added = add_mentions(connection, FORUM_ID, again, now=NOW + timedelta(days=9))
        answer = said("t1_late", "Still?", parent_id=f"t3_{words['id']}0", thread_id=f"t3_{words['id']}0")
        late = add_mentions(connection, FORUM_ID, [answer], now=NOW).new[0]
        thread = connection.execute(
            select(mentions.c.thread_external_id, mentions.c.parent_external_id).where(mentions.c.id == late)
        ).one()
        first = connection.execute(
            select(mentions.c.thread_external_id).where(mentions.c.external_id == "t1_answer")
        )

        assert (added.new, added.edited, added.returned) == ([], [], [])
        assert thread[0] == thread[1] == first.scalar_one()  # the conversation of the others holds together
        assert thread[0].startswith(MARK)


def test_an_author_that_was_never_heard_can_be_kept_out(store: Store) -> None:
    with store.reading() as connection:
        with pytest.raises(NeedsAttention, match="--channel"):
            asked_to_forget.about_author(connection, "@shy")
        request = asked_to_forget.about_author(connection, "@shy", "reddit")
    forgetting.forget(store, request, WHY, now=NOW)

    with store.writing() as connection:
        heard = [said("a", author=Author("Shy")), said("b", author=Author("loud"))]
        assert len(add_mentions(connection, FORUM_ID, heard, now=NOW).new) == 1


def test_one_writer_of_a_feed_is_forgotten_and_the_others_stay(store: Store) -> None:
    ana, ben = (Author("feed.example", name=name) for name in ("Ana Alves", "Ben Berg"))
    with store.writing() as connection:
        heard = [said("1", channel="rss", author=ana), said("2", channel="rss", author=ben)]
        first, second = add_mentions(connection, BLOG_ID, heard, now=NOW).new
        request = asked_to_forget.about_author(connection, "ana alves")
    forgetting.forget(store, request, WHY, now=NOW)

    with store.writing() as connection:
        more = [said("3", channel="rss", author=ana), said("4", channel="rss", author=ben)]
        assert request.mentions == (first,)
        assert len(add_mentions(connection, BLOG_ID, more, now=NOW).new) == 1
        standing = select(mentions.c.id).where(mentions.c.deleted_at.is_(None))
        assert second in connection.execute(standing).scalars().all()


def test_the_audit_says_who_asked_when_and_why_and_never_what_was_said(store: Store) -> None:
    person = heard_from(store, Random(7))

    forget_author(store, person.account)

    with store.reading() as connection:
        lines = connection.execute(select(audit).order_by(audit.c.id)).all()
    assert [line.what for line in lines] == ["asked to forget", *["forgotten"] * 3, "purged"]
    assert {(line.who, line.why, line.at) for line in lines[:4]} == {("Ana", WHY.reason, NOW)}
    assert lines[0].which == "author, 3 mentions"


def test_asked_twice_or_killed_between_two_batches_it_ends_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md 63."""
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    person = heard_from(store, Random(8), n_mentions=5)
    with store.reading() as connection:
        request = asked_to_forget.about_author(connection, person.account)

    class Killed(BaseException):
        pass

    def kill(done: int, _total: int) -> None:
        if done >= 4:
            raise Killed

    with pytest.raises(Killed):
        forgetting.forget(store, request, WHY, now=NOW, tell=kill)
    proof = forget_author(store, person.account)

    assert proof.traces == ()
    assert person.canaries["text"] not in str(proof)
    with store.reading() as connection:
        gone = select(audit.c.which).where(audit.c.what == "forgotten")
        assert len(set(connection.execute(gone).scalars())) == 5


def partner_without_a_file(store: Store) -> int:
    """Let the partner have left the file, with a post, a tag on somebody else's words, and a digest that names it."""
    with store.writing() as connection:
        voice = Author("northsideshelter", name="Northside Shelter")
        add_mentions(connection, FORUM_ID, [said("p1", "We wait for boxes.", author=voice)], now=NOW)
        other = add_mentions(connection, FORUM_ID, [said("o1", "The shelter is great.")], now=NOW).new[0]
        tag = {"mention_id": other, "kind": "partner", "label": NORTHSIDE.name, "n": 0}
        about = {"confidence": 1.0, "because": [], "origin": "rule", "version": "1"}
        connection.execute(insert(mention_annotations).values(**tag, **about))
        letter = {"key": "d1", "kind": "digest", "recipient": "mailto:a", "subject": "Daily", "state": "sent"}
        body = {"text": "Not heard: Northside Shelter", "html": "", "headers": {}, "created_at": NOW}
        connection.execute(insert(outbox).values(**letter, **body))
        row: int = connection.execute(select(partners.c.id)).scalar_one()
        connection.execute(
            update(sources).where(sources.c.id == BLOG_ID).values(partner_id=row, removed_at=NOW)
        )
        connection.execute(update(partners).values(removed_at=NOW))
        connection.execute(
            insert(saved_searches).values(name="n", query='partner:"Northside Shelter"', saved_at=NOW)
        )
    return row


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:Did not recognize type")
def test_a_partner_that_left_the_file_is_forgotten_with_its_name(store: Store) -> None:
    partner_without_a_file(store)
    with store.reading() as connection:
        request = asked_to_forget.about_partner(connection, "northside shelter")
        words = words_of(connection, request)
    forgetting.forget(store, request, WHY, now=NOW)
    traces.purge_now(store, now=NOW)

    proof = prove(store, request, words)

    left = every_cell(store)
    assert proof.traces == ()
    assert "Northside" not in left.replace("r-foodbanks", "")
    assert "The shelter is great." in left


def test_a_partner_that_the_file_provides_is_refused(store: Store) -> None:
    with store.reading() as connection:
        with pytest.raises(NeedsAttention, match="remove it from the file first"):
            asked_to_forget.about_partner(connection, NORTHSIDE.name)
        with pytest.raises(NeedsAttention, match="no partner"):
            asked_to_forget.about_partner(connection, "Southside")


def test_a_partner_whose_voice_is_still_listened_to_is_refused(store: Store) -> None:
    row = partner_without_a_file(store)
    with store.writing() as connection:
        connection.execute(
            update(sources).where(sources.c.id == BLOG_ID).values(removed_at=None, partner_id=row)
        )
        with pytest.raises(NeedsAttention, match="remove the source first"):
            asked_to_forget.about_partner(connection, NORTHSIDE.name)


def test_counts_by_day_follow(store: Store) -> None:
    person = heard_from(store, Random(9))
    daily.keep_current(store, "UTC")

    def counted() -> int:
        with store.reading() as connection:
            table = daily.daily_counts
            mine = select(table.c.mentions).where(table.c.kind == daily.MENTION, ~table.c.by_us)
            return sum(connection.execute(mine).scalars())

    before = counted()
    forget_author(store, person.account)
    daily.keep_current(store, "UTC")

    assert counted() == before - 3


def test_a_waiting_digest_is_built_anew_without_it(store: Store) -> None:
    person = heard_from(store, Random(10))
    with store.writing() as connection:
        times = {"period_start": NOW, "period_end": NOW, "built_at": NOW}
        key = f"waits {person.mentions[0]}"
        connection.execute(insert(digests).values(name="daily", recipient="a", message_key=key, **times))

    forget_author(store, person.account)

    with store.reading() as connection:
        assert connection.execute(select(digests.c.withdrawn)).scalars().all() == [True]
        assert connection.execute(select(outbox.c.subject)).scalars().all() == [forgetting.FORGOTTEN]


def test_copies_that_may_hold_it_are_those_made_after_it_was_heard(store: Store) -> None:
    def copy(place: str, hours: int) -> Copy:
        return Copy(kind="backup", place=place, made_at=NOW + timedelta(hours=hours), mentions=1)

    person = heard_from(store, Random(11))
    with store.writing() as connection:
        for each in (copy("/before", -1), copy("/after", 1), copy("/gone", 2)):
            note_copy(connection, each)
        note_gone(connection, ["/gone"], now=NOW)

        assert [each.place for each in copies_with(connection, person.mentions)] == ["/after"]
        assert copies_with(connection, []) == []


def test_nobody_left_is_kept_as_an_author(store: Store) -> None:
    person: Person = heard_from(store, Random(12))

    forget_author(store, person.account)

    with store.reading() as connection:
        assert person.account not in connection.execute(select(authors.c.account)).scalars().all()


def test_an_annotation_that_comes_late_finds_nothing_to_say(store: Store) -> None:
    """A worker that had the words before they were forgotten must not bring its tags."""
    from storage.reading import load_mentions
    from tests.stores import record_analysis

    person = heard_from(store, Random(13))
    with store.reading() as connection:
        at_work = load_mentions(connection, person.mentions[:1])[0]
    forget_author(store, person.account)

    with store.writing() as connection:
        tag = Annotation(kind="need", label="access", confidence=1.0)
        record_analysis(connection, at_work, "en", [tag], version="2")
        kept = select(mention_annotations.c.label).where(mention_annotations.c.mention_id == at_work.id)
        assert connection.execute(kept).all() == []
