"""The one TOML file: read, checked whole, and handed out as model.Settings.

All faults of a file are told at once (ConfigurationFaults), each with its line, its key and what to write
instead. No collector is imported here: the types of the channels are handed in. Nothing of this room may show a
value that came by ``env:`` or ``file:``, or that of a secret key.

pydantic takes 0.4 s of CPU to import (measured), so each function imports it when it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from config.faults import ConfigurationFaults, Fault
from model import Settings, Source

__all__ = [
    "ConfigurationFaults",
    "Fault",
    "example",
    "load",
    "load_example",
    "one_source",
    "reference",
    "schema",
    "warnings",
    "written",
]

EXAMPLE = Path(__file__).with_name("example.toml")


def load(
    path: Path,
    *,
    channels: Mapping[str, type],
    environ: Mapping[str, str],
    read_query: Callable[[str], object] | None = None,
) -> Settings:
    """Return the checked settings of the file.

    ``channels`` maps a channel to its collector's frozen dataclass, whose fields are the channel's keys;
    ``environ`` is what ``env:`` refers to. A source's settings hold the keys that were written: the collector's
    own defaults stand for the others. ``read_query`` reads a rule's query and raises WrongQuery; without it, queries
    are not looked at. Raises ConfigurationFaults.
    """
    from config.loading import load as load_file

    return load_file(path, channels=channels, environ=environ, read_query=read_query)


def warnings(path: Path, *, channels: Mapping[str, type]) -> tuple[Fault, ...]:
    """Return what works and had better be written otherwise: secrets that stand in the file.

    Raises ConfigurationFaults where the file cannot be read at all.
    """
    from config.advice import advice

    return advice(path, channels=channels)


def schema(channels: Mapping[str, type]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the file, for editors."""
    from config.json_schema import schema as schema_of

    return schema_of(channels)


def reference(channels: Mapping[str, type]) -> str:
    """Return every key with its type, default and meaning, as Markdown tables."""
    from config.markdown import reference as reference_of

    return reference_of(channels)


def written(organisation_name: str, timezone: str = "UTC", sources: Sequence[Source] = ()) -> str:
    """Return the text of a first earshot.toml, which loads back to the same names and settings.

    Raises NeedsAttention for a name that no file can hold.
    """
    from config.writing import written as written_text

    return written_text(organisation_name, timezone, sources)


def one_source(written: Mapping[str, str], channels: Mapping[str, type]) -> Source:
    """Return the source that keys and values describe, as the command line takes them; NeedsAttention if wrong."""
    from config.single import source

    return source(written, channels)


def example() -> str:
    """Return the text of the commented example."""
    return EXAMPLE.read_text(encoding="utf-8")


def load_example() -> Settings:
    """Return the example's settings, for somebody who has none yet: without sources, and no secret is real."""
    from config.loading import load_without_sources

    return load_without_sources(EXAMPLE)
