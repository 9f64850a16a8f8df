"""`earshot doctor`: the whole installation looked at, each fault with its mend. Each room adds its part to PARTS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from commands import ways
from commands.layout import counted
from commands.opening import clock, load_settings
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say

if TYPE_CHECKING:
    from model import Settings
    from storage.health import Finding

Part = Callable[["Settings", datetime], Iterator["Finding"]]


def doctor(
    send_test: Annotated[
        bool, typer.Option("--send-test", help="Send one letter by each way out, to see whether it arrives.")
    ] = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="ADDRESS", help="Who gets the one by mail; default: the first who would."
        ),
    ] = None,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Look at the whole installation, and say of each fault how it is mended. Nothing is changed.

    Example: earshot doctor --send-test

    Exit code: 0 nothing needs attention · 1 something does · 2 the configuration has faults.
    """
    settings, now = load_settings(config), clock()
    findings = [finding for part in PARTS for finding in part(settings, now)]
    if send_test:
        findings += ways.trials(settings, now, to=to)
    if json:
        print_json([as_row(finding) for finding in findings])
    else:
        _show(findings)
    if any(finding.state == "attention" for finding in findings):
        raise typer.Exit(1)


def as_row(finding: Finding) -> dict[str, str]:
    """Return a finding in the fields of docs/reference/doctor.schema.json."""
    return {
        "part": finding.part,
        "what": finding.what,
        "state": finding.state,
        "told": finding.told,
        "mend": finding.mend,
    }


def _of_the_store(settings: Settings, now: datetime) -> Iterator[Finding]:
    from storage.engines import engine_for
    from storage.health import examine
    from storage.migrations import HEAD

    engine = engine_for(settings.store_url, settings.store_password)
    try:
        yield from examine(engine, HEAD, now=now)
    finally:
        engine.dispose()


PARTS: tuple[Part, ...] = (_of_the_store, ways.of_the_ways)
"""What is looked at, in this order. Each yields its findings, also of what is well."""


def _show(findings: list[Finding]) -> None:
    marks = {"ok": "ok ", "advice": "·  ", "attention": "!! "}
    for finding in findings:
        say(f"{marks[finding.state]} {finding.what}: {finding.told}")
        if finding.mend:
            say(f"     → {finding.mend}")
    bad = [finding for finding in findings if finding.state == "attention"]
    say(f"{counted(len(bad), 'fault')}." if bad else "Nothing needs attention.")
