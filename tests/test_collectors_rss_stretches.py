"""A feed of the usual kind is passed once by the parser, and says what it says cut item by item."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.rss import reading
from collectors.rss.cut import cut
from collectors.rss.reading import Origin, Run
from collectors.rss.sizes import LONGEST_OTHER, MOST_ALIKE
from collectors.rss.stretches import RUN, RUN_BYTES, at_a_glance
from tests.feeds import URL, atom, item, rss
from tests.known_feeds import frames, items

NOTES = [item(number) for number in range(5, 0, -1)]
ORIGIN = Origin(URL)


def cut_first(data: bytes) -> Run | None:
    """Return what a sound feed says when it is cut item by item; None where that takes more than one run."""
    found = cut(data)
    frame = reading._frame(found, ORIGIN)
    return reading._mixed(found, found.items, ORIGIN, frame) if frame is not None else None


@given(frames(), st.lists(items(), max_size=4), st.sampled_from(["", "\n", " <!-- <item> --> ", "<x>1</x>"]))
def test_what_is_read_at_once_is_what_is_read_of_the_cut(frame: str, some: list[str], between: str) -> None:
    data = frame.replace("{items}", between.join(some)).encode()

    told = reading._all_at_once(data, ORIGIN)

    if told is not None:
        first = cut_first(data)
        assert first is not None
        assert (told.feed, told.entries, told.skipped) == (first.feed, first.entries, first.skipped)
        assert told.known.frame == reading._digest(cut(data), ORIGIN)


@pytest.mark.parametrize(
    "body", [rss(*NOTES), atom(*NOTES), rss("<x/>".join(NOTES))], ids=["rss", "atom", "apart"]
)
def test_a_usual_feed_is_read_at_once(body: str) -> None:
    told = reading._all_at_once(body.encode(), ORIGIN)

    assert told is not None
    assert len(told.entries) == 5


@pytest.mark.parametrize(
    "odd",
    [
        f"<!-- {NOTES[0]} -->",
        f"<item><title><![CDATA[{NOTES[0]}]]></title></item>",
        "<item><title>1</title></item ><item><title>2</title></item>",
        "<item><title>1</title></item ><!-- </item> -->",
        "<item a='1'/><item><title>2</title></item>",
        "<item><item><title>deep</title></item></item>",
        "<item><title><![CDATA[</item>]]></title></item>",
        f"<x>{NOTES[0]}</x>",
        "<ITEM><title>t</title></ITEM>",
        f"<item>{'<a>1</a>' * (MOST_ALIKE + 1)}</item>",
        f"<item><author>{'a' * 1100}</author></item>",
        f"<item><x>{'a' * LONGEST_OTHER}</x></item>",
        f"<item x='{'a' * LONGEST_OTHER}'><title>t</title></item>",
        f"<item><title>{'a' * 300_000}</title></item>",
        f"<item><title>t{'<b/>' * 2000}<author>a</author></title></item>",
        f"<item><title>{'a' * RUN_BYTES}</title></item>",
        "<item/>" * 3,
        "<item><title>no end</title>",
        "".join(item(number) for number in range(RUN + 1)),
    ],
)
def test_where_it_does_not_show_what_the_items_are_the_feed_is_cut(odd: str) -> None:
    assert reading._all_at_once(rss(*NOTES, odd).encode(), ORIGIN) is None


def test_a_feed_without_items_is_cut() -> None:
    assert at_a_glance(rss().encode()) is None
