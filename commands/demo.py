"""`earshot demo`: the whole cycle on the bundled community, offline, by the real collectors and a mail server."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands import alerts
from commands.layout import counted, padded
from commands.opening import clock, load_settings, opened_store, opens_analyzer, progress_bar, transport_of
from commands.printing import print_table, say, width

if TYPE_CHECKING:
    from collectors.demo import Community
    from delivery.facts import Letter
    from model import Alert, Period, Settings
    from pipeline import Cycle

MARK = "# Written by `earshot demo`"
EVENING, NIGHT = timedelta(hours=11), timedelta(hours=2)
"""How long before its digest the town is listened to, the first and the second time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the demo did, round by round, and what it left in the store."""

    rounds: tuple[Cycle, Cycle, Cycle]
    alerts: list[Alert]
    letters: dict[str, int]
    digest: Letter
    brief: str
    """The digest as the terminal shows it: in plain text, less of each part."""


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where it leaves what it makes.")] = Path(
        "demo"
    ),
) -> None:
    """Play the bundled community: the whole cycle, on this machine.

    Leaves earshot.toml, earshot.db, digest.html and mail/ in DIR; it can reach nothing but loopback.

    Example: earshot demo demo/

    Exit code: 0 done · 1 something failed · 2 DIR holds what the demo did not write.
    """
    from collectors.demo import serve
    from delivery.mailbox import received_mail
    from delivery.periods import last_period
    from net.gate import LOOPBACK_ONLY, guarded

    _make_room(folder)
    config = folder / "earshot.toml"
    now = clock()
    with guarded(LOOPBACK_ONLY), received_mail(folder / "mail") as port, serve(now) as community:
        config.write_text(community.configuration(smtp_port=port), encoding="utf-8")
        settings = load_settings(config)
        period = last_period(settings.digests[0], now)
        played = _play(settings, community, period, now)
    (folder / "digest.html").write_text(played.digest.html, encoding="utf-8")
    _tell(played, settings, folder)
    if any(round_.unsent for round_ in played.rounds):
        raise typer.Exit(1)


def _play(settings: Settings, community: Community, period: Period, now: datetime) -> Played:
    """Listen in the evening and in the night before the digest, and once more now, when nothing is new.

    The clock is set: what a day of listening brings is heard in seconds, and the digest of the last complete
    period tells of it.
    """
    import pipeline
    from delivery.digest import digest_letter, digest_page
    from delivery.page import Limits
    from delivery.plain import to_plain
    from net.gate import LOOPBACK_ONLY
    from net.http import Http
    from storage.alerts import list_alerts
    from storage.outbox import outbox_counts

    evening, night = period.end - EVENING, period.end - NIGHT
    community.moment = evening
    http = Http(LOOPBACK_ONLY)
    digest = settings.digests[0]
    with opened_store(settings, now=lambda: evening) as store, progress_bar() as tell:
        line = pipeline.Line(
            settings=settings,
            store=store,
            http=http,
            now=lambda: evening,
            analyzer=cache(opens_analyzer(settings)),
            transport=transport_of(settings, http),
            tell=tell,
        )
        first = pipeline.cycle(line)
        community.advance()
        second = pipeline.cycle(replace(line, now=lambda: night))
        third = pipeline.cycle(replace(line, now=lambda: now))
        http.close()
        facts = pipeline.digest_facts(line, digest, digest.to[0], period)
        less = Limits(waiting=3, briefly=3, themes=2, quotes=1, thanks=2, rows=5, words=200)
        with store.reading() as connection:
            return Played(
                rounds=(first, second, third),
                alerts=list_alerts(connection),
                letters=outbox_counts(connection),
                digest=digest_letter(facts),
                brief=to_plain(digest_page(facts, less)),
            )


def _tell(played: Played, settings: Settings, folder: Path) -> None:
    us = settings.organisation.name
    say(f"{us} and its partners: an invented town, listened to three times.")
    say()
    _tell_what_was_heard(played, settings)
    say()
    say(f"{counted(len(played.alerts), 'alert')}: a partner raised a concern about {us}")
    alerts.print_briefly(played.alerts)
    say()
    say(f"The morning's digest, shortened; {folder / 'digest.html'} holds all of it")
    say("=" * min(width(), 78))
    say(played.brief.rstrip())
    say("=" * min(width(), 78))
    say()
    _tell_where_it_lies(played, folder)


def _tell_what_was_heard(played: Played, settings: Settings) -> None:
    first, second, third = ({each.source: each for each in round_.collected} for round_ in played.rounds)
    rows = [
        (
            source.name,
            source.channel,
            first[source.name].new,
            second[source.name].new,
            second[source.name].edited,
            third[source.name].new,
        )
        for source in sorted(settings.sources, key=lambda source: source.name)
    ]
    counts = ("evening", "night", "edited", "now")
    say("What was heard: new mentions in the evening, in the night, and once more now")
    print_table(("source", "channel", *counts), rows, numbers=counts)
    for when, round_ in (("in the evening", first), ("in the night", second), ("now", third)):
        for result in round_.values():
            if result.error is not None:
                say(f"  {result.source} {when}: {result.error}")
    known = sum(result.unchanged for result in third.values())
    new = sum(result.new for result in third.values())
    say(f"The third time: {new} new, {known} known already. Nothing is stored or sent twice.")


def _tell_where_it_lies(played: Played, folder: Path) -> None:
    letters = ", ".join(f"{count} {state}" for state, count in sorted(played.letters.items()))
    places = (
        ("digest.html", "the digest as a mail program shows it"),
        ("mail", f"letters as they arrive: {letters}"),
        ("earshot.db", "the store, with all that was heard"),
        ("earshot.toml", "the configuration that it ran with"),
    )
    say("What it leaves:")
    for name, words in places:
        say(f"  {padded(str(folder / name), len(str(folder)) + 13)}  {words}")
    say("Ask it yourself:")
    for words in ("search 'late box'", "alerts list", "digest", "source list"):
        say(f"  {_as_it_was_called()} {words} --config {folder / 'earshot.toml'}")


def _as_it_was_called() -> str:
    """The command as it can be typed again: from a virtual environment that is not active it needs its path."""
    called = sys.argv[0]
    return called if Path(called).name == "earshot" and shutil.which("earshot") != called else "earshot"


def _make_room(folder: Path) -> None:
    """Clear away an earlier demo, and nothing else: what the demo did not write is refused (exit 2)."""
    config, store = folder / "earshot.toml", folder / "earshot.db"
    if folder.exists() and not folder.is_dir():
        raise typer.BadParameter(f"{folder} is a file; name a folder", param_hint="DIR")
    ours = config.is_file() and config.read_text(encoding="utf-8", errors="replace").startswith(MARK)
    if not ours and (config.exists() or store.exists()):
        raise typer.BadParameter(
            f"{folder} holds a configuration or store that the demo did not write; name another folder",
            param_hint="DIR",
        )
    folder.mkdir(parents=True, exist_ok=True)
    if not ours:
        return
    for name in ("earshot.db", "earshot.db-wal", "earshot.db-shm", "digest.html"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "mail", ignore_errors=True)
