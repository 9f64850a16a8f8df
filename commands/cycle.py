"""`earshot cycle`: every stage once through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands import alerts, collect
from commands.layout import counted
from commands.opening import opened_line
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say, warn

if TYPE_CHECKING:
    from pipeline import Cycle
    from stages.plan import Plan


def cycle(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is due; read, write and send nothing.")
    ] = False,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Collect, analyse, match and send, once through. This is what cron would run.

    Example: earshot cycle --dry-run

    Exit code: 0 done, also when a source only has to wait · 1 a source or a letter failed · 2 wrong use.
    """
    import pipeline

    if dry_run:
        rehearse(config, json=json)
        return
    with opened_line(config) as line:
        done = pipeline.cycle(line)
    if json:
        print_json(as_row(done))
    else:
        print_cycle(done)
    if done.unsent or any(result.status in ("failing", "off") for result in done.collected):
        raise typer.Exit(1)


def rehearse(config: Path, *, json: bool) -> None:
    """Print what a cycle would do now; the gate lets no socket of this process through meanwhile."""
    from net.gate import NOWHERE
    from stages.plan import plan

    with opened_line(config, reach=NOWHERE) as line:
        planned = plan(line)
    if json:
        print_json(plan_as_row(planned))
        return
    say(f"{counted(len(planned.sources), 'source')} would be read: {', '.join(planned.sources) or 'none'}")
    say(
        f"{counted(planned.unanalyzed, 'mention')} would be analysed, {planned.unmatched} matched with the rules."
    )
    for digest in planned.digests:
        say(
            f"digest {digest.digest} for {digest.recipient}: {digest.subject or 'nothing was heard; left out'}"
        )
    for kept in planned.letters:
        say(f"letter to {kept.message.recipient}: {kept.message.subject}")
    if not planned.digests and not planned.letters:
        say("No letter is due.")
    say("Nothing was read, written or sent.")


def plan_as_row(planned: Plan) -> dict[str, object]:
    """Return what is due, in the fields of docs/reference/cycle-plan.schema.json."""
    return {
        "sources": list(planned.sources),
        "unanalyzed": planned.unanalyzed,
        "unmatched": planned.unmatched,
        "digests": [
            {"digest": each.digest, "recipient": each.recipient, "subject": each.subject}
            for each in planned.digests
        ],
        "letters": [
            {
                "recipient": kept.message.recipient,
                "kind": kept.message.kind,
                "subject": kept.message.subject,
                "attempts": kept.attempts,
            }
            for kept in planned.letters
        ],
    }


def as_row(done: Cycle) -> dict[str, object]:
    """Return what a round did, in the fields of docs/reference/cycle.schema.json."""
    return {
        "collected": [collect.as_row(result) for result in done.collected],
        "rechecked": [
            {
                "source": each.source,
                "edited": each.edited,
                "gone": each.gone,
                "returned": each.returned,
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
