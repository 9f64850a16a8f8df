"""The house as it stands: floors, siblings, sizes, words, sockets, and what a wheel would carry."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests import floors

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INCLUDED: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]

DOORS_ALLOWED = {
    "delivery/smtp.py": ("smtplib",),  # letters leave here; the host is one that the file trusts
    "delivery/chat_child": ("requests.Session",),  # Apprise's; the gate holds it, and no redirect is followed
    "delivery/mailbox": ("aiosmtpd.controller",),  # the demo's mail server, on loopback
    "collectors/demo": ("http.server", "socketserver"),  # the demo's community, on loopback
}
COMES_WITH = {"prawcore": "praw", "pydantic_core": "pydantic"}  # documented as parts of one another
CALLED = {"sklearn": "scikit-learn"}  # not installed where tests run, so nothing there tells whose name it is
ONLY_FOR_MYPY = {"_typeshed", "pandas", "polars"}


def planted(root: Path, files: dict[str, str]) -> Path:
    """Write a small house of its own, for the rules to be tried on."""
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that would be published, built from this tree without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_imports_only_go_down_and_siblings_never_meet() -> None:
    assert floors.broken_floors(ROOT) == []


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        ("model.py", "import storage.mentions", "floor 2"),
        ("storage/a.py", "def late() -> None:\n    from pipeline import collect", "storage/a.py:2"),
        ("text.py", "if TYPE_CHECKING:\n    from collectors.rss import Rss", "text.py:2"),
        ("analysis/a.py", "import importlib\nimportlib.import_module('pipeline')", "analysis/a.py:2"),
        ("storage/deep/a.py", "from delivery import digest", "sibling"),
        ("net/gate.py", "import text", "sibling"),
        ("commands/run.py", "import cli", "sibling"),
        ("pipeline.py", "from config import load", "handed its settings"),
        ("commands/run.py", "from earshot import Mention", "outsiders"),
        ("storage/a.py", "from . import b", "relative"),
        ("storage/a.py", "from tests.scripted import ScriptedServer", "not part of what is installed"),
    ],
    ids=lambda value: re.sub(r"\W+", "-", value)[:40],
)
def test_a_planted_fault_is_found(tmp_path: Path, path: str, source: str, fault: str) -> None:
    house = planted(tmp_path, {"model.py": "import errors", "errors.py": "", path: source})

    found = floors.broken_floors(house)

    assert len(found) == 1
    assert fault in found[0]


def test_what_the_floors_allow_is_not_a_fault(tmp_path: Path) -> None:
    house = planted(
        tmp_path,
        {
            "storage/a.py": "import model\nfrom net import http\nfrom storage import b\nimport json",
            "pipeline.py": "from storage import a\nfrom collectors.contract import Batch",
            "cli.py": "from commands import run\nimport config",
            "scheduler.py": "import config, pipeline",
        },
    )

    assert floors.broken_floors(house) == []


def test_every_top_level_name_has_its_floor() -> None:
    ours = {name.removesuffix(".py") for name in INCLUDED}
    top_level = {path.stem for path in ROOT.glob("*.py")} | {
        path.parent.name
        for path in ROOT.glob("*/__init__.py")
        if path.parent.name not in {"tests", "bench", "docs"}
    }

    assert top_level <= ours
    assert ours <= set(floors.FLOORS)


def test_no_file_is_longer_than_400_lines() -> None:
    sources = [*floors.modules(ROOT), *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]

    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources}

    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > 400} == {}


def test_names_say_what_a_thing_is() -> None:
    assert floors.forbidden_words(ROOT) == []


def test_an_empty_word_is_found(tmp_path: Path) -> None:
    source = "class FeedManager: ...\ndef feed_info() -> None: ...\ndef information() -> None: ..."

    found = floors.forbidden_words(planted(tmp_path, {"net/urlutils.py": "", "text.py": source}))

    assert found == ["net/urlutils.py", "text.py:1: FeedManager", "text.py:2: feed_info"]


def test_no_socket_is_opened_outside_the_gate() -> None:
    """faults.md 8: what opens a connection of its own is found when it is written, not when it is abused."""
    assert floors.open_doors(ROOT, DOORS_ALLOWED) == []


def test_a_door_of_its_own_is_found_under_any_name(tmp_path: Path) -> None:
    """faults.md 8."""
    house = planted(
        tmp_path,
        {
            "net/http.py": "import socket\nsocket.create_connection(('h', 1))",
            "collectors/a.py": "import urllib.request as web\nweb.urlopen('u')",
            "collectors/b.py": "def late() -> None:\n    from socket import create_connection as call",
            "collectors/c.py": "import requests\nsession: requests.Session\nrequests.get('u')",
            "delivery/smtp.py": "import smtplib\nsmtplib.SMTP('h')",
        },
    )

    found = floors.open_doors(house, DOORS_ALLOWED)

    assert found == [
        "collectors/a.py:1: urllib.request",
        "collectors/a.py:2: urllib.request.urlopen",
        "collectors/b.py:2: socket.create_connection",
        "collectors/c.py:3: requests.get",
    ]


def test_everything_that_is_imported_is_asked_for_by_name() -> None:
    owners = packages_distributions()
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    declared = _asked(*groups)
    training = declared | _asked(PROJECT["dependency-groups"]["train"])

    undeclared = {
        (path, name)
        for path, name in floors.foreign_imports(ROOT)
        if name not in sys.stdlib_module_names | ONLY_FOR_MYPY
        and not (training if path.startswith("analysis/training/") else declared)
        & {_normal(owner) for owner in owners.get(COMES_WITH.get(name, name), [CALLED.get(name, name)])}
    }

    assert undeclared == set()


def test_our_names_belong_to_nobody_else() -> None:
    owners = packages_distributions()

    taken = {name: owners.get(name, []) for name in floors.FLOORS if set(owners.get(name, [])) - {"earshot"}}

    assert taken == {}
    assert not set(floors.FLOORS) & sys.stdlib_module_names


def test_a_wheel_holds_every_file_of_the_rooms_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    in_rooms = {
        path.relative_to(ROOT).as_posix()
        for name in INCLUDED
        for path in [ROOT / name, *(ROOT / name).rglob("*")]
        if path.is_file() and path.suffix != ".pyc" and not path.name.endswith((".db", ".db-wal", ".db-shm"))
    }

    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert inside == in_rooms


def test_a_wheel_names_its_licence_its_command_and_its_channels(wheel: zipfile.ZipFile) -> None:
    named = {Path(name).name: name for name in wheel.namelist() if ".dist-info/" in name}
    metadata = Parser().parsestr(wheel.read(named["METADATA"]).decode())
    entry_points = wheel.read(named["entry_points.txt"]).decode()

    assert metadata["License-Expression"] == "Apache-2.0"
    assert "LICENSE" in named
    assert "earshot = cli:main" in entry_points
    for module in re.findall(r"= ([\w.]+):", entry_points):
        path = module.replace(".", "/")
        assert {f"{path}.py", f"{path}/__init__.py"} & set(wheel.namelist()), module


def test_the_locks_name_no_address_and_agree() -> None:
    run = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    develop = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")

    assert not re.search(r"https?:|file:|(?<![\w.-])/\w|index-url|find-links", run + develop)
    assert _pins(run) <= _pins(develop)
    assert not {pin for pin in _pins(develop) if pin.startswith("torch=")}
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\w)", run + develop) if "==" in block)


def test_the_locks_hold_what_is_asked_for() -> None:
    """`make lock` writes them again."""
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    running = _asked(project["dependencies"], *project["optional-dependencies"].values(), groups["build"])
    developing = _asked([each for each in groups["dev"] if isinstance(each, str)])

    assert running - {"earshot"} <= _names("requirements.lock")
    assert developing <= _names("requirements-dev.lock")


def _asked(*groups: list[str]) -> set[str]:
    """Return the names of what requirements ask for."""
    return {_normal(re.split(r"[\[<>=!~; ]", requirement)[0]) for group in groups for requirement in group}


def _names(lock: str) -> set[str]:
    return {_normal(pin.split("==")[0]) for pin in _pins((ROOT / lock).read_text(encoding="utf-8"))}


def _pins(lock: str) -> set[str]:
    return {line.rstrip(" \\") for line in lock.splitlines() if "==" in line and not line.startswith(" ")}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
