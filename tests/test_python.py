"""The store from Python: rows and data frames; the page, the notebook and the BI tool of the documents."""

from __future__ import annotations

import doctest
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars
import psycopg
import pytest

from earshot import NeedsAttention, Row, WrongQuery
from storage import rows
from storage.daily import keep_current
from storage.exports import export
from storage.mentions import add_mentions
from storage.rows import COLUMNS
from storage.store import Store
from storage.views import NAMES
from tests.analysts import ROLE, filled, taken_away
from tests.lines import FORUM_ID
from tests.postgres import PostgresServer
from tests.stores import NOW, a_store, said

DOCS = Path(__file__).resolve().parent.parent / "docs"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    """A folder with a small store and an export of it."""
    here = tmp_path_factory.mktemp("python")
    (here / "earshot.db").write_bytes(migrated_file.read_bytes())
    filled(f"sqlite:///{here / 'earshot.db'}")
    with a_store(here) as store:
        export(store, here / "exports", zone="UTC", now=NOW)
    return here


@pytest.fixture
def heard(store: Store) -> Store:
    """Three mentions, an hour apart; the last is half an hour before midnight in Berlin."""
    last = datetime(2026, 11, 19, 22, 30, tzinfo=UTC)
    said_then = [said(f"t{n}", f"Late box {n}.", published_at=last - n * HOUR) for n in range(3)]
    with store.writing() as connection:
        add_mentions(connection, FORUM_ID, said_then, now=NOW)
    return store


def found(of: rows.Rows) -> list[str]:
    return [row.external_id for row in of]


def test_a_search_gives_rows_newest_first_and_asks_anew_each_time(heard: Store) -> None:
    asked = heard.search("boxes", limit=2)
    first = found(asked)

    with heard.writing() as connection:
        add_mentions(connection, FORUM_ID, [said("t9", "A box.")], now=NOW)

    assert first == ["t0", "t1"]
    assert found(asked) == ["t9", "t0"]
    assert repr(asked) == "search('boxes', limit=2)"


@pytest.mark.parametrize(
    "since",
    [
        date(2026, 11, 19),
        "2026-11-19",
        datetime(2026, 11, 18, 23, 0, tzinfo=UTC),
        datetime.now(UTC) - datetime(2026, 11, 18, 23, 0, tzinfo=UTC),
    ],
    ids=["day", "written", "moment", "age"],
)
def test_a_moment_may_be_said_in_four_ways_and_days_are_the_organisations(
    heard: Store, since: rows.Moment
) -> None:
    keep_current(heard, "Europe/Berlin")
    day_before = said("t_before", "A box.", published_at=datetime(2026, 11, 18, 22, 59, tzinfo=UTC))
    with heard.writing() as connection:
        add_mentions(connection, FORUM_ID, [day_before], now=NOW)

    assert found(heard.search("box", since=since)) == ["t0", "t1", "t2"]
    assert found(heard.search("box", until=since)) == ["t_before"]


@pytest.mark.parametrize(
    ("query", "since", "fault"),
    [("(late", None, WrongQuery), ("", "soon", ValueError), ("", datetime(2026, 1, 1), ValueError)],  # noqa: DTZ001 - naive on purpose
)
def test_what_is_wrong_is_told_before_the_first_row(
    heard: Store, query: str, since: rows.Moment | None, fault: type[Exception]
) -> None:
    with pytest.raises(fault):
        heard.search(query, since=since)


def test_tables_have_the_fields_of_a_row_and_their_types(heard: Store) -> None:
    table = heard.search("box").arrow()
    frame = heard.search("box").to_polars()

    assert table.column_names == frame.columns == list(COLUMNS) == [field.name for field in fields(Row)]
    assert frame["id"].dtype == polars.Int64
    assert frame["published_at"].dtype == polars.Datetime("us", "UTC")
    assert frame["sources"].to_list() == [["r-foodbanks"]] * 3
    assert table["matched"].to_pylist() == [["box"]] * 3
    assert heard.search("nowhere").to_polars().schema == frame.schema


def test_batches_hold_all_rows(heard: Store) -> None:
    assert sum(batch.num_rows for batch in heard.search().batches()) == 3


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_library_that_is_missing_is_named_with_how_to_install_it(
    heard: Store, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(NeedsAttention, match=f"needs {library}: pip install"):
        heard.search().to_pandas() if library == "pandas" else heard.search().to_polars()


def test_pandas_gets_the_same_table(heard: Store) -> None:
    import pandas

    frame = heard.search("box").to_pandas()

    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["external_id"]) == ["t0", "t1", "t2"]


def test_the_page_is_true(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(blocks, {}, "python.md", None, 0)

    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    told: list[str] = []
    runner.run(test, out=told.append)

    assert "".join(told) == ""
    assert runner.summarize(verbose=False).attempted == 12


def test_the_page_names_every_column() -> None:
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    table = page[page.index("| column | holds |") :]

    assert [name for name in COLUMNS if f"`{name}`" not in table] == []


def test_the_examples_are_true() -> None:
    done = doctest.testmod(rows)

    assert done.attempted > 0
    assert done.failed == 0


def test_the_notebook_runs_from_its_first_cell_to_its_last(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    notebook = json.loads((DOCS / "recipes" / "a-month.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell.get("outputs") for cell in notebook["cells"])  # what people said is in no document
    names: dict[str, Any] = {}

    for cell in cells:
        exec(compile(cell, "a-month.ipynb", "exec"), names)

    assert names["heard"].sort("author_partner", nulls_last=True).rows() == [
        ("Northside Shelter", 1, -0.5),
        (None, 2, -0.5),
    ]
    assert names["needed"].rows() == [("reliability", 3)]
    assert names["waiting"].height == 2
    assert names["by_day"]["mentions"].sum() == 3


@pytest.fixture(scope="module")
def as_analyst(postgres: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    """A connection as a BI tool makes it: plain psycopg, signed in as the role that only reads."""
    with postgres.database() as url, taken_away(url):
        filled(url)
        database = url.partition("@/")[2].partition("?")[0]
        with psycopg.connect(host=str(postgres.folder), user=ROLE, dbname=database) as connection:
            yield connection


def test_a_bi_tool_finds_the_views_their_columns_and_nothing_else(
    as_analyst: psycopg.Connection[Any],
) -> None:
    listed = as_analyst.execute(
        "SELECT table_name, count(*) FROM information_schema.columns "
        "WHERE table_schema = current_schema() GROUP BY table_name"
    ).fetchall()
    as_analyst.commit()

    assert {name for name, _ in listed} == set(NAMES)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_analyst.execute("SELECT * FROM mentions")
    as_analyst.rollback()
    with pytest.raises(psycopg.errors.Error):
        as_analyst.execute("CREATE TEMP TABLE mine (x int)")
    as_analyst.rollback()


@pytest.mark.parametrize("number", range(3))
def test_a_bi_tool_is_answered_a_recipe_of_the_page(as_analyst: psycopg.Connection[Any], number: int) -> None:
    recipe = re.findall(r"```sql\n(.*?)```", (DOCS / "bi.md").read_text("utf-8"), re.DOTALL)[number]
    recipe = recipe.replace("current_date - 90", "DATE '2026-08-22'")

    wrapped = as_analyst.execute(f"SELECT * FROM ({recipe}) AS question LIMIT %s", [2_000]).fetchall()
    as_analyst.commit()

    assert bool(wrapped) == (number < 2)  # nothing was answered yet
