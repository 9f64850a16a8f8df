"""Trends: what counts are beside the usual, from the roll-up, on a terminal and in a picture."""

from __future__ import annotations

import csv
import doctest
import json
from datetime import date, timedelta
from io import BytesIO, StringIO
from itertools import groupby
from math import comb
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import commands.trends
import storage.arrow
import storage.export_folder
import storage.usual
from commands import chart
from commands.trends import sparkline
from model import Annotation, Author
from storage import reading
from storage.daily import keep_current
from storage.mentions import add_mentions
from storage.store import Store
from storage.trends import trends
from storage.usual import Trend, binned, chance, trend
from tests.commandline import earshot
from tests.lines import FORUM_ID
from tests.references import valid
from tests.searched import folder_of
from tests.stores import NOW, record_analysis, said

DAY = timedelta(days=1)
TODAY = date(2026, 11, 20)
LONG = 400
"""Days: longer than any that counts."""


def a_trend(last: int, before: int, *, heard_for: int = LONG, label: str = "x", shown: int = 35) -> Trend:
    """A line with so many mentions on the day before yesterday, and so many in the middle of the usual."""
    counts = [0] * 60
    counts[-2], counts[-20] = last, before
    return trend("need", label, counts, shown=shown, heard_for=heard_for)


@pytest.mark.parametrize(
    ("last", "before", "heard_for", "change", "percent"),
    [
        (30, 28, LONG, "more", None),
        (7, 28, LONG, "as usual", None),
        (0, 28, LONG, "less", None),
        (9, 0, LONG, "too few", None),
        (10, 0, LONG, "more", None),
        (12, 0, 10, "too new", None),
        (40, 80, LONG, "more", 100),
        (22, 80, LONG, "as usual", 10),
        (0, 0, LONG, "too few", None),
    ],
)
def test_a_week_is_told_beside_the_usual(
    last: int, before: int, heard_for: int, change: str, percent: int | None
) -> None:
    one = a_trend(last, before, heard_for=heard_for)

    assert (one.change, one.percent) == (change, percent)


def test_where_less_was_heard_the_usual_is_of_what_there_is() -> None:
    counts = [0] * 40 + [2] * 21

    one = trend("all", "all", counts, shown=30, heard_for=21)

    assert (one.last_7, one.before_7, one.before_28, one.days_before, one.usual_week) == (
        14,
        14,
        28,
        14,
        14.0,
    )
    assert one.change == "as usual"
    assert len(one.counts) == 30


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from([0.2, 0.5, 7 / 17]))
def test_the_chance_is_that_of_the_exact_binomial(here: int, there: int, share: float) -> None:
    n = here + there
    parts = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    tail = sum(parts[here:]) if here > n * share else sum(parts[: here + 1])

    assert chance(here, there, share) == pytest.approx(1.0 if here == n * share else min(1.0, 2 * tail))


def test_the_chance_of_many_is_told_without_counting_them_all() -> None:
    assert chance(2_000_000, 8_000_000, 0.2) == 1.0
    assert chance(2_010_000, 7_990_000, 0.2) < 1e-10


@given(st.lists(st.integers(0, 9), min_size=1, max_size=120), st.integers(1, 40))
def test_bars_lose_nothing_of_the_newest_days(counts: list[int], most: int) -> None:
    bars, days = binned(counts, most)

    assert 1 <= len(bars) <= most
    assert len(counts) - len(bars) * days < days
    assert sum(bars) == sum(counts[len(counts) % days :])
    assert len(sparkline(bars)) == len(bars)


def fill(store: Store) -> None:
    heard = [
        said(f"t{n}", f"Number {n}.", author=Author(who), published_at=NOW - age * DAY)
        for n, (who, age) in enumerate(
            [("NorthsideShelter", 1), ("somebody", 1), ("somebody", 2), ("riversidefood", 1), ("somebody", 0)]
        )
    ]
    with store.writing() as connection:
        for mention in reading.load_mentions(
            connection, add_mentions(connection, FORUM_ID, heard, now=NOW).new
        ):
            tags = [
                Annotation(kind="need", label="access", confidence=1.0),
                Annotation(
                    kind="concern", label="no" if mention.text.endswith("1.") else "yes", confidence=1.0
                ),
            ]
            record_analysis(connection, mention, "en", tags, version="1")
    keep_current(store, "UTC")


def test_lines_are_counted_from_the_roll_up_without_us_and_without_today(store: Store) -> None:
    """faults.md 72."""
    fill(store)

    with store.reading() as connection:
        found, left = trends(
            connection, ["partner", "channel", "need", "concern"], since=TODAY - 3 * DAY, today=TODAY, most=8
        )

    assert [(one.by, one.label, one.counts) for one in found] == [
        ("all", "all mentions", (0, 1, 2)),
        ("partner", "Northside Shelter", (0, 0, 1)),
        ("channel", "reddit", (0, 1, 2)),
        ("need", "access", (0, 1, 2)),
        ("concern", "yes", (0, 1, 1)),
    ]
    assert left == {}


def test_an_empty_store_has_no_trends(store: Store) -> None:
    with store.reading() as connection:
        assert trends(connection, ["need"], since=TODAY - DAY, today=TODAY, most=8) == ([], {})


def test_a_board_reads_the_roll_up_by_its_key(store: Store) -> None:
    from sqlalchemy import text

    from storage.engines import is_sqlite
    from storage.trends import _counts

    with store.reading() as connection:
        if not is_sqlite(connection):
            return  # an empty table is scanned there whatever its indices are
        for by in ("all", "partner", "channel", "need"):
            asked = _counts(by).where(text("daily_counts.day >= '2026-10-01'"))
            words = asked.compile(connection, compile_kwargs={"literal_binds": True})
            plan = str([row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {words}"))])
            assert "(kind=? AND day>?)" in plan, by


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trends")
    return folder_of(folder, [f"Box {n}" for n in range(30)])


def since_then() -> str:
    """So far back that the mentions of tests.searched, of November 2026, are among them whenever this is run."""
    return "2026-11-01"


def test_lines_fit_a_terminal_and_end_in_bars(config: Path) -> None:
    ran = earshot("trends", "--config", config, "--since", since_then(), "--by", "channel")

    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in lines] == ["Mentions", "last", "all", "by", "rss"]
    assert max(len(line) for line in lines[1:]) <= 100
    assert "\x1b" not in ran.out


def test_json_keeps_its_schema_and_csv_its_columns(config: Path) -> None:
    told = earshot("trends", "--config", config, "--since", since_then(), "--json")
    table = earshot("trends", "--config", config, "--since", since_then(), "--format", "csv")

    rows = valid("trends", json.loads(told.out))
    assert sum(rows[0]["counts"]) == 30
    assert [by for by, _ in groupby(row["by"] for row in rows)] == ["all", "partner", "channel"]
    assert next(csv.DictReader(StringIO(table.out)))["label"] == "all mentions"


def test_a_chart_lies_where_it_was_asked_for(config: Path, tmp_path: Path) -> None:
    ran = earshot("trends", "--config", config, "--since", since_then(), "--chart", tmp_path / "c.svg")

    assert f"Drawn: {tmp_path / 'c.svg'}." in ran.out
    assert b"all mentions" in (tmp_path / "c.svg").read_bytes()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--by", "weather"), "'weather' is none of partner"),
        (("--by", ","), "is none of"),
        (("--chart", "x.gif"), ".svg or .png"),
        (("--since", "soon"), "no age and no date"),
    ],
)
def test_a_wrong_wish_is_told(config: Path, words: tuple[str, str], says: str) -> None:
    ran = earshot("trends", "--config", config, *words)

    assert ran.code == 2
    assert says in " ".join(ran.err.replace("│", " ").split())


def drawn(found: list[Trend], ending: str) -> bytes:
    out = BytesIO()
    chart.draw(found, out, ending, first=TODAY - 35 * DAY, title="Riverside $x$ & <sons>")
    return out.getvalue()


def test_a_chart_is_a_picture_with_every_name_as_text() -> None:
    found = [a_trend(30, 28, label="Casa $y$ & <Söhne> 図書館"), a_trend(0, 0, label="none")]

    picture = drawn(found, ".svg")

    words = " ".join(ElementTree.fromstring(picture).itertext())
    assert "Riverside $x$ & <sons>" in words
    assert "Casa $y$ & <Söhne>" in words
    assert "30, usual 7: more" in words
    assert picture == drawn(found, ".svg")


def test_a_chart_of_a_day_or_of_nothing_is_drawn_too() -> None:
    assert drawn([], ".png").startswith(b"\x89PNG")
    assert drawn([a_trend(3, 0, shown=1)], ".png").startswith(b"\x89PNG")


def test_a_chart_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from errors import NeedsAttention

    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(NeedsAttention, match=r"earshot\[charts\]"):
        drawn([], ".svg")


@pytest.mark.parametrize(
    "module",
    [chart, commands.trends, storage.arrow, storage.export_folder, storage.usual],
    ids=lambda module: module.__name__,
)
def test_the_examples_are_true(module: ModuleType) -> None:
    done = doctest.testmod(module)

    assert done.attempted > 0
    assert done.failed == 0
