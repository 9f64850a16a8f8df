"""`earshot trends`: how much is said, about what and by whom, against the usual."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.files import written_beside
from commands.layout import cut, padded
from commands.opening import clock_of, load_settings, opened_store
from commands.options import DEFAULT_CONFIG, Config, Format, FormatOption, Json, chosen, moment
from commands.printing import has_colours, print_rows, say, shown, until_the_reader_has_enough, width

if TYPE_CHECKING:
    from storage.usual import Trend

BARS = "▁▂▃▄▅▆▇█"
NAME = 20
MOST_BARS = 30
FEWEST_BARS = 6
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
COLUMNS = (
    "by",
    "label",
    "since",
    "until",
    "last_7",
    "before_7",
    "before_28",
    "days_before",
    "usual_week",
    "percent",
    "change",
    "counts",
)
PICTURES = (".svg", ".png")


def trends(
    by: Annotated[
        str,
        typer.Option("--by", metavar="WHAT,…", help="partner, channel, need, sentiment, intent, concern."),
    ] = "partner,need,channel,sentiment",
    since: Annotated[
        str, typer.Option("--since", metavar="AGE|DATE", help="From then on, until yesterday.")
    ] = "90d",
    top: Annotated[int, typer.Option("--top", min=1, help="At most so many lines of each.")] = 8,
    chart: Annotated[
        Path | None, typer.Option("--chart", metavar="FILE", help="Draw it: FILE.svg or FILE.png.")
    ] = None,
    rows: FormatOption = Format.table,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Show how much was said by day: the last 7 days beside the 7 and the 28 before. What we said is not counted.

    Example: earshot trends --by partner,need --since 30d --chart november.svg

    Exit code: 0 done · 1 something needs attention · 2 wrong use.
    """
    wanted = _wanted(by)
    if chart is not None and chart.suffix.lower() not in PICTURES:
        raise typer.BadParameter(f"name a file that ends in {' or '.join(PICTURES)}", param_hint="--chart")
    settings = load_settings(config)
    at = clock_of(settings)
    start = moment(since, now=at.now, option="--since", zone=at.zone)
    today = at.now.astimezone(at.zone).date()
    first = min((start or at.now).astimezone(at.zone).date(), today - timedelta(days=1))
    zone = settings.organisation.timezone
    with opened_store(settings) as store:
        from storage.daily import keep_current
        from storage.trends import trends as ask

        keep_current(store, zone)
        with store.reading() as connection:
            found, left = ask(connection, wanted, since=first, today=today, most=top)
    until = today - timedelta(days=1)
    period = f"{first} to {until} ({zone})"
    if chart is not None:
        from commands.chart import draw

        with written_beside(chart) as out:
            draw(
                found, out, chart.suffix.lower(), first=first, title=f"{settings.organisation.name}: {period}"
            )
    form = chosen(rows, json)
    if form is not Format.table:
        kinds = {"counts": "integers", "usual_week": "number", "since": "date", "until": "date"} | {
            name: "integer" for name in COLUMNS if name in ("percent", "days_before") or name[-1] in "78"
        }
        print_rows((as_row(one, first, until) for one in found), form, columns=COLUMNS, of_type=kinds)  # type: ignore[arg-type]
        return
    _show(found, left, period)
    if chart is not None:
        say(f"Drawn: {chart}.")


def as_row(one: Trend, since: date, until: date) -> dict[str, object]:
    """Return a trend in the fields of docs/reference/trends.schema.json."""
    return {
        "by": one.by,
        "label": one.label,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "last_7": one.last_7,
        "before_7": one.before_7,
        "before_28": one.before_28,
        "days_before": one.days_before,
        "usual_week": one.usual_week,
        "percent": one.percent,
        "change": one.change,
        "counts": list(one.counts),
    }


def sparkline(counts: Sequence[int]) -> str:
    """Return counts as bars of one line; the highest is full, nothing is a dot.

    >>> sparkline([0, 1, 4, 8])
    '·▁▄█'
    """
    highest = max(counts, default=0)
    return "".join(BARS[-(-n * len(BARS) // highest) - 1] if n else "·" for n in counts)


def _wanted(by: str) -> list[str]:
    from storage.trends import BY

    wanted = list(dict.fromkeys(part.strip() for part in by.split(",") if part.strip()))
    unknown = next((each for each in wanted if each not in BY), None)
    if unknown is not None or not wanted:
        raise typer.BadParameter(f"{unknown or by!r} is none of {', '.join(BY)}", param_hint="--by")
    return wanted


def _show(found: Sequence[Trend], left: dict[str, int], period: str) -> None:
    if not found:
        say(f"Nothing was said from {period}.")
        return
    from storage.usual import binned

    numbers = f"{'last 7':>7} {'7 before':>9} {'28 before':>10}  {'':<13}"
    room = max(FEWEST_BARS, min(MOST_BARS, width() - 2 - NAME - len(numbers) - 1))
    _, days = binned(found[0].counts, room)
    each = "a day" if days == 1 else f"{days} days"
    say(f"Mentions from {period}. A bar is {each}; what we said is not counted.")
    with until_the_reader_has_enough():
        print(f"{'':<{NAME + 2}}{numbers}".rstrip())
        for by, lines in groupby(found, key=lambda one: one.by):
            if by != "all":
                print(f"by {by}")
            for one in lines:
                print(_line(one, room))
            if by in left:
                print(f"  … and {left[by]} more (--top)")


def _line(one: Trend, room: int) -> str:
    from storage.usual import binned

    name = padded(cut(shown(one.label), NAME), NAME)
    says = (
        one.change if one.percent is None or one.change == "as usual" else f"{one.change} {one.percent:+} %"
    )
    told = f"{says:<13}"
    if one.change in ("more", "less") and has_colours():
        told = f"{BOLD}{told}{PLAIN}"
    bars = sparkline(binned(one.counts, room)[0])
    return f"  {name}{one.last_7:>7} {one.before_7:>9} {one.before_28:>10}  {told} {bars}"
