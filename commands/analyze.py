"""`earshot analyze`: tag a file of JSON lines, or whatever in the store has no tags yet."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from commands.opening import analyzer_of, load_settings, opened_line
from commands.options import DEFAULT_CONFIG, Config
from commands.printing import say, until_the_reader_has_enough, warn

if TYPE_CHECKING:
    from model import Settings


class Tier(StrEnum):
    """How much is spent on a mention."""

    fast = "fast"
    accurate = "accurate"


def analyze(
    file: Annotated[
        str | None, typer.Argument(help="JSON lines with id and text; - for standard input.")
    ] = None,
    tier: Annotated[
        Tier | None,
        typer.Option("--tier", help="fast, or accurate for all English; default: [analysis] tier."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Tag mentions: those of a file, or what the store holds untagged.

    FILE holds JSON lines (- is standard input), and each is answered by one on standard output.

    Example: earshot analyze mentions.jsonl > tagged.jsonl

    Exit code: 0 done · 1 something needs attention · 2 wrong use.
    """
    if file is None:
        _analyze_the_store(config, tier)
        return
    if file == "-":
        _analyze_lines(sys.stdin.buffer, config, tier)
        return
    try:
        with Path(file).open("rb") as lines:
            _analyze_lines(lines, config, tier)
    except OSError as error:
        raise typer.BadParameter(
            f"{file}: {error.strerror}; name a file that can be read", param_hint="FILE"
        ) from None


def _analyze_the_store(config: Path, tier: Tier | None) -> None:
    from pipeline import analyze as tag

    with opened_line(config, tier=None if tier is None else tier.value) as line:
        say(f"{tag(line)} mentions analysed.")


def _analyze_lines(lines: IO[bytes], config: Path, tier: Tier | None) -> None:
    from analysis.lines import analyze_lines

    settings = _settings(config)
    if tier is None:
        analyzer = analyzer_of(settings)()
    else:
        analyzer = analyzer_of(replace(settings, tier=tier.value), judged="every")()
    texts = (line.decode("utf-8", "replace") for line in lines)
    with until_the_reader_has_enough():
        for answer in analyze_lines(texts, analyzer, settings.partners):
            print(answer, flush=True)


def _settings(config: Path) -> Settings:
    """Return the configuration; where there is none, that of the bundled example."""
    if config.exists() or config != DEFAULT_CONFIG:
        return load_settings(config)
    from config import load_example

    example = load_example()
    name = example.organisation.name
    warn(
        f"There is no {config} here: read as the bundled example's {name} would. `earshot init` makes yours."
    )
    return example
