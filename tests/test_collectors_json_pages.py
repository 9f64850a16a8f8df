"""Reading strangers' JSON: what cannot be used is an error in words, what is odd in it is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.json_pages import (
    EARLIEST,
    each_read,
    id_of,
    json_of,
    moment_of,
    number_of,
    page_of,
    place_of,
    rows,
    table,
    text_of,
)
from errors import NeedsAttention, TryLater
from net.http import Response

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


def response(body: bytes, status: int = 200) -> Response:
    return Response(status, {}, body, "https://forum.example/posts.json?key=canary")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "nothing at all"),
        (b"  <!doctype html><p>Sign in", "a web page in place of JSON"),
        (b'{"posts": [{"id": 1}, {"i', "not all of one"),
        (b"[1]", "no JSON object"),
        (b"null", "no JSON object"),
        (b"\xff\xfe\x00", "no JSON object"),
        (b"[" * 100_000, "no JSON object"),
    ],
    ids=["empty", "page", "cut", "list", "null", "bytes", "deep"],
)
def test_what_is_no_page_is_tried_later_in_words(body: bytes, words: str) -> None:
    """faults.md 13, 21."""
    with pytest.raises(TryLater, match=words) as raised:
        page_of(response(body), "forum", now=NOW)
    assert "canary" not in str(raised.value)


def test_a_status_is_looked_at_before_the_body() -> None:
    """faults.md 17."""
    with pytest.raises(NeedsAttention, match="403"):
        page_of(response(b'{"posts": []}', 403), "forum", now=NOW)


def test_a_page_without_its_list_is_tried_later() -> None:
    assert rows({"posts": [1, None]}, "posts", "forum") == [1, None]
    with pytest.raises(TryLater, match="no list of posts"):
        rows({"posts": {}}, "posts", "forum")


def test_one_bad_item_is_skipped_in_words() -> None:
    good, skipped = each_read([{"id": 1}, "x", {"id": -2}, {"id": "3"}], lambda each: id_of(each, "id"))

    assert good == [1, 3]
    assert skipped == [
        "item 2 of the page: it has no id that can be read",
        "item 3 of the page: it has no id that can be read",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("7", 7),
        (0, 0),
        (-1, None),
        (True, None),
        (1.5, None),
        ("٣", None),
        ("9" * 30, None),
        (10**30, None),
    ],
)
def test_numbers_are_read_narrowly(value: object, expected: int | None) -> None:
    assert number_of({"n": value}, "n") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1779264000, datetime(2026, 5, 20, 8, 0, tzinfo=UTC)),
        ("2026-05-20T08:00:00.123Z", datetime(2026, 5, 20, 8, 0, 0, 123000, tzinfo=UTC)),
        ("2026-05-20T10:00:00+02:00", datetime(2026, 5, 20, 8, 0, tzinfo=UTC)),
        ("2026-05-20T08:00:00.123456", datetime(2026, 5, 20, 8, 0, 0, 123456, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**15, None),
        (0, None),
        ("1970-01-01T00:00:00Z", None),
        ("2036-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_moments_are_utc_or_none(value: object, expected: datetime | None) -> None:
    """faults.md 32."""
    assert moment_of({"at": value}, "at", now=NOW) == expected


@given(st.integers(0, 36 * 365 * 86400), st.integers(-14, 14))
def test_every_moment_in_any_zone_comes_back(seconds: int, hours: int) -> None:
    moment = (EARLIEST + timedelta(seconds=seconds)).astimezone(timezone(timedelta(hours=hours)))

    assert moment_of({"at": moment.isoformat()}, "at", now=NOW) == moment


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://Forum.Example/", "forum.example"),
        ("http://forum.example.", "forum.example"),
        (" https://example.org/forum/ ", "example.org/forum"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
    ],
)
def test_a_site_is_one_place_by_whatever_address(url: str, place: str) -> None:
    assert place_of(url) == place


def test_what_is_not_there_is_empty() -> None:
    assert text_of({"a": 1}, "a") == ""
    assert table([1]) == {}
    assert json_of(response(b"nonsense")) is None
