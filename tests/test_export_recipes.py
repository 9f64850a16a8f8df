"""The recipes of docs/export.md: each is run by DuckDB on an export."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from storage.exports import export
from tests.analysts import filled
from tests.stores import NOW, a_store

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "export.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
FOUND = [
    [("Northside Shelter", 1, -0.5)],
    [("reddit", 3)],
    None,
    [("reliability", "negative", 3)],
    None,
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "earshot.db").write_bytes(migrated_file.read_bytes())
    filled(f"sqlite:///{folder / 'earshot.db'}")
    with a_store(folder) as store:
        export(store, folder / "exports", zone="UTC", now=NOW)
    return folder


@pytest.mark.parametrize(("recipe", "found"), list(zip(RECIPES, FOUND, strict=True)), ids=range(len(RECIPES)))
def test_duckdb_answers_a_recipe_of_the_page(
    exported: Path, recipe: str, found: list[tuple[object, ...]] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(exported)
    with duckdb.connect() as duck:
        rows = [tuple(row.values()) for row in duck.sql(recipe).to_arrow_table().to_pylist()]

    assert rows
    assert found is None or rows == found


def test_duckdb_reads_only_the_month_that_is_asked_for(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(exported)
    with duckdb.connect() as duck:
        plan = str(duck.execute(f"EXPLAIN ANALYZE {RECIPES[1].replace('2026-11', '2026-10')}").fetchall())

    assert "Total Files Read: 0" in plan
