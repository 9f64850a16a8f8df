"""Writes what the documents say of each key from the code: ``python -m docs.configuration``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

import config

FOLDER = Path(__file__).parent / "reference"
PAGE = FOLDER / "configuration.md"
SCHEMA = FOLDER / "earshot.schema.json"
PROJECT = Path(__file__).parent.parent / "pyproject.toml"
START = "<!-- The keys, written by `make docs` from the code. -->\n"
END = "<!-- The end of the keys. -->\n"


def bundled() -> dict[str, type]:
    """Return the collectors that come with Earshot; what else is installed here stays out of the documents."""
    group = "earshot.collectors"
    points = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["entry-points"][group]
    return {channel: EntryPoint(channel, value, group).load() for channel, value in points.items()}


def page(before: str, channels: Mapping[str, type]) -> str:
    """Return the page with its tables made anew; what stands around them stays."""
    head, _, rest = before.partition(START)
    tail = rest.partition(END)[2]
    return f"{head}{START}\n{config.reference(channels)}\n{END}{tail}"


def schema(channels: Mapping[str, type]) -> str:
    """Return the text of the schema's file."""
    return json.dumps(config.schema(channels), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the page and the schema."""
    channels = bundled()
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), channels), encoding="utf-8")
    SCHEMA.write_text(schema(channels), encoding="utf-8")


if __name__ == "__main__":
    main()
