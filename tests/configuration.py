"""Channels made up for the tests of config, and a file to load from a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

import config
from config.faults import Fault
from errors import NeedsAttention
from model import Secret, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    url: str = field(metadata={"says": "Where the feed is."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Forum:
    subreddit: str = field(metadata={"says": "Which one."})
    client_id: str | Secret = field(metadata={"says": "Its name for us."})
    client_secret: Secret = field(metadata={"says": "The key."})
    query: str | None = field(default=None, metadata={"says": "What is searched."})
    pages: int = field(default=3, metadata={"says": "How many pages."})
    comments: bool = field(default=True, metadata={"says": "Whether comments count."})
    overlap: timedelta = field(default=timedelta(minutes=5), metadata={"says": "Read again."})
    order: Literal["new", "top"] = field(default="new", metadata={"says": "Which first."})
    tags: tuple[str, ...] = field(default=(), metadata={"says": "Only | these."})
    key: Secret | None = field(default=None, metadata={"says": "Another key."})

    def __post_init__(self) -> None:
        if self.subreddit.startswith("r/"):
            raise ValueError(f"subreddit: {self.subreddit} is written without r/")
        if self.pages > 100:
            raise NeedsAttention("too many pages are asked for")


CHANNELS: Mapping[str, type] = {"feed": Feed, "reddit": Forum}
HEAD = '[organisation]\nname = "Riverside"\n'  # two lines
FORUM = '[[sources]]\nname = "r"\nchannel = "reddit"\n'  # three lines, and the keys below are still to come
KEYS = 'client_id = "id"\nclient_secret = "sesame"\n'
SMTP = '[smtp]\nhost = "localhost"\n'


def load(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    path = folder / "earshot.toml"
    path.write_bytes(text.encode())
    return config.load(path, channels=CHANNELS, environ=environ or {})


def faults_of(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> tuple[Fault, ...]:
    try:
        load(folder, text, environ)
    except config.ConfigurationFaults as error:
        return error.faults
    return ()
