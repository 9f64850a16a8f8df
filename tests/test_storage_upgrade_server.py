"""From the oldest schema to this one on PostgreSQL: killed at any statement, beside who reads, and the way back."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from storage import open_store, server_backups
from storage.engines import engine_for
from storage.migrations import HEAD
from storage.reading import load_mentions
from storage.schema import mentions
from storage.search import Query, search
from tests.commandline import earshot
from tests.old_database import NAME, an_old_database, schema_of, whole
from tests.old_store import SCHEMA, STEPS, migrated
from tests.postgres import PostgresServer, bundled
from tests.stores import NOW

SAID = "SELECT id, title, text, raw, analyzed_as FROM mentions ORDER BY id"
CONFIG = """
[organisation]
name = "Riverside Food Network"
[store]
url = "{url}"
password = "env:EARSHOT_TEST_PASSWORD"
"""
AMONG_THEM = 60
"""A statement in the middle of the migration."""


def test_a_database_of_the_oldest_schema_is_upgraded_with_all_that_it_holds(postgres: PostgresServer) -> None:
    """faults.md 98."""
    with an_old_database(postgres) as url:
        before = postgres.command(SAID, NAME)

        store = open_store(url)

        with store.reading() as connection:
            found = load_mentions(connection, list(connection.execute(select(mentions.c.id)).scalars()))
            hits = list(search(connection, Query(words="title:late boxes"), limit=None))
        store.close()
        assert schema_of(postgres) == HEAD
        assert postgres.command(SAID, NAME) == before
    assert [tag.label for mention in found for tag in mention.annotations] == ["yes"]
    assert len(hits) == 1


def test_the_way_back_is_the_dump_that_was_made_before(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md 68 and 98."""
    monkeypatch.setenv("PATH", f"{bundled()}{os.pathsep}{os.environ['PATH']}")
    with an_old_database(postgres) as url:
        before = postgres.command(SAID, NAME)
        engine = engine_for(url)
        server_backups.dump(engine, tmp_path / "before.dump")
        open_store(url).close()

        server_backups.load(engine, tmp_path / "before.dump", now=NOW)

        engine.dispose()
        assert schema_of(postgres) == SCHEMA  # the earlier program opens it
        assert postgres.command(SAID, NAME) == before


def killed_at(server: PostgresServer, statement: int) -> str:
    """Kill a migration before one of its statements; return the schema that it left, once it is opened again."""
    with an_old_database(server) as url:
        before = server.command(SAID, NAME)

        killed = migrated(url, killed_at=statement)

        assert killed.returncode == -9, killed.stderr
        left = whole(server)
        assert server.command(SAID, NAME) == before
        assert migrated(url).returncode == 0
        assert schema_of(server) == HEAD
        assert server.command(SAID, NAME) == before
    return left


def statements(server: PostgresServer) -> int:
    with an_old_database(server) as url:
        done = migrated(url)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_migration_that_is_killed_leaves_a_whole_schema_and_goes_on_from_it(
    postgres: PostgresServer,
) -> None:
    """faults.md 69. At one statement of about a hundred and fifty; the long test tries forty."""
    assert SCHEMA < killed_at(postgres, AMONG_THEM) < HEAD


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_migration_that_is_killed_at_any_of_forty_statements_leaves_a_whole_schema(
    postgres: PostgresServer,
) -> None:
    """faults.md 69. The statements are chosen by chance, the first and the last among them."""
    count = statements(postgres)
    chosen = sorted({1, count, *Random(1).sample(range(2, count), 38)})

    left = [killed_at(postgres, each) for each in chosen]

    assert left == sorted(left)
    assert left[0] == SCHEMA
    assert len(set(left)) > STEPS / 2


def test_the_command_signs_in_with_the_password_of_the_file(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.command("DROP ROLE IF EXISTS guarded")
    postgres.command("CREATE ROLE guarded SUPERUSER LOGIN PASSWORD 'canary-7f3a'")
    monkeypatch.setenv("EARSHOT_TEST_PASSWORD", "canary-7f3a")
    config = tmp_path / "earshot.toml"
    with an_old_database(postgres):
        config.write_text(CONFIG.format(url=postgres.url(NAME, user="guarded")), encoding="utf-8")

        ran = earshot("migrate", "--config", config)

        assert (ran.code, ran.out) == (0, f"The store has schema {HEAD}.\n"), ran.err
        assert schema_of(postgres) == HEAD
