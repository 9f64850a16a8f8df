"""`earshot source`: the places that are listened to: seen, added, tried, paused, taken away, moved in and out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from commands.layout import counted
from commands.opening import all_sources, clock, load_settings, opened_line, opened_store
from commands.options import DEFAULT_CONFIG, Config, Format, FormatOption, Json, chosen
from commands.printing import iso, print_rows, print_table, say, shown, warn
from errors import EarshotError

if TYPE_CHECKING:
    from model import Mention, Settings, Source, SourceState

app = typer.Typer(help="The places that are listened to.", no_args_is_help=True, rich_markup_mode=None)

COLUMNS = (
    "name",
    "channel",
    "status",
    "reason",
    "partner",
    "every_seconds",
    "provisioned",
    "heard",
    "next_attempt_at",
    "last_success_at",
    "last_new_at",
    "failures",
    "quota_left",
    "quota_until",
    "settings",
)
SHOWN = 20

Name = Annotated[str, typer.Argument(help="The source's name.")]
Channel = Annotated[str, typer.Option("--channel", help="What kind of place it is: rss, mastodon …")]
Url = Annotated[str | None, typer.Option("--url", help="Short for --set url=…")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A key of the channel.")]


@app.command("list")
def list_(rows: FormatOption = Format.table, json: Json = False, config: Config = DEFAULT_CONFIG) -> None:
    """Show every source: how it is doing and when it is asked next.

    Example: earshot source list

    Exit code: 0 done · 1 something needs attention · 2 wrong use.
    """
    from storage.sources import source_states

    settings = load_settings(config)
    with opened_store(settings) as store:
        sources = {source.name: source for source in all_sources(settings, store)}
        with store.reading() as connection:
            states = source_states(connection)
    form = chosen(rows, json)
    if form is not Format.table:
        print_rows(
            [_as_row(state, sources.get(state.name), settings) for state in states], form, columns=COLUMNS
        )
    elif not states:
        say(
            "There is no source yet: `earshot source add NAME --url ADDRESS`, or [[sources]] in the configuration."
        )
    else:
        print_table(
            ("name", "channel", "status", "heard", "next (UTC)", "reason"),
            [_line(state) for state in states],
            numbers=("heard",),
        )


@app.command()
def add(
    name: Name,
    channel: Channel = "rss",
    url: Url = None,
    set_: Set = None,
    partner: Annotated[str | None, typer.Option("--partner", help="The partner whose voice it is.")] = None,
    every: Annotated[str, typer.Option("--every", help="How often it is asked.")] = "15m",
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Listen to a place. What needs a secret is written into the configuration instead.

    Example: earshot source add northside-blog --url https://northside.example/feed --partner "Northside Shelter"

    Exit code: 0 done, also when it is there already · 1 it is refused, with the reason · 2 wrong use.
    """
    from storage.own_sources import add_source

    source = _written(name, channel, url, set_, partner, every)
    settings = load_settings(config)
    with opened_store(settings) as store, store.writing() as connection:
        new = add_source(connection, source, now=clock())
    say(f"{name} is listened to." if new else f"{name} was listened to already; nothing is changed.")


@app.command()
def test(
    name: Annotated[
        str | None, typer.Argument(help="A source's name; or describe one by the options.")
    ] = None,
    channel: Channel = "rss",
    url: Url = None,
    set_: Set = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Show what a source would bring now; nothing is stored.

    Example: earshot source test --url https://northside.example/feed

    Exit code: 0 it can be read · 1 it cannot, with the reason · 2 wrong use.
    """
    import collectors

    with opened_line(config) as line:
        source = _described(line.settings, name, channel, url, set_)
        reach = line.reach(source)
        found: list[Mention] = []
        skipped: list[str] = []
        try:
            for batch in collectors.build(source).collect({}, reach):
                found += batch.mentions
                skipped += batch.skipped
                if batch.moved_to is not None:
                    say(f"It has moved for good, to {shown(batch.moved_to)}")
                if len(found) >= SHOWN:
                    break
        except EarshotError as error:
            warn(f"earshot: {shown(error)}")
            raise typer.Exit(1) from None
    print_table(("when (UTC)", "who", "what"), [_told(mention) for mention in found[:SHOWN]])
    more = f", the first {SHOWN} of them above" if len(found) > SHOWN else ""
    say(f"{source.name} can be read: {counted(len(found), 'mention')}{more}. Nothing was stored.")
    for words in skipped[:SHOWN]:
        warn(f"skipped: {shown(words)}")


@app.command()
def pause(name: Name, config: Config = DEFAULT_CONFIG) -> None:
    """Stop asking a source until it is resumed.

    Example: earshot source pause northside-blog

    Exit code: 0 done · 1 there is no such source · 2 wrong use.
    """
    from storage import own_sources

    with opened_store(load_settings(config)) as store, store.writing() as connection:
        own_sources.pause(connection, name, now=clock())
    say(f"{name} is paused.")


@app.command()
def resume(name: Name, config: Config = DEFAULT_CONFIG) -> None:
    """Ask a source again that was paused, or is off and was mended.

    Example: earshot source resume northside-blog

    Exit code: 0 done · 1 there is no such source · 2 wrong use.
    """
    from storage import own_sources

    with opened_store(load_settings(config)) as store, store.writing() as connection:
        own_sources.resume(connection, name, now=clock())
    say(f"{name} is asked again at the next round.")


@app.command()
def remove(name: Name, config: Config = DEFAULT_CONFIG) -> None:
    """Stop listening to a source that was added here. What it said stays.

    Example: earshot source remove northside-blog

    Exit code: 0 done · 1 there is none, or the configuration provides it · 2 wrong use.
    """
    from storage import own_sources

    with opened_store(load_settings(config)) as store, store.writing() as connection:
        forgotten = own_sources.remove(connection, name, now=clock())
    say(f"{name} is removed." if forgotten else f"{name} is not listened to any more; what it said stays.")


def _written(
    name: str, channel: str, url: str | None, set_: list[str] | None, partner: str | None, every: str
) -> Source:
    import collectors
    from config import one_source

    written = {"name": name, "channel": channel, "every": every}
    if partner is not None:
        written["partner"] = partner
    if url is not None:
        written["url"] = url
    for pair in set_ or ():
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise typer.BadParameter(f"{pair!r} is no KEY=VALUE", param_hint="--set")
        written[key.strip()] = value.strip()
    return one_source(written, collectors.catalogue())


def _described(
    settings: Settings, name: str | None, channel: str, url: str | None, set_: list[str] | None
) -> Source:
    if name is None:
        return _written("the place", channel, url, set_, None, "15m")
    for source in settings.sources:
        if source.name == name:
            return source
    there = ", ".join(source.name for source in settings.sources) or "none"
    raise typer.BadParameter(f"there is no source {name!r}; there are: {there}", param_hint="NAME")


def _as_row(state: SourceState, source: Source | None, settings: Settings) -> dict[str, object]:
    from storage.provision import stored_settings

    return {
        "name": state.name,
        "channel": state.channel,
        "status": state.status,
        "reason": state.reason,
        "partner": state.partner,
        "every_seconds": None if source is None else int(source.every / timedelta(seconds=1)),
        "provisioned": any(state.name == each.name for each in settings.sources),
        "heard": state.heard,
        "next_attempt_at": iso(state.next_attempt_at),
        "last_success_at": iso(state.last_success_at),
        "last_new_at": iso(state.last_new_at),
        "failures": state.failures,
        "quota_left": state.quota_left,
        "quota_until": iso(state.quota_until),
        "settings": {} if source is None else stored_settings(source.settings),
    }


def _line(state: SourceState) -> tuple[object, ...]:
    at = (
        ""
        if state.next_attempt_at is None or state.status == "off"
        else f"{state.next_attempt_at:%d %b %H:%M}"
    )
    left = "" if state.quota_left is None else f"{state.quota_left} requests left"
    return state.name, state.channel, state.status, state.heard, at, state.reason or left


def _told(mention: Mention) -> tuple[object, ...]:
    when = "" if mention.published_at is None else f"{mention.published_at:%Y-%m-%d %H:%M}"
    who = "" if mention.author is None else mention.author.name or mention.author.handle
    words = mention.title or mention.text
    return when, who, words if len(words) <= 90 else words[:89] + "…"
