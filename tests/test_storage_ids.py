"""Ids where many sources publish at the same moments."""

from __future__ import annotations

from datetime import timedelta

from storage.ids import SEQUENCE_BITS, instant
from storage.mentions import add_mentions
from storage.store import Store
from tests.stores import NOW, said


def test_batches_that_share_many_moments_get_ids_of_their_own_in_sequence(store: Store) -> None:
    moments = [NOW - timedelta(hours=hour) for hour in range(150)]
    with store.writing() as connection:
        added = [
            add_mentions(
                connection,
                source,
                [said(f"{source}-{at}", published_at=at) for at in moments],
                now=NOW,
            ).new
            for source in (1, 2, 1)
        ]

    assert added[0] == [instant(at, NOW) << SEQUENCE_BITS for at in moments]
    assert added[1] == [number + 1 for number in added[0]]
    assert added[2] == []


def test_one_moment_is_counted_on_from_its_last_number(store: Store) -> None:
    with store.writing() as connection:
        first = add_mentions(connection, 1, [said(f"a{n}") for n in range(3)], now=NOW).new
        second = add_mentions(connection, 2, [said(f"b{n}") for n in range(2)], now=NOW).new

    assert [number - first[0] for number in [*first, *second]] == [0, 1, 2, 3, 4]
