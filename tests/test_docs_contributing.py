"""CONTRIBUTING.md adds a channel in five steps; here somebody follows them to the letter, in a copy of the house."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.floors import FLOORS
from tests.scripted import Answer, Request, ScriptedServer

ROOT = Path(__file__).resolve().parent.parent
STEPS = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ENTRIES = [
    {"id": 1, "name": "Ada", "text": "Thank you for the boxes.", "at": "2026-05-18T10:00:00+00:00"},
    {"id": 2, "name": "Ben", "text": "Came late again.", "at": "2026-05-19T10:00:00+02:00"},
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house in which the files of the steps stand where the steps say."""
    copy = tmp_path_factory.mktemp("house")
    for unit in FLOORS:
        if (ROOT / unit).is_dir():
            shutil.copytree(ROOT / unit, copy / unit, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / f"{unit}.py").is_file():
            shutil.copy(ROOT / f"{unit}.py", copy)
    (copy / "tests").mkdir()
    for name in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py", "tests/scripted.py"):
        shutil.copy(ROOT / name, copy / name)
    for name, source in re.findall(r"```python\n# (\S+)\n(.*?)```", STEPS, re.DOTALL):
        (copy / name).write_text(source, encoding="utf-8")
    _install_entry_points(copy)
    return copy


def _install_entry_points(copy: Path) -> None:
    """Do what an installation does with the second step."""
    (step,) = re.findall(r"```toml\n(\[project\.entry-points.*?)```", STEPS, re.DOTALL)
    ((group, points),) = tomllib.loads(step)["project"]["entry-points"].items()
    installed = copy / "guestbook-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: guestbook\nVersion: 1\n", encoding="utf-8"
    )
    lines = [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (installed / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


def run(house: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, as if nobody measured this run."""
    unwanted = ("COV", "PYTEST", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    command = [sys.executable, *arguments]
    environment = {**kept, "PYTHONPATH": str(house)}
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)


def test_the_channel_keeps_the_contract(house: Path) -> None:
    ran = run(house, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_collectors_guestbook.py")

    assert ran.returncode == 0, ran.stdout
    assert re.search(r"\d\d passed", ran.stdout)


def test_the_channel_keeps_the_house_style(house: Path) -> None:
    written = ["collectors/guestbook.py", "tests/test_collectors_guestbook.py"]

    for tool in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict"]):
        ran = run(house, "-m", *tool, *written)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_channel_is_heard_by_the_command_line(house: Path, server: ScriptedServer) -> None:
    server.route("/book", _book)
    (step,) = re.findall(r"```toml\n(\[\[sources\]\].*?)```", STEPS, re.DOTALL)
    source = step.replace("https://town.example", server.url)
    configuration = f'[organisation]\nname = "Town"\n[http]\nallow_private_networks = true\n{source}'
    (house / "earshot.toml").write_text(configuration, encoding="utf-8")

    first = run(house, "-c", "import cli; cli.main()", "collect", "--source", "town-hall", "--json")
    again = run(house, "-c", "import cli; cli.main()", "collect", "--source", "town-hall", "--json")

    assert first.returncode == 0, first.stderr
    assert [row["new"] for row in json.loads(first.stdout)] == [len(ENTRIES)]
    assert [row["new"] for row in json.loads(again.stdout)] == [0]


def _book(request: Request) -> Answer:
    after = int(request.query["after"][0])
    return Answer(body=json.dumps({"entries": [entry for entry in ENTRIES if int(str(entry["id"])) > after]}))
