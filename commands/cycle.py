"""`earshot cycle`: every stage once through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from commands import alerts, collect
from commands.layout import counted
from commands.opening import opened_line
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say, warn

if TYPE_CHECKING:
    from pipeline import Cycle


def cycle(json: Json = False, config: Config = DEFAULT_CONFIG) -> None:
    """Collect, analyse, match and send, once through. This is what cron would run.

    Example: earshot cycle

    Exit code: 0 done, also when a source only has to wait · 1 a source or a letter failed · 2 wrong use.
    """
    import pipeline

    with opened_line(config) as line:
        done = pipeline.cycle(line)
    if json:
        print_json(as_row(done))
    else:
        print_cycle(done)
    if done.unsent or any(result.status in ("failing", "off") for result in done.collected):
        raise typer.Exit(1)


def as_row(done: Cycle) -> dict[str, object]:
    """Return what a round did, in the fields of docs/reference/cycle.schema.json."""
    return {
        "collected": [collect.as_row(result) for result in done.collected],
        "rechecked": [
            {
                "source": each.source,
                "edited": each.edited,
                "gone": each.gone,
                "unchanged": each.unchanged,
                "error": each.error,
            }
            for each in done.rechecked
        ],
        "analyzed": done.analyzed,
        "alerts": [alerts.as_row(alert) for alert in done.alerts],
        "digests": done.digests,
        "sent": done.sent,
        "unsent": list(done.unsent),
    }


def print_cycle(done: Cycle, title: str | None = None) -> None:
    """Print what a round did."""
    collect.print_collected(done.collected, title=title)
    what = (counted(len(done.alerts), "alert"), counted(done.digests, "digest"), counted(done.sent, "letter"))
    say(f"{done.analyzed} analysed, {', '.join(what)} sent.")
    if done.alerts:
        say()
        alerts.print_alerts(list(done.alerts))
    for trouble in done.unsent:
        warn(f"Not sent: {trouble}")
