"""docs/delivery.md: its examples load, and what it says of headers and limits is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from delivery.webhook import LONGEST_TEXT
from model import Settings
from tests.configuration import HEAD, load

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "delivery.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
ENVIRON = {"EARSHOT_SMTP_PASSWORD": "a", "TEAM_CHAT": "slack://TA/TB/TC", "CASE_DESK_SECRET": "whsec_QUJD"}


def settings(folder: Path, example: str) -> Settings:
    return load(folder, HEAD + example, ENVIRON)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_each_example_loads(tmp_path: Path, example: str) -> None:
    loaded = settings(tmp_path, example)

    assert loaded.smtp or loaded.transports


def test_the_examples_stand_in_one_file_together(tmp_path: Path) -> None:
    loaded = settings(tmp_path, "\n".join(EXAMPLES))

    names = [way.name for way in loaded.transports]
    assert names[:2] == ["team-chat", "case-desk"]
    assert loaded.rules[0].notify == ("transport:team-chat",)
    assert loaded.rules[0].escalate is not None
    assert loaded.rules[0].escalate.to == (f"transport:{names[2]}",)
    assert loaded.digests[0].to == ("transport:case-desk",)


def test_the_limit_is_the_codes() -> None:
    assert f"a webhook: {LONGEST_TEXT:,} characters" in TEXT
