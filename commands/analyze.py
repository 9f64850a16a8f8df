"""`earshot analyze`: tag a file of JSON lines, or whatever in the store has no tags yet."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from commands.layout import counted
from commands.opening import load_settings, model_folder, opened_line, opens_analyzer
from commands.options import DEFAULT_CONFIG, Config
from commands.printing import say, until_the_reader_has_enough, warn

if TYPE_CHECKING:
    from analysis.shared_lines import Stream
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
        _analyze_lines(cast("Stream", sys.stdin.buffer), config, tier)
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
    from pipeline import follow_names, reanalyze

    with opened_line(config, tier=None if tier is None else tier.value) as line:
        follow_names(line)
        say(f"{counted(tag(line), 'mention')} analysed.")
        if tier is None:  # else the next one without it would ask everything again
            say(f"{counted(reanalyze(line), 'old mention')} asked again.")


def _analyze_lines(lines: Stream, config: Path, tier: Tier | None) -> None:
    from analysis.crew import cores
    from analysis.shared_lines import answer_stream, line_crew

    settings = _settings(config)
    copies = model_folder(settings, config)
    if tier is None:
        opens = opens_analyzer(settings, copies=copies)
    else:
        opens = opens_analyzer(replace(settings, tier=tier.value), judged="every", copies=copies)
    analyzer, workers = opens(), cores()
    crew = partial(line_crew, opens, settings.partners, workers=workers) if workers > 1 else None
    with (
        until_the_reader_has_enough(),
        closing(answer_stream(lines, analyzer, settings.partners, crew)) as answers,
    ):
        for some in answers:
            print("\n".join(some), flush=True)


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
