"""A listing that pages newest first: whatever happens between pages and polls, nothing is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.contract import Batch
from collectors.listing import KEPT, Item, Listing, Page, known_of, read_listing, remembered, sift, stamp
from model import Cursor, Mention

Fetch = Callable[[str | None], Page]


def item(number: int, text: str = "said", *, gone: bool = False) -> Item:
    mention = None if gone else Mention(channel="forum", scope="", external_id=str(number), text=text)
    return Item(str(number), stamp(text, gone), mention, gone=gone)


def newest_first(items: list[Item], size: int = 3) -> Fetch:
    """Serve items by the number below which the next page begins."""

    def fetch(below: str | None) -> Page:
        ordered = sorted(items, key=lambda each: -int(each.external_id))
        left = [each for each in ordered if below is None or int(each.external_id) < int(below)]
        page = left[:size]
        return Page(items=page, further=page[-1].external_id if len(left) > size else None)

    return fetch


def read(fetch: Fetch, cursor: Cursor | None = None, *, most_pages: int = 20) -> list[Batch]:
    listing = Listing(name="posts", fetch=fetch, most_pages=most_pages)
    return list(read_listing(listing, json.loads(json.dumps(cursor or {}))))


def heard(batches: list[Batch]) -> list[int]:
    return [int(mention.external_id) for batch in batches for mention in batch.mentions]


def test_the_second_reading_stops_at_a_page_that_is_known() -> None:
    items = [item(number) for number in range(1, 10)]
    cursor = read(newest_first(items))[-1].cursor
    items.append(item(10))

    again = read(newest_first(items), cursor)

    assert heard(again) == [10]
    assert len(again) == 2


def test_what_slid_over_an_edge_is_met_by_the_next_reading() -> None:
    """An item that is deleted between two pages pulls all below it up by one, out of the page to come."""
    numbers = [9, 8, 7, 6, 5, 4, 3, 2, 1]

    def by_offset(further: str | None) -> Page:
        start = int(further or 0)
        page = [item(number) for number in numbers[start : start + 3]]
        if start == 0 and 8 in numbers:
            numbers.remove(8)
        return Page(items=page, further=str(start + 3) if start + 3 < len(numbers) else None)

    first = read(by_offset)
    second = read(by_offset, first[-1].cursor)

    assert 6 not in heard(first)
    assert heard(second) == [6]


def test_an_edit_on_a_page_that_is_read_is_told_again_and_a_deletion_once() -> None:
    items = [item(number) for number in range(1, 4)]
    cursor = read(newest_first(items))[-1].cursor
    items[0], items[1] = item(1, "said otherwise"), item(2, gone=True)

    again = read(newest_first(items), cursor)
    third = read(newest_first(items), again[-1].cursor)

    assert (heard(again), list(again[0].gone), again[0].unchanged) == ([1], ["2"], 1)
    assert (heard(third), list(third[0].gone), third[0].unchanged) == ([], [], 3)


@settings(max_examples=300)
@given(
    size=st.integers(1, 5), n_before=st.integers(0, 20), n_after=st.integers(0, 20), kept=st.integers(0, 9)
)
def test_broken_off_anywhere_nothing_is_left_out(size: int, n_before: int, n_after: int, kept: int) -> None:
    items = [item(number) for number in range(1, n_before + 1)]
    whole = read(newest_first(items, size))
    items += [item(number) for number in range(n_before + 1, n_before + n_after + 1)]
    second = read(newest_first(items, size), whole[-1].cursor)[: kept + 1]
    items.append(item(n_before + n_after + 1))

    # Twenty pages a poll: the first may need them all for what was left, and leave what is newest to the next.
    third = read(newest_first(items, size), second[-1].cursor)
    fourth = read(newest_first(items, size), third[-1].cursor)

    assert set(heard([*whole, *second, *third, *fourth])) == set(range(1, n_before + n_after + 2))


def test_a_poll_ends_after_its_pages_and_the_next_goes_on_below() -> None:
    items = [item(number) for number in range(1, 4)]
    cursor = read(newest_first(items, 1))[-1].cursor
    items += [item(number) for number in range(4, 14)]

    second = read(newest_first(items, 1), cursor, most_pages=4)
    items.append(item(14))
    third = read(newest_first(items, 1), second[-1].cursor, most_pages=20)

    assert heard(second) == [13, 12, 11, 10]
    assert heard(third) == [9, 8, 7, 6, 5, 4, 14]


def test_a_first_reading_ends_after_its_pages_for_good() -> None:
    """faults.md 34."""
    items = [item(number) for number in range(1, 100)]

    first = read(newest_first(items), most_pages=4)
    second = read(newest_first(items), first[-1].cursor, most_pages=4)

    assert heard(first) == list(range(99, 87, -1))
    assert heard(second) == []


def test_pages_that_repeat_are_stopped_and_told() -> None:
    """faults.md 25."""
    read_before = read(newest_first([item(1)]))[-1].cursor
    numbers = iter(range(1000, 2000))

    def fetch(_further: str | None) -> Page:
        return Page(items=[item(next(numbers))], further="again")

    batches = read(fetch, read_before)

    assert len(batches) == 2
    assert "the pages repeat" in batches[-1].skipped[0]
    assert batches[-1].cursor == read_before


def test_a_pause_ends_the_poll_and_keeps_the_rest() -> None:
    items = [item(number) for number in range(1, 8)]
    fetch = newest_first(items)

    def slowly(further: str | None) -> Page:
        page = fetch(further)
        return Page(items=page.items, further=page.further, wait=timedelta(minutes=1))

    (first,) = read(slowly)
    second = read(fetch, first.cursor)

    assert first.wait == timedelta(minutes=1)
    assert sorted(heard([first, *second])) == list(range(1, 8))


def test_a_page_that_does_not_reach_back_is_not_the_last() -> None:
    items = [item(number) for number in range(1, 10)]
    cursor = read(newest_first(items))[-1].cursor
    fetch = newest_first(items)

    def young(further: str | None) -> Page:
        page = fetch(further)
        return Page(items=page.items, further=page.further, reaches_back=further is not None)

    assert len(read(young, cursor)) == 2


@pytest.mark.parametrize("told", [None, 3, "x", {}, {"known": 1}, {"known": [["a"], 2, ["a", 3]], "rest": 7}])
def test_a_cursor_that_is_not_understood_is_none(told: object) -> None:
    items = [item(1)]

    assert heard(read(newest_first(items), {"posts": told})) == [1]  # type: ignore[dict-item]


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=30))
def test_what_is_remembered_comes_back(known: dict[str, str]) -> None:
    assert known_of(json.loads(json.dumps(remembered(known)))) == known


def test_only_the_newest_are_remembered() -> None:
    older = {str(number): "old" for number in range(KEPT)}

    kept = known_of(remembered({"new": "1", "0": "changed"}, older))

    assert len(kept) == KEPT
    assert list(kept)[:3] == ["new", "0", "1"]
    assert kept["0"] == "changed"


def test_what_a_page_tells_twice_counts_once() -> None:
    sifted = sift([item(1), item(1, "other")], {})

    assert [mention.text for mention in sifted.mentions] == ["said"]
