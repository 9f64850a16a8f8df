"""`earshot init`: a few questions, then a configuration, a store, and the first mentions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from commands.collect import print_collected
from commands.opening import load_settings, opened_line
from commands.options import DEFAULT_CONFIG, Config
from commands.printing import say


def init(
    name: Annotated[
        str | None, typer.Option("--name", help="The organisation's name; asked for if missing.")
    ] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="Such as Europe/Berlin.")] = None,
    feed: Annotated[str | None, typer.Option("--feed", help="A feed to begin with; empty for none.")] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write a first configuration and store, and collect one source.

    Example: earshot init --name "Riverside Food Network" --timezone Europe/Berlin --feed https://example.org/feed

    Exit code: 0 done · 1 the first source could not be read · 2 wrong use, or the file is there already.
    """
    from config import written
    from model import Source
    from pipeline import collect

    if config.exists():
        raise typer.BadParameter(
            f"{config} is there already; edit it, or name another file", param_hint="--config"
        )
    name = name or typer.prompt("What is your organisation called?", prompt_suffix=" ")
    timezone = timezone or typer.prompt(
        "Which time zone does it live by?", default=_here(), prompt_suffix=" "
    )
    if feed is None:
        feed = typer.prompt(
            "The address of a feed to begin with (empty for none)", default="", show_default=False
        )
    sources = [Source(name=_source_name(feed), channel="rss", settings={"url": feed})] if feed else []
    text = written(name, timezone, sources)
    config.write_text(text, encoding="utf-8")
    try:
        load_settings(config)
    except Exception:
        config.unlink()  # what was answered does not hold together: ask again rather than leave it broken
        raise
    with opened_line(config) as line:
        results = collect(line)
    say(f"{config} is written, and the store stands beside it.")
    if results:
        print_collected(results)
    say("Next: add sources, partners and an [smtp] server to it, then `earshot check` and `earshot run`.")
    if any(result.status in ("failing", "off") for result in results):
        raise typer.Exit(1)


def _here() -> str:
    """Return this machine's time zone, as far as it says."""
    named = os.environ.get("TZ", "").lstrip(":")
    link = Path("/etc/localtime")
    if not named and link.is_symlink():
        named = str(link.readlink()).partition("zoneinfo/")[2]
    return named or "UTC"


def _source_name(feed: str) -> str:
    return (urlsplit(feed).hostname or "first-feed").removeprefix("www.")
