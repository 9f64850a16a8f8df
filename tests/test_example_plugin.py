"""docs/example-plugin is a whole package: it is built, installed, found, held to the contract, and listened with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.scripted import Answer, Request, ScriptedServer

EXAMPLE = Path(__file__).resolve().parent.parent / "docs" / "example-plugin"
NOTICES = [
    {"id": 1, "change": 1, "title": "Boxes", "text": "On Friday.", "by": "ada", "at": "2026-05-18T10:00:00Z"},
    {"id": 2, "change": 2, "title": "Mill", "text": "Closed.", "by": "ben", "at": "2026-05-19T10:00:00Z"},
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network from a copy of the folder."""
    copy, built = tmp_path_factory.mktemp("source") / "plugin", tmp_path_factory.mktemp("wheel")
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which pip has installed it, beside the Earshot of these tests."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder), str(wheel)], check=True, capture_output=True)
    return folder


def run(installed: Path, folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python where the plug-in is installed, as if nobody measured this run."""
    unwanted = ("COV", "PYTEST", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    environment = {**kept, "PYTHONPATH": str(installed)}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def earshot(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(installed, folder, "-c", "import cli; cli.main()", *words)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with a configuration that has no source yet."""
    configuration = '[organisation]\nname = "Town"\n[http]\nallow_private_networks = true\n'
    (tmp_path / "earshot.toml").write_text(configuration, encoding="utf-8")
    return tmp_path


@pytest.fixture
def board(server: ScriptedServer) -> str:
    def notices(asked: Request) -> Answer:
        after = int(asked.query["after"][0])
        return Answer(
            body=json.dumps({"notices": [each for each in NOTICES if int(str(each["change"])) > after]})
        )

    server.route("/board/notices", notices)
    return f"{server.url}/board"


def test_the_wheel_holds_one_module_and_nothing_of_ours(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert inside == {"earshot_noticeboard.py"}


def test_it_uses_the_face_only() -> None:
    for path in EXAMPLE.rglob("*.py"):
        imported = re.findall(r"^(?:from|import) ([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        foreign = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
        assert foreign <= {"earshot", "earshot_noticeboard", "pytest"}


def test_it_is_found_as_a_channel(installed: Path, tmp_path: Path) -> None:
    asked = "import collectors; print(collectors.catalogue()['noticeboard'].__module__)"

    ran = run(installed, tmp_path, "-c", asked)

    assert ran.stdout.strip() == "earshot_noticeboard", ran.stderr


def test_its_own_tests_pass_the_contract_among_them(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))

    ran = run(installed, tmp_path, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests")

    assert ran.returncode == 0, ran.stdout
    told = re.search(r"(\d+) passed", ran.stdout)
    assert told is not None
    assert int(told[1]) >= 25
    assert "skipped" not in ran.stdout


def test_the_command_line_tries_it_and_stores_nothing(installed: Path, town: Path, board: str) -> None:
    tried = earshot(installed, town, "source", "test", "--channel", "noticeboard", "--url", board)

    assert tried.returncode == 0, tried.stderr
    assert "Boxes" in tried.stdout
    assert "Nothing was stored" in tried.stdout


def test_the_command_line_listens_with_it(installed: Path, town: Path, board: str) -> None:
    added = earshot(installed, town, "source", "add", "town", "--channel", "noticeboard", "--url", board)
    first, again = (earshot(installed, town, "collect", "--source", "town", "--json") for _ in range(2))

    assert added.returncode == 0, added.stderr
    assert [json.loads(each.stdout)[0]["new"] for each in (first, again)] == [len(NOTICES), 0]


def test_a_setting_that_it_does_not_know_is_refused_with_those_that_it_knows(
    installed: Path, town: Path
) -> None:
    told = earshot(installed, town, "source", "add", "town", "--channel", "noticeboard", "--set", "adress=x")

    assert told.returncode == 1
    assert "url" in told.stderr
