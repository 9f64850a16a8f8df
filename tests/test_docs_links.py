"""What the documents point at is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest
from typer.core import TyperGroup

import cli

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    ours = [link for link in links if not re.match(r"[a-z]+:", link)]

    missing = [link for link in ours if not (document.parent / link).exists()]

    assert missing == []


@pytest.mark.parametrize("target", ["run", "test", "test-long", "check", "bench", "docs", "clean"])
def test_the_makefile_has_what_is_promised(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert re.search(rf"^{target}:.*## \w", makefile, re.MULTILINE)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/how-it-works.md"])
def test_every_command_that_a_document_names_exists(document: str) -> None:
    top = cast(TyperGroup, cli.command())
    text = (ROOT / document).read_text(encoding="utf-8")

    named = re.findall(r"(?:`|bin/)earshot ([a-z]+)(?: ([a-z]+))?([^`\n#]*)", text)

    for verb, second, rest in named:
        assert verb in top.commands
        command = top.commands[verb]
        if isinstance(command, TyperGroup) and second:
            assert second in command.commands, f"earshot {verb} {second}"
            command = command.commands[second]
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, f"earshot {verb} {second}{rest}"
