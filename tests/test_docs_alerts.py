"""docs/alerts.md: its example works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import collectors
import config
from tests.configuration import HEAD

PAGE = Path(__file__).resolve().parent.parent / "docs" / "alerts.md"
SMTP = '[smtp]\nhost = "127.0.0.1"\n'


def test_the_rules_on_the_page_are_read_and_are_of_each_kind_but_the_plainest(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "earshot.toml").write_text(HEAD + SMTP + example, encoding="utf-8")

    settings = config.load(tmp_path / "earshot.toml", channels=collectors.catalogue(), environ={})

    assert [rule.when for rule in settings.rules] == ["concern", "spike", "sentiment", "silence"]
