"""What channel hyperkitty must do before any archive: the fake and the real one are held to the same tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import pytest

from collectors.contract import Batch
from collectors.hyperkitty import HyperKitty
from errors import TryLater
from model import Cursor, Mention
from tests.hyperkitty_service import reach

WRITTEN = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Sent:
    """A letter to the list; ``answers`` is the Message-ID of another."""

    message_id: str
    text: str
    answers: str = ""


class Archive(Protocol):
    """A HyperKitty with one list of its own, empty at first."""

    base_url: str
    mailing_list: str

    def add(self, letters: Sequence[Sent]) -> None:
        """Let letters arrive, in this order, a second apart."""
        ...

    def delete(self, message_id: str) -> None:
        """Take a letter out, as its admin does."""
        ...


def read(archive: Archive, cursor: Cursor | None = None) -> list[Batch]:
    collector = HyperKitty(base_url=archive.base_url, mailing_list=archive.mailing_list)
    return list(collector.collect(json.loads(json.dumps(cursor or {})), reach()))


def heard(batches: list[Batch]) -> dict[str, Mention]:
    return {mention.external_id: mention for batch in batches for mention in batch.mentions}


class HyperKittyScenario:
    """Every test that does not need an archive to misbehave."""

    def test_letters_are_mentions_and_answers_stay_with_what_they_answer(self, archive: Archive) -> None:
        archive.add(
            [
                Sent("one@x.example", "The boxes came late."),
                Sent("two@x.example", "Here too.", "one@x.example"),
            ]
        )

        found = heard(read(archive))

        first, second = found["one@x.example"], found["two@x.example"]
        assert (first.text, second.text) == ("The boxes came late.", "Here too.")
        assert (first.thread_id, first.parent_id) == ("one@x.example", None)
        assert (second.thread_id, second.parent_id) == ("one@x.example", "one@x.example")
        assert first.author is not None
        assert (first.author.handle, first.author.name) == ("ann@northside.example", "Ann of Northside")
        assert first.published_at == WRITTEN
        assert first.url.startswith(f"{archive.base_url}/list/{archive.mailing_list}/message/")

    def test_goes_on_where_it_stopped_and_nothing_new_is_nothing(self, archive: Archive) -> None:
        archive.add([Sent("one@x.example", "First.")])
        cursor = read(archive)[-1].cursor
        archive.add([Sent("two@x.example", "Second.", "one@x.example")])

        after = read(archive, cursor)
        again = read(archive, after[-1].cursor)

        assert list(heard(after)) == ["two@x.example"]
        assert not heard(again)
        assert again[-1].cursor == after[-1].cursor

    def test_more_than_a_page_is_read_to_its_end(self, archive: Archive) -> None:
        archive.add([Sent("0@x.example", "Before.")])
        cursor = read(archive)[-1].cursor
        archive.add([Sent(f"{number}@x.example", f"Letter {number}.") for number in range(1, 71)])

        found = heard(read(archive, cursor))

        assert set(found) == {f"{number}@x.example" for number in range(1, 71)}

    def test_a_letter_that_was_deleted_is_gone(self, archive: Archive) -> None:
        """faults.md 26."""
        archive.add([Sent("one@x.example", "Stays."), Sent("two@x.example", "Goes.")])
        read(archive)
        archive.delete("two@x.example")

        collector = HyperKitty(base_url=archive.base_url, mailing_list=archive.mailing_list)
        told = collector.recheck(["one@x.example", "two@x.example"], reach())

        assert list(told.gone) == ["two@x.example"]
        assert told.unchanged == 1

    def test_a_list_that_is_not_there_may_come_back(self, archive: Archive) -> None:
        collector = HyperKitty(base_url=archive.base_url, mailing_list="nobody@lists.example.org")

        with pytest.raises(TryLater) as error:
            list(collector.collect({}, reach()))

        assert error.value.missing
