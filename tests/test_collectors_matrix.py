"""Channel matrix before a homeserver that is played: the scenario that a real Synapse is held to as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.matrix_people import Place
from tests.matrix_scenario import MatrixScenario
from tests.matrix_service import Homeserver


@pytest.fixture
def place() -> Iterator[Place]:
    with Homeserver() as server:
        played = server.place()
        with closing(played.http):
            yield played


class TestPlayed(MatrixScenario):
    """The scenario, before the fake."""
