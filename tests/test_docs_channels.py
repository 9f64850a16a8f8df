"""The page of each channel, held against its collector: every setting is on it, and its example is one that works."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import collectors
import config
from tests.configuration import HEAD

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs" / "channels").glob("*.md"))
READ = [page for page in PAGES if page.stem in collectors.catalogue()]
LONGEST = 80


def named(page: Path) -> str:
    return page.stem


def examples(page: Path) -> list[str]:
    """The page's blocks of configuration that hold a source."""
    blocks = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [block for block in blocks if "[[sources]]" in block]


def test_every_channel_has_a_page_and_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    told = re.findall(r"^\| \[(\w+)\]\(docs/channels/\1\.md\) \|", readme, re.MULTILINE)

    assert sorted(told) == sorted([*collectors.catalogue(), "note"]) == sorted(page.stem for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_is_short_and_says_whose_it_is(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()

    assert lines[0].startswith(f"# Channel {page.stem}")
    assert len(lines) <= LONGEST


@pytest.mark.parametrize("page", READ, ids=named)
def test_every_setting_stands_on_the_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    settings = [each.name for each in fields(collectors.catalogue()[page.stem]) if each.init]  # type: ignore[arg-type]

    missing = [name for name in settings if not re.search(rf"\b{name}\b", text)]

    assert not missing


@pytest.mark.parametrize("page", READ, ids=named)
def test_the_example_on_the_page_works(page: Path, tmp_path: Path) -> None:
    assert examples(page), "a page shows how its source is written"
    for example in examples(page):
        partners = "".join(
            f'[[partners]]\nname = "{name}"\n'
            for name in sorted(set(re.findall(r'^partner = "(.*?)"', example, re.MULTILINE)))
        )
        file = tmp_path / "earshot.toml"
        file.write_text(HEAD + example + partners, encoding="utf-8")
        environ = dict.fromkeys(re.findall(r'"env:(\w+)"', example), "a-value")

        settings = config.load(file, channels=collectors.catalogue(), environ=environ)

        assert {source.channel for source in settings.sources} == {page.stem}
        assert all(collectors.build(source) for source in settings.sources)
