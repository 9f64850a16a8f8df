"""Channel matrix before a real Synapse: the scenario of the fake, so that the fake is known to be right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.matrix_people import Place
from tests.matrix_scenario import MatrixScenario
from tests.real.synapse import running_synapse

PYTHON = Path(__file__).resolve().parent.parent.parent / ".venv-real" / "bin" / "python"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    if not PYTHON.exists():
        pytest.skip("Synapse is not installed: run make test-real")
    with running_synapse(PYTHON, tmp_path_factory.mktemp("synapse")) as running:
        yield running


@pytest.mark.real
class TestSynapse(MatrixScenario):
    """The scenario, before a real homeserver."""
