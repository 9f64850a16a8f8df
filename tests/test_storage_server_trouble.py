"""What a server of PostgreSQL may lack, or give up: it is told, waited for, or done again."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from random import Random

import psycopg
import pytest
from sqlalchemy import Connection, insert, select, text

from errors import TryLater
from storage import postgresql
from storage.engines import engine_for
from storage.schema import audit
from storage.store import Store
from tests.overheard import overheard
from tests.postgres import PostgresServer
from tests.stores import NOW, a_store

GIVEN_UP = "DO $$ BEGIN RAISE EXCEPTION 'as a server says it' USING ERRCODE = '{state}'; END $$"


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as address:
        yield address


@pytest.fixture
def asked_again() -> Iterator[threading.Event]:
    """What is set when a server that takes nobody is asked once more."""
    with overheard("storage.postgresql", "asked again") as happened:
        yield happened


def note(connection: Connection, what: str = "x") -> None:
    connection.execute(insert(audit).values(at=NOW, what=what, which="-", why="-"))


def notes(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(audit.c.what).order_by(audit.c.id)).scalars())


@pytest.mark.parametrize(
    ("state", "advice"),
    [("53100", "make room on its disk"), ("53200", "out of memory"), ("25006", "name the primary")],
)
def test_what_a_server_lacks_is_told_in_words_and_nothing_is_half_there(
    url: str, state: str, advice: str
) -> None:
    """faults.md 64."""
    with a_store(url) as store:
        store.write(lambda connection: note(connection, "before"))

        with pytest.raises(TryLater, match=advice), store.writing() as connection:
            note(connection)
            connection.exec_driver_sql(GIVEN_UP.format(state=state))

        assert notes(store) == ["before"]


@pytest.mark.parametrize("state", ["40001", "40P01", "57P01"])
def test_what_a_server_gives_up_is_done_again_once(url: str, state: str) -> None:
    """faults.md 66."""
    tries: list[str] = []

    def work(connection: Connection) -> None:
        tries.append(state)
        note(connection)
        if len(tries) == 1:
            connection.exec_driver_sql(GIVEN_UP.format(state=state))

    with a_store(url) as store:
        store.write(work)

        assert (len(tries), notes(store)) == (2, ["x"])


def crowd(postgres: PostgresServer, database: str) -> ExitStack:
    """Take every place that a server has; they are free again when it is closed."""
    places = ExitStack()
    try:
        while True:
            taken = psycopg.connect(host=str(postgres.folder), user="postgres", dbname=database)
            places.enter_context(taken)
    except psycopg.OperationalError:
        return places


@pytest.mark.parametrize("user", ["postgres", "somebody"])
def test_who_comes_to_a_server_that_is_full_waits_until_somebody_goes(
    postgres: PostgresServer, url: str, user: str, asked_again: threading.Event
) -> None:
    """faults.md 66. The last places are kept for its administrators, so others hear of it in other words."""
    database = url.partition("@/")[2].partition("?")[0]
    postgres.command("DROP ROLE IF EXISTS somebody")
    postgres.command("CREATE ROLE somebody LOGIN")
    engine, found = engine_for(postgres.url(database, user)), []

    def read() -> None:
        with Store(engine).reading() as connection:
            found.append(connection.execute(text("SELECT 1")).scalar_one())

    with crowd(postgres, database):
        late = threading.Thread(target=read)
        late.start()
        assert asked_again.wait(20)
    late.join()

    assert found == [1]
    engine.dispose()


def test_a_server_that_stays_full_is_told_in_words(
    postgres: PostgresServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faults.md 66."""
    monkeypatch.setattr(postgresql, "PATIENCE", 0.0)
    engine = engine_for(url)

    with crowd(postgres, "postgres"):
        with pytest.raises(TryLater, match="raise its max_connections"), Store(engine).reading():
            pass

    engine.dispose()


@pytest.mark.long
def test_a_disk_that_is_full_loses_nothing_and_readers_go_on(postgres: PostgresServer) -> None:
    """faults.md 64."""
    disk = postgres.folder / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a small file system")
    shutil.chown(disk, "nobody")  # as whom the server runs
    try:
        postgres.command(f"CREATE TABLESPACE small LOCATION '{disk}'")
        postgres.command("CREATE DATABASE cramped TABLESPACE small")
        with a_store(postgres.url("cramped")) as store:
            committed = []
            with pytest.raises(TryLater, match="make room on its disk"):
                for what in count():
                    words = (
                        f"{what} {Random(what).randbytes(300_000).hex()}"  # nothing that could be compressed
                    )
                    store.write(partial(note, what=words))
                    committed.append(words)

            read = notes(store)
            subprocess.run(["mount", "-o", "remount,size=48m", str(disk)], check=True)
            store.write(note)

            assert read == committed != []
            assert notes(store) == [*committed, "x"]
    finally:
        postgres.command("DROP DATABASE IF EXISTS cramped WITH (FORCE)")
        postgres.command("DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", str(disk)], check=True)
