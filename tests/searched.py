"""A folder with a configuration and a store of mentions, for the tests of `earshot search`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import load
from model import Author, Mention
from storage import open_store
from storage.mentions import add_mentions
from storage.provision import provision
from storage.schema import sources

CONFIGURATION = """\
[organisation]
name = "Riverside Food Network"
timezone = "Europe/Berlin"
[http]
allow_private_networks = true
[[sources]]
name = "northside-blog"
channel = "rss"
url = "http://127.0.0.1:9/feed"
[[partners]]
name = "Northside Shelter"
aliases = ["Northside"]
handles = { rss = ["northside.example"] }
"""
FIRST = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)
"""When the first was published: half an hour before midnight in Berlin."""


def folder_of(folder: Path, texts: Sequence[str], more: str = "") -> Path:
    """Make a configuration and a store in a folder, with one mention an hour; return the configuration."""
    from collectors.rss import Rss

    config = folder / "earshot.toml"
    config.write_text(CONFIGURATION + more, encoding="utf-8")
    settings = load(config, channels={"rss": Rss}, environ={})
    store = open_store(settings.store_url)
    heard = [
        Mention(
            channel="rss",
            external_id=f"m{number}",
            title=text.partition("|")[0] if "|" in text else "",
            text=text.rpartition("|")[2],
            author=Author("northside.example" if number % 2 else "somebody.example"),
            url=f"https://northside.example/{number}",
            published_at=FIRST + timedelta(hours=number),
        )
        for number, text in enumerate(texts)
    ]
    with store.writing() as connection:
        provision(connection, settings, now=FIRST)
        source = connection.execute(sources.select()).one().id
        for start in range(0, len(heard), 500):
            add_mentions(connection, source, heard[start : start + 500], now=FIRST + timedelta(days=300))
    store.close()
    return config
