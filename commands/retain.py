"""`earshot retain`: what is older than the configuration keeps leaves the store now."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.layout import counted
from commands.opening import clock, opened_line
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say


def retain(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would go, and change nothing.")
    ] = False,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Take out what is older than [retention] keeps. Each cycle does so as well, some at a time.

    Example: earshot retain --dry-run

    Exit code: 0 done · 2 wrong use or configuration.
    """
    from stages.retain import retain_now
    from storage.retention import count_expired
    from storage.traces import purge_now

    with opened_line(config) as line:
        keeps = line.settings
        with line.store.reading() as connection:
            counts = count_expired(connection, keeps.keep, keeps.keep_by_channel, now=clock())
        if counts and not dry_run:
            retain_now(line)
            purge_now(line.store, now=clock())
    if json:
        print_json({"expired": counts, "done": not dry_run})
        return
    if keeps.keep is None and not keeps.keep_by_channel:
        say("Everything is kept for ever: [retention] names no time.")
        return
    for channel, count in sorted(counts.items()):
        say(f"{channel}: {counted(count, 'mention')}")
    total = counted(sum(counts.values()), "mention")
    say(f"{total} would go." if dry_run else f"{total} gone.")
