"""`earshot alerts`: what fired, who takes care of it, and what a rule would have fired on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from commands.layout import counted, cut, padded
from commands.opening import clock, clock_of, load_settings, opened_store
from commands.options import DEFAULT_CONFIG, Config, Format, FormatOption, Json, Since, chosen, moment
from commands.printing import iso, print_rows, print_table, say, shown, width

if TYPE_CHECKING:
    from model import Alert, Rule, Settings

COLUMNS = ("id", "rule", "kind", "state", "fired_at", "partner", "mentions", "text")

app = typer.Typer(help="What fired, and who takes care of it.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    rows: FormatOption = Format.table,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Show the newest alerts, newest first.

    Example: earshot alerts list --json

    Exit code: 0 done · 1 something needs attention · 2 wrong use.
    """
    from storage.alerts import list_alerts

    with opened_store(load_settings(config)) as store, store.reading() as connection:
        fired = list_alerts(connection, limit=limit)
    form = chosen(rows, json)
    if form is not Format.table:
        print_rows([as_row(alert) for alert in fired], form, columns=COLUMNS)
    elif not fired:
        say("No alert has fired.")
    else:
        print_alerts(fired)


@app.command()
def ack(
    number: Annotated[int, typer.Argument(help="The alert's number.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say that somebody takes care of an alert. It is told to nobody else.

    Example: earshot alerts ack 7

    Exit code: 0 done · 1 there is no such alert · 2 wrong use.
    """
    from storage.alerts import acknowledge

    with opened_store(load_settings(config)) as store, store.writing() as connection:
        acknowledge(connection, number, now=clock())
    say(f"Alert {number} is acknowledged.")


@app.command()
def snooze(
    number: Annotated[int, typer.Argument(help="The alert's number.")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="A date, or a date and time.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Let an alert rest: until then nobody else is told of it.

    Example: earshot alerts snooze 7 --until 2026-12-01

    Exit code: 0 done · 1 there is no such alert · 2 wrong use.
    """
    from storage.alerts import snooze as rest

    now = clock()
    wake: datetime | None = moment(until, now=now, option="--until")
    if wake is None or wake <= now:
        raise typer.BadParameter(f"{until} is over; name a moment to come", param_hint="--until")
    with opened_store(load_settings(config)) as store, store.writing() as connection:
        rest(connection, number, until=wake, now=now)
    say(f"Alert {number} rests until {iso(wake)}.")


@app.command()
def test(
    rule: Annotated[str, typer.Argument(help="The rule's name.")],
    since: Since = "7d",
    rows: FormatOption = Format.table,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Show what a rule would have fired on; nothing is stored or sent.

    Example: earshot alerts test "a partner raises a concern" --since 7d

    Exit code: 0 done · 1 something needs attention · 2 there is no such rule.
    """
    from stages.rehearse import rehearse

    settings = load_settings(config)
    tried = _rule(settings, rule)
    at = clock_of(settings)
    began = moment(since or "7d", now=at.now, option="--since", zone=at.zone) or at.now
    with opened_store(settings) as store, store.reading() as connection:
        would = rehearse(connection, settings.organisation, tried, since=began, now=at.now)
    form = chosen(rows, json)
    if form is not Format.table:
        print_rows([as_row(alert) for alert in would], form, columns=COLUMNS)
        return
    print_alerts(would)
    say(f"{rule!r} would have fired {counted(len(would), 'time')}.")


def as_row(alert: Alert) -> dict[str, object]:
    """Return an alert in the fields of docs/reference/alerts.schema.json; a rehearsed one has no id."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "kind": alert.kind,
        "state": alert.state,
        "fired_at": iso(alert.fired_at),
        "partner": alert.partner,
        "mentions": [str(mention) for mention in alert.mentions],
        "text": alert.text,
    }


def print_alerts(fired: list[Alert]) -> None:
    """Print alerts for a person; a rule that all of them are of is named once."""
    if not fired:
        return
    rules = {alert.rule for alert in fired}
    columns = ("id", "fired (UTC)", "state", *(("rule",) if len(rules) > 1 else ()), "what")
    lines = [
        (
            "" if alert.id is None else alert.id,
            alert.fired_at.strftime("%Y-%m-%d %H:%M"),
            alert.state,
            *((alert.rule,) if len(rules) > 1 else ()),
            _without_its_rule(alert),
        )
        for alert in fired
    ]
    title = f"Rule: {shown(fired[0].rule)}" if len(rules) == 1 else None
    print_table(columns, lines, numbers=("id",), title=title)


def print_briefly(fired: list[Alert]) -> None:
    """Print alerts for a person, a line each: who, and the beginning of what was said."""
    rows = [(shown(alert.partner or ""), shown(_words_of(alert))) for alert in fired]
    names = max((len(name) for name, _ in rows), default=0)
    for name, words in rows:
        say(cut(f"  {padded(name, names)}  {words}", width()))


def _without_its_rule(alert: Alert) -> str:
    """The alert's line without ``(rule: …)`` at its end, in whichever language that is."""
    head, bracket, tail = alert.text.rpartition(" (")
    return head if bracket and tail.endswith(f": {alert.rule})") else alert.text


def _words_of(alert: Alert) -> str:
    """What somebody said, as the alert's line quotes it; the whole line where it quotes nothing."""
    _, mark, words = _without_its_rule(alert).partition("“")
    return mark + words if mark else alert.text


def _rule(settings: Settings, name: str) -> Rule:
    for rule in settings.rules:
        if rule.name == name:
            return rule
    there = ", ".join(repr(rule.name) for rule in settings.rules) or "none"
    raise typer.BadParameter(f"there is no rule {name!r}; there are: {there}", param_hint="RULE")
