"""What a digest says that can be typed is a command that works: nobody is sent to a door that is not there."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.digest import digest_page
from delivery.facts import Promised
from delivery.page import Limits
from model import SourceState
from tests.catalogues import LANGUAGES
from tests.commandline import earshot
from tests.delivery_facts import DAILY, NOW, a_day, said, tagged

LITTLE = Limits(waiting=1, briefly=1, themes=1, quotes=1, thanks=1, rows=1)


def commands(language: str) -> list[str]:
    """Return every command that a digest names, of a day with more of everything than is shown."""
    words = "They came late."
    many = [
        said(n, words, tags=(tagged("concern", "yes", words), tagged("intent", "thanks", words)))
        for n in range(4)
    ]
    facts = a_day(
        digest=replace(DAILY, language=language),
        mentions=[*many, *a_day().mentions],
        waiting=many,
        promises=[
            Promised(what="We will.", due_on=NOW.date() - timedelta(days=n), reply=n) for n in range(3, 0, -1)
        ],
        sources=[SourceState(name=f"s{n}", channel="rss", status="failing", failures=1) for n in range(3)],
    )
    page = digest_page(facts, LITTLE)
    told = [*page.footer, *(line for part in page.sections for line in (*part.lines, *part.notes))]
    return [found[1] for line in told if (found := re.search(r"(earshot (?!for|para).+)$", line))]


def test_every_command_that_a_digest_names_works(tmp_path: Path) -> None:
    config = tmp_path / "earshot.toml"
    assert earshot("init", "--name", "Us", "--timezone", "UTC", "--feed", "", "--config", config).code == 0

    named = [shlex.split(line) for line in commands("en")]
    failed = [words for words in named if earshot(*words[1:], "--config", config).code != 0]

    assert [words[1] for words in named] == [
        "search", "search", "promise", "promise", "search", "search", "source",
    ]  # fmt: skip
    assert failed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_are_not_translated(language: str) -> None:
    assert commands(language) == commands("en")
