"""A first earshot.toml, written for somebody who was asked a few questions."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import config
from config.reading import Referenced
from config.relations import folded
from errors import NeedsAttention
from model import Partner, Secret, Source
from tests.configuration import faults_of, load

NAMES = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1, max_size=40)
    .filter(lambda name: not set(name) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
    .map(str.strip)
    .filter(lambda name: name != "" and not name.startswith(("env:", "file:")))
)


@given(name=NAMES, source=NAMES, partner=NAMES, url=NAMES)
@hypothesis_settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_what_was_written_loads_back(tmp_path: Path, name: str, source: str, partner: str, url: str) -> None:
    """faults.md 41."""
    if folded(name) == folded(partner):
        partner += " 2"
    feed = Source(
        name=source, channel="feed", settings={"url": url}, partner=partner, every=timedelta(hours=3)
    )

    settings = load(tmp_path, config.written(name, "Europe/Berlin", [feed]))

    assert settings.organisation.name == name
    assert settings.organisation.timezone == "Europe/Berlin"
    assert settings.sources == (feed,)
    assert settings.partners == (Partner(name=partner),)


def test_settings_of_every_kind_load_back(tmp_path: Path) -> None:
    forum = Source(
        name="r",
        channel="reddit",
        settings={
            "subreddit": 'a "b" \\ \n\t\r\x7f\u2028c',
            "client_id": Referenced("id", "env:ID"),
            "client_secret": "env:KEY",
            "query": None,
            "pages": 7,
            "comments": False,
            "overlap": timedelta(days=2),
            "tags": ("x", "y"),
        },
    )

    text = config.written("Riverside", sources=[forum])

    assert load(tmp_path, text, {"ID": "id", "KEY": "k"}).sources[0].settings == {
        "subreddit": 'a "b" \\ \n\t\r\x7f\u2028c',
        "client_id": Secret("id"),
        "client_secret": Secret("k"),
        "pages": 7,
        "comments": False,
        "overlap": timedelta(days=2),
        "tags": ("x", "y"),
    }


def test_what_is_commented_out_would_load_too(tmp_path: Path) -> None:
    text = config.written("Riverside Food Network").replace("\n# ", "\n")
    text = "\n".join(line for line in text.splitlines() if not line[:1].isupper() and "Any text" not in line)
    text = text.replace('channel = "rss"', 'channel = "feed"')

    assert faults_of(tmp_path, text, {"EARSHOT_SMTP_PASSWORD": "x"}) == ()


def test_spaces_around_a_name_are_left_out(tmp_path: Path) -> None:
    assert load(tmp_path, config.written("  Riverside ")).organisation.name == "Riverside"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "env:HOME", "file:x", "\x1b[31m", "x" * 201, "\ud800"])
def test_a_name_that_no_file_can_hold_is_refused(name: str) -> None:
    """faults.md 41."""
    with pytest.raises(NeedsAttention, match="the name "):
        config.written(name)


def test_a_secret_is_never_written() -> None:
    """faults.md 90."""
    source = Source(name="r", channel="reddit", settings={"client_secret": Secret("hunter2")})

    with pytest.raises(NeedsAttention, match="write env:NAME") as caught:
        config.written("Riverside", sources=[source])

    assert "hunter2" not in str(caught.value)


def test_the_text_has_no_character_that_steers_a_terminal() -> None:
    source = Source(name="a", channel="feed", settings={"url": "\x1b]0;x\x07\x9b"})

    text = config.written("Riverside", sources=[source])

    assert {unicodedata.category(character) for character in text.replace("\n", "")}.isdisjoint({"Cc"})
