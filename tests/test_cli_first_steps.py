"""What somebody meets who has just begun: little is configured yet, and every command still answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commandline import earshot


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """What `earshot init` leaves where no feed was named."""
    config = tmp_path / "earshot.toml"
    assert earshot("init", "--name", "Us", "--timezone", "UTC", "--feed", "", "--config", config).code == 0
    return config


def test_a_digest_can_be_looked_at_before_anybody_receives_one(begun: Path) -> None:
    page = begun.parent / "today.html"

    told = earshot("digest", "--output", page, "--config", begun)

    assert told.code == 0, told.err
    assert "No source is listened to." in told.out
    assert page.exists()


def test_a_digest_that_nobody_receives_is_not_sent(begun: Path) -> None:
    mail = '\n[smtp]\nhost = "127.0.0.1"\nport = 9\nfrom = "us@example.org"\nsecurity = "none"\n'
    begun.write_text(begun.read_text("utf-8") + mail, encoding="utf-8")

    told = earshot("digest", "--send", "--config", begun)

    assert told.code == 2
    assert "nobody receives the digest" in told.err


def test_a_digest_that_is_named_must_be_there(begun: Path) -> None:
    told = earshot("digest", "--name", "weekly", "--config", begun)

    assert told.code == 2
    assert "there is no digest 'weekly'" in told.err


def test_one_thing_is_not_many(begun: Path) -> None:
    earshot("note", "add", "The boxes came late", "--where", "market", "--config", begun)

    assert "\n1 mention.\n" in earshot("search", "boxes", "--config", begun).out
    assert "0 sources, 0 partners" in earshot("check", "--config", begun).out
