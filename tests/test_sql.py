"""`earshot sql` and `earshot migrate`: what an analyst asks, and what is printed."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from errors import NeedsAttention
from storage.analysts import admit
from storage.sandbox import Limits, ask, pointed, question_of
from storage.sandbox.child import answer
from storage.views import NAMES
from tests.analysts import ROLE, asked, filled, taken_away
from tests.commandline import Ran, earshot
from tests.postgres import PostgresServer
from tests.references import valid
from tests.stores import a_store

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "sql.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
PARTNERS = 'SELECT name AS "odd ] \'name\' ""x""", mentions FROM v_partners'


@pytest.fixture(scope="module")
def sqlite_url(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("asked") / "earshot.db"
    file.write_bytes(migrated_file.read_bytes())
    return filled(f"sqlite:///{file}")


@pytest.fixture(scope="module")
def postgresql_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url, taken_away(url):
        yield filled(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def config(tmp_path: Path, url: str) -> Path:
    file = tmp_path / "earshot.toml"
    file.write_text(f'[organisation]\nname = "RFN"\n\n[store]\nurl = "{url}"\n', encoding="utf-8")
    return file


def sql(config: Path, *words: str) -> Ran:
    return earshot("sql", *words, "--config", config)


def here(url: str, statement: str, capsys: pytest.CaptureFixture[str]) -> list[list[object]]:
    """Return the rows of a statement, asked in this process by the code that the child runs."""
    end = answer(question_of(url, statement, Limits()))
    assert end is None, end
    frames = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [row for frame in frames for row in frame.get("rows", [])]


@pytest.mark.parametrize("number", range(len(RECIPES)))
def test_a_recipe_of_the_page_is_answered(url: str, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = RECIPES[number]
    only = re.match(r"-- (\w+)", recipe)
    if only is not None and not url.startswith(only[1]):
        return

    rows = here(url, recipe, capsys)

    assert isinstance(rows, list)


@pytest.mark.parametrize("name", NAMES)
def test_every_view_is_counted_and_read(url: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (count,) = here(url, f"SELECT count(*) FROM {name}", capsys)[0]
    rows = here(url, f"SELECT * FROM {name}", capsys)
    ones = here(url, f"SELECT 1 FROM {name} AS x", capsys)

    assert count == len(rows) == len(ones) > 0


@pytest.mark.parametrize(
    "statement",
    [
        "WITH x AS (SELECT * FROM v_mentions) SELECT count(*) FROM x",
        "WITH v_daily AS (SELECT id FROM v_mentions) SELECT count(id) FROM v_daily",
        "SELECT count(*) FROM v_mentions m LEFT JOIN v_needs n ON n.mention_id = m.id",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT count(*) FROM t",
        "SELECT count(*) FROM (SELECT DISTINCT m.id FROM v_mentions m JOIN v_needs a ON a.mention_id = m.id) AS x",
        "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY published_at) AS n FROM v_mentions) AS x",
        "SELECT count(*) FROM v_mentions WHERE text <> '); DELETE FROM mentions; --';",
        "SELECT /* what -- is */ count(*) -- asked; here\nFROM v_mentions",
        "VALUES (3)",
    ],
)
def test_honest_joins_and_parts_of_with_are_answered(
    url: str, statement: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here(url, statement, capsys) == [[3]]


def test_the_first_rows_of_more_are_called_so(config: Path) -> None:
    """faults.md 78."""
    ran = sql(config, "SELECT id FROM v_mentions", "--limit", "2", "--format", "jsonl")

    assert (ran.code, len(ran.out.splitlines())) == (0, 2)
    assert "first 2 rows of more" in ran.err


def test_rows_as_json_keep_their_promise_and_ids_are_text(config: Path) -> None:
    ran = sql(
        config, "SELECT id, id, text, published_at, score FROM v_mentions ORDER BY published_at", "--json"
    )

    rows = valid("sql", json.loads(ran.out))
    assert list(rows[0]) == ["id", "id_2", "text", "published_at", "score"]
    assert rows[0]["id"].isdigit()
    assert rows[0]["published_at"] == "2026-11-19T06:30:00Z"
    assert rows[0]["score"] == -0.5


def test_odd_names_of_columns_stay_as_they_are(config: Path) -> None:
    """faults.md 79."""
    ran = sql(config, PARTNERS, "--json")

    assert json.loads(ran.out) == [{"odd ] 'name' \"x\"": "Northside Shelter", "mentions": 1}]


def test_a_table_for_a_person(config: Path) -> None:
    ran = sql(config, "SELECT name, mentions FROM v_partners")

    assert ran.out.split() == ["name", "mentions", "Northside", "Shelter", "1"]


def test_csv_runs_nothing_in_a_spreadsheet(config: Path, tmp_path: Path) -> None:
    ran = sql(config, "SELECT '=1+1' AS sum", "--format", "csv", "--output", str(tmp_path / "x.csv"))

    assert ran.code == 0
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").split() == ["sum", "'=1+1"]


def test_parquet_keeps_numbers_and_texts(config: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    statement = "SELECT id, text, score, published_at FROM v_mentions ORDER BY published_at"
    ran = sql(config, statement, "--format", "parquet", "--output", str(tmp_path / "x.parquet"))

    table = parquet.read_table(tmp_path / "x.parquet")
    assert ran.code == 0, ran.err
    assert [str(field.type) for field in table.schema] == ["int64", "string", "double", "string"]
    assert table.num_rows == 3


def test_a_wrong_statement_is_told_with_its_place(config: Path) -> None:
    ran = sql(config, "SELECT id\nFROM v_mention")

    assert ran.code == 2
    assert "did you mean v_mentions?\n  line 2: FROM v_mention\n               ^" in ran.err


def test_a_statement_that_goes_on_for_ever_is_stopped(config: Path) -> None:
    """faults.md 76."""
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"
    ran = sql(config, endless, "--timeout", "0.3")

    assert ran.code == 1
    assert "stopped after 0.3 seconds" in ran.err


def test_rows_without_end_come_while_they_are_asked_for(url: str) -> None:
    """faults.md 78."""
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t"
    with ask(url, endless, limits=Limits(rows=10_000_000, seconds=20)) as answer:
        some = [next(answer.rows)[0] for _ in range(1_000)]

    assert some == list(range(1, 1_001))


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="there is no store"):
        asked(f"sqlite:///{tmp_path / 'none.db'}", "SELECT 1")

    assert list(tmp_path.iterdir()) == []


def test_a_store_of_another_schema_is_told(tmp_path: Path, migrated_file: Path) -> None:
    file = tmp_path / "earshot.db"
    file.write_bytes(migrated_file.read_bytes())
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")

    with pytest.raises(NeedsAttention, match="schema 0001.*earshot migrate"):
        asked(f"sqlite:///{file}", "SELECT 1")


def test_without_a_role_postgresql_is_not_asked(postgres: PostgresServer) -> None:
    with postgres.database() as url, pytest.raises(NeedsAttention, match="--analyst-role"):
        asked(url, "SELECT 1")


def test_a_bi_tool_signs_in_as_the_role_and_reads_the_views_alone(
    postgresql_url: str, postgres: PostgresServer
) -> None:
    """faults.md 75, 77, and 79: the role has quotes and a bracket in its name."""
    database = postgresql_url.split("@/")[1].split("?")[0]
    with psycopg.connect(host=str(postgres.folder), user=ROLE, dbname=database, autocommit=True) as tool:
        for name in NAMES:
            assert tool.execute(f"SELECT count(*) FROM {name}").fetchone() is not None
        for statement in ("SELECT * FROM keys", "SELECT * FROM mentions", "SELECT nextval('alerts_id_seq')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                tool.execute(statement)
        tool.execute("SET default_transaction_read_only = off")
        for statement in ("CREATE TABLE x (y int)", "CREATE TEMP TABLE x (y int)", "DELETE FROM v_mentions"):
            with pytest.raises(psycopg.Error):
                tool.execute(statement)


def test_migrate_says_what_schema_the_store_has(config: Path, url: str) -> None:
    ran = earshot("migrate", "--json", "--config", config)

    assert valid("migrate", json.loads(ran.out))["analyst_role"] is None


def test_a_store_on_sqlite_has_no_roles(sqlite_url: str) -> None:
    with a_store(sqlite_url) as store, store.writing() as connection:
        with pytest.raises(NeedsAttention, match="has no roles"):
            admit(connection, "analyst")


@pytest.mark.parametrize("role", ["", "pg_analyst", "x" * 64, "postgres"])
def test_a_role_that_reads_more_or_cannot_be_is_refused(postgresql_url: str, role: str) -> None:
    with a_store(postgresql_url) as store, pytest.raises(NeedsAttention):
        with store.writing() as connection:
            admit(connection, role)


def test_the_same_role_again_changes_nothing(postgresql_url: str) -> None:
    with a_store(postgresql_url) as store, store.writing() as connection:
        assert admit(connection, ROLE) == []


def test_a_place_in_a_long_line_is_shown_with_what_stands_around_it() -> None:
    shown = pointed("here", "SELECT " + "x, " * 60 + "wrong", 187).splitlines()

    assert shown[1].endswith("wrong")
    assert shown[2].index("^") == shown[1].index("wrong")
