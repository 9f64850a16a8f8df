"""What any test may ask for; what belongs to one room stands in that room's tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.scripted import ScriptedServer

if TYPE_CHECKING:  # a collector's tests need neither a store nor a server
    from storage.store import Store
    from tests.postgres import PostgresServer

# A slow machine is no counter-example: what is timed is timed in bench/.
settings.register_profile("earshot", deadline=None, max_examples=30)
settings.load_profile("earshot")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this run's own; it is started at the first need."""
    from tests.postgres import bundled, running

    with running(bundled()) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store on SQLite, to be copied."""
    from storage import open_store

    file = tmp_path_factory.mktemp("migrated") / "earshot.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def store_folder(tmp_path: Path, migrated_file: Path) -> Iterator[Path]:
    """A folder with an empty store on SQLite in it, ``earshot.db``: to make one takes longer than most tests."""
    shutil.copy(migrated_file, tmp_path / "earshot.db")
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store that is empty, on each engine in turn; where ``a_store`` and ``a_line`` are opened."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "earshot.db")
        yield f"sqlite:///{tmp_path / 'earshot.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store that knows the small configuration of tests.stores, on each engine in turn."""
    from tests.stores import a_store

    with a_store(store_url) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A web server on loopback that answers as it is told."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def now() -> datetime:
    """One fixed moment: a Wednesday in May."""
    return datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def shared() -> Path:
    """The folder of recordings that stands beside the repository."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared"
    if not (folder / "recordings").is_dir():
        pytest.skip("the recordings beside the repository (../shared) are missing")
    return folder
