"""`earshot demo`: the whole cycle on the bundled community, offline, by the real collectors and a mail server."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands import alerts, collect
from commands.opening import analyzer_of, clock, load_settings, opened_store, progress_bar, transport_of
from commands.printing import say

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


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where it leaves what it makes.")] = Path(
        "demo"
    ),
) -> None:
    """Play the bundled community: collect, analyse, alert, digest and mail, all on this machine.

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
    from delivery.digest import digest_letter
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
            analyzer=analyzer_of(settings),
            transport=transport_of(settings),
            tell=tell,
        )
        first = pipeline.cycle(line)
        community.advance()
        second = pipeline.cycle(replace(line, now=lambda: night))
        third = pipeline.cycle(replace(line, now=lambda: now))
        http.close()
        letter = digest_letter(pipeline.digest_facts(line, digest, digest.to[0], period))
        with store.reading() as connection:
            return Played(
                rounds=(first, second, third),
                alerts=list_alerts(connection),
                letters=outbox_counts(connection),
                digest=letter,
            )


def _tell(played: Played, settings: Settings, folder: Path) -> None:
    first, second, third = played.rounds
    new, known = sum(each.new for each in third.collected), sum(each.unchanged for each in third.collected)
    say(f"{settings.organisation.name}: an invented town, heard three times.")
    say()
    collect.print_collected(first.collected, title="In the evening")
    say()
    collect.print_collected(
        second.collected, title="In the night: an edit, late and back-dated posts, a feed that is back"
    )
    say()
    say(f"And now once more: {new} new, {known} unchanged. Nothing is stored or sent twice.")
    say()
    say(f"{len(played.alerts)} alerts: a partner raised a concern about us")
    alerts.print_alerts(played.alerts)
    say()
    say(f"The digest: {played.digest.subject}")
    say()
    say(played.digest.text)
    say()
    letters = ", ".join(f"{count} {state}" for state, count in sorted(played.letters.items()))
    say(f"Letters: {letters}; a mail server on this machine took them, they lie in {folder / 'mail'}.")
    say(f"The digest as a mail program shows it: {folder / 'digest.html'}")
    say(f"The store: {folder / 'earshot.db'}. Ask it:")
    say(f"  earshot search 'late box' --config {folder / 'earshot.toml'}")


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
