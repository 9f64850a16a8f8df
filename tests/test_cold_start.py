"""How light the command line is before it has anything to do."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    "spacy",
    "thinc",
    "numpy",
    "praw",
    "tweepy",
    "requests",
    "feedparser",
    "lxml",
    "sqlalchemy",
    "alembic",
    "jinja2",
}
HELP_SECONDS = 0.4


def bare_environment() -> dict[str, str]:
    """This environment without what would be measured along: coverage, and compiling anew at each start."""
    unwanted = ("COV", "PYTEST", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def loaded_by(statement: str) -> set[str]:
    """Run a statement in an interpreter of its own and return the top-level modules that it loaded."""
    report = (
        f"{statement}; import json, sys; print(json.dumps([name for name in sys.modules if '.' not in name]))"
    )
    command = [sys.executable, "-c", report]
    ran = subprocess.run(
        command, cwd=ROOT, env=bare_environment(), check=True, capture_output=True, text=True
    )
    return set(json.loads(ran.stdout))


@pytest.mark.parametrize("module", ["cli", "earshot", "collectors", "model"])
def test_importing_loads_no_heavy_library(module: str) -> None:
    if module == "cli":
        assert "typer" in loaded_by("import cli")  # the report itself sees what is loaded

    assert loaded_by(f"import {module}") & HEAVY == set()


def test_help_answers_at_once() -> None:
    command = [sys.executable, "-c", "import cli; cli.main()", "--help"]

    seconds = min(_cpu_seconds(command) for _ in range(3))

    assert seconds < HELP_SECONDS


def _cpu_seconds(command: list[str]) -> float:
    """Return the CPU time, user and system, of one child; other children must not run beside it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, env=bare_environment(), check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
