"""Dates that are read without feedparser are those that it reads."""

from __future__ import annotations

from datetime import UTC

import pytest
from feedparser.datetimes import _parse_date
from hypothesis import given
from hypothesis import strategies as st

from collectors.rss import dates
from collectors.rss.dates import usual_date
from collectors.rss.xmlfeed import entry_of

USUAL = [
    "Tue, 19 May 2026 10:00:00 GMT",
    "Thu, 01 Oct 2026 23:59:59 -1130",
    "19 Sep 2026 10:00:00 +0000",
    "2026-05-19T10:00:00Z",
    "2026-05-19T10:00:00+05:30",
]


@given(st.one_of(st.from_regex(dates._MAIL, fullmatch=True), st.from_regex(dates._ISO, fullmatch=True)))
def test_what_is_read_here_is_what_feedparser_reads(written: str) -> None:
    moment = usual_date(written)

    theirs = entry_of({"published_parsed": _parse_date(written)}, "").published
    assert moment is None or moment == theirs


@pytest.mark.parametrize("written", USUAL)
def test_usual_dates_are_read_here(written: str) -> None:
    moment = usual_date(written)

    assert moment is not None
    assert moment.tzinfo is UTC
    assert moment == entry_of({"published_parsed": _parse_date(written)}, "").published


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026-05-19",
        "Tue, 19 May 2026 25:61:00 GMT",
        "0001-01-01T00:00:00+01:00",
        "Tue, 19 May 26 10:00 EST",
    ],
)
def test_others_are_left_to_feedparser(written: str) -> None:
    assert usual_date(written) is None
