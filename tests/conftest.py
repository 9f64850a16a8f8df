"""What any test may ask for; what belongs to one room stands in that room's tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from tests.scripted import ScriptedServer

# A slow machine is no counter-example: what is timed is timed in bench/.
settings.register_profile("earshot", deadline=None)
settings.load_profile("earshot")


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
