"""What was read before is left out where that changes nothing, and only there."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis

from collectors.contract import Batch, Reach
from collectors.rss import GAP, Rss
from collectors.rss.known import MOST_KNOWN, Known
from errors import TryLater
from model import Cursor, Mention
from net.http import Http, Response
from tests.feeds import NOW, URL, atom, item, rss
from tests.known_feeds import readings


@dataclass
class Once(Http):
    """Gives one body to whoever asks."""

    body: bytes
    where: str = URL
    lang: str = ""

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None
    ) -> Response:
        said = {"content-language": self.lang} if self.lang else {}
        return Response(status=200, headers=said, body=self.body, url=self.where)


def poll(body: str | bytes, cursor: Cursor | None = None, *, where: str = URL, lang: str = "") -> list[Batch]:
    raw = body.encode() if isinstance(body, str) else body
    reach = Reach(http=Once(raw, where, lang), now=lambda: NOW, ours={})
    return list(Rss(url=URL).collect(cursor or {}, reach))


def heard(batches: Sequence[Batch]) -> list[Mention]:
    return [mention for batch in batches for mention in batch.mentions]


def ids(batches: Sequence[Batch]) -> list[str]:
    return [mention.external_id.rpartition("=")[2] for mention in heard(batches)]


def forgetful(cursor: Cursor) -> Cursor:
    """Return a cursor with which the whole feed is read."""
    return {name: value for name, value in cursor.items() if name not in ("known", "frame")}


def kept(cursor: Cursor) -> Known:
    return Known.of(cursor.get("frame"), cursor.get("known"))


@hypothesis(max_examples=120)
@given(readings())
def test_what_is_left_out_and_what_is_told_are_together_the_whole(two: tuple[bytes, bytes]) -> None:
    before, after = two
    try:
        first = poll(before)
        whole = poll(after, forgetful(first[-1].cursor))
    except TryLater:
        return

    told = poll(after, first[-1].cursor)

    if before != after:
        left_out = [mention for mention in heard(whole) if mention not in heard(told)]
        assert heard(told) == [mention for mention in heard(whole) if mention not in left_out]
        assert all(mention in heard(first) for mention in left_out)
        assert len(left_out) == told[-1].unchanged
        assert [line for line in told[-1].skipped if line != GAP] == whole[
            -1
        ].skipped  # who forgot knows no gap
        assert kept(told[-1].cursor) == kept(whole[-1].cursor)
        assert forgetful(told[-1].cursor) == forgetful(whole[-1].cursor)


NOTES = [item(number) for number in range(5, 0, -1)]


@pytest.mark.parametrize("make", [rss, atom], ids=["rss", "atom"])
def test_one_new_entry_is_told_alone(make: Callable[..., str]) -> None:
    first = poll(make(*NOTES))

    second = poll(make(item(6), *NOTES[:4]), first[-1].cursor)

    assert (ids(second), second[-1].unchanged) == (["6"], 4)
    assert second[-1].cursor["entries"] == 5


def test_what_only_says_when_the_feed_was_made_does_not_matter() -> None:
    def made(day: int) -> str:
        return f"<title>Notes</title><lastBuildDate>{day} May 2026</lastBuildDate><pubDate>{day} May 2026</pubDate>"

    first = poll(rss(*NOTES, head=made(18)))

    second = poll(rss(*NOTES, head=made(19)), first[-1].cursor)

    assert (ids(second), second[-1].unchanged) == ([], 5)


def test_an_entry_that_changed_is_told_again() -> None:
    first = poll(rss(*NOTES))

    second = poll(rss(*NOTES[:4], item(1, "Other words.")), first[-1].cursor)

    assert (ids(second), second[-1].unchanged) == (["1"], 4)
    assert heard(second)[0].text == "Other words."


def test_a_cursor_without_them_tells_everything_again() -> None:
    first = poll(rss(*NOTES))

    second = poll(rss(item(6), *NOTES), forgetful(first[-1].cursor))

    assert (len(ids(second)), second[-1].unchanged) == (6, 0)


def test_an_entry_that_left_is_told_when_it_comes_back() -> None:
    first = poll(rss(*NOTES))
    second = poll(rss(*NOTES[:4]), first[-1].cursor)

    third = poll(rss(*NOTES), second[-1].cursor)

    assert (ids(third), third[-1].unchanged) == (["1"], 4)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(rss(*NOTES, head="<title>Other</title>"), id="the feed's name"),
        pytest.param(rss(*NOTES).replace("<rss ", "<rss xml:lang='es' "), id="its language"),
        pytest.param(rss(*NOTES).replace("<rss ", "<rss xml:base='/a' "), id="its base"),
        pytest.param(rss(*NOTES).replace("xmlns:dc=", "xmlns:d="), id="its namespaces"),
        pytest.param(rss(*NOTES).replace("'2.0'", "'0.91'"), id="its version"),
        pytest.param(rss("<item><q:x/></item>", *NOTES), id="a prefix without a namespace"),
        pytest.param(rss(item(3, "Twice."), *NOTES), id="an id that two entries have"),
        pytest.param(rss("<item><a><item/></a></item>", *NOTES), id="an item in an item"),
        pytest.param(rss(f"<!-- {NOTES[4]} -->", *NOTES[:4]), id="an entry that is only in a comment"),
        pytest.param(
            rss(item(7, f"<![CDATA[</item>{NOTES[4]}]]>"), *NOTES[:4]), id="an entry that is only quoted"
        ),
    ],
)
def test_all_is_read_where_it_cannot_be_told(after: str) -> None:
    first = poll(rss(*NOTES))

    second, whole = poll(after, first[-1].cursor), poll(after)

    assert len(kept(first[-1].cursor).items) == 5
    assert second[-1].unchanged == 0
    assert heard(second) == heard(whole)


def test_the_address_and_the_language_that_the_answer_names_count_too() -> None:
    first = poll(rss(*NOTES))

    moved = poll(rss(item(6), *NOTES), first[-1].cursor, where="https://other.example/feed")
    in_spanish = poll(rss(item(6), *NOTES), first[-1].cursor, lang="es")

    assert [batches[-1].unchanged for batches in (moved, in_spanish)] == [0, 0]


def test_entries_that_answer_each_other_keep_the_thread_that_they_are_in() -> None:
    def answer(number: int, to: int) -> str:
        ref = f"<thr:in-reply-to ref='https://northside.example/?p={to}'/>"
        return item(number).replace("<title>", f"{ref}<title>")

    first = poll(rss(answer(3, 2), answer(2, 1), item(1)))

    second = poll(rss(answer(4, 3), answer(3, 2), answer(2, 1), item(1)), first[-1].cursor)

    new = next(mention for mention in heard(second) if mention.external_id.endswith("=4"))
    assert (new.parent_id, new.thread_id) == (
        "https://northside.example/?p=3",
        "https://northside.example/?p=1",
    )
    assert second[-1].unchanged == 1


def test_a_feed_that_is_mended_each_time_is_not_read_whole_each_time() -> None:
    bare = [item(number, "Bread & butter") for number in range(5, 0, -1)]
    first = poll(rss(*bare))

    second = poll(rss(item(6, "Salt & pepper"), *bare), first[-1].cursor)

    assert (ids(second), second[-1].unchanged) == (["6"], 5)


def test_the_cursor_stays_small_and_gives_up_beyond_its_limit() -> None:
    """faults.md 34."""
    many = [item(number) for number in range(MOST_KNOWN, 0, -1)]

    full, over = poll(rss(*many)), poll(rss(item(0), *many))

    assert len(str(full[-1].cursor["known"])) == MOST_KNOWN * 16
    assert "known" not in over[-1].cursor
    assert len(heard(poll(rss(item(-1), *many), over[-1].cursor))) == MOST_KNOWN + 1


@pytest.mark.parametrize(
    "known", [7, "not base64!", "abc=", ["x"], {"a": "b"}, base64.b64encode(b"x" * 13).decode()]
)
def test_a_cursor_that_is_not_ours_leaves_nothing_out(known: object) -> None:
    first = poll(rss(*NOTES))

    second = poll(rss(item(6), *NOTES), {**first[-1].cursor, "known": known})  # type: ignore[dict-item]

    assert (len(ids(second)), second[-1].unchanged) == (6, 0)
