"""Channel hyperkitty before a real HyperKitty: the scenario of the fake, so that the fake is known to be right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hyperkitty_scenario import HyperKittyScenario
from tests.real.hyperkitty import RealArchive, Site, running_hyperkitty

PYTHON = Path(__file__).resolve().parent.parent.parent / ".venv-real" / "bin" / "python"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if not PYTHON.exists():
        pytest.skip("HyperKitty is not installed: run make test-real")
    with running_hyperkitty(PYTHON, tmp_path_factory.mktemp("hyperkitty")) as running:
        yield running


@pytest.fixture
def archive(site: Site) -> RealArchive:
    return site.archive()


@pytest.mark.real
class TestHyperKitty(HyperKittyScenario):
    """The scenario, before a real archive."""
