"""`earshot source discover`: where the people of a page can be heard. It proposes, and stores nothing."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Annotated

import typer

from commands.opening import clock, load_settings, trusted_places
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say, shown, warn
from commands.source_lists import app
from errors import NeedsAttention

if TYPE_CHECKING:
    from collectors.discovery_places import Found
    from collectors.discovery_visit import Discovery, Tried
    from model import Settings

__all__ = ["app"]


@app.command()
def discover(
    url: Annotated[str, typer.Argument(help="The address of a page: a partner's site, a profile, a forum.")],
    partner: Annotated[str | None, typer.Option("--partner", help="The partner whose page it is.")] = None,
    json: Json = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Look for feeds, accounts and forums that a page leads to, and propose them as sources; nothing is stored.

    Example: earshot source discover https://northside.example --partner "Northside Shelter"

    Exit code: 0 done, also when nothing is found · 1 the page cannot be read · 2 wrong use.
    """
    settings = load_settings(config)
    there = [each.name for each in settings.partners]
    if partner is not None and partner not in there:
        raise NeedsAttention(f"there is no partner {partner!r}; there are: {', '.join(there) or 'none'}")
    found = _discovered(url if "://" in url else f"https://{url}", settings)
    if json:
        print_json(_as_json(found, settings, partner))
    else:
        _tell(found, settings, partner)


def _discovered(url: str, settings: Settings) -> Discovery:
    from collectors.discovery_visit import FewRequests
    from collectors.discovery_visit import discover as look
    from net.gate import Rules, guard

    rules = Rules(allow_private_networks=settings.allow_private_networks)
    guard(rules, trusted=trusted_places(settings))
    http = FewRequests(rules, clock=time.monotonic, authorities=settings.ca_file, proxy=settings.proxy)
    try:
        return look(url, http, clock(), taken=[source.name for source in settings.sources])
    finally:
        http.close()


def _as_json(found: Discovery, settings: Settings, partner: str | None) -> dict[str, object]:
    return {
        "url": found.url,
        "sources": [_row(place, settings, partner) for place in found.places],
        "accounts": [{"channel": channel, "handle": handle} for channel, handle in found.accounts],
        "told": found.told,
    }


def _row(place: Tried, settings: Settings, partner: str | None) -> dict[str, object]:
    found = place.found
    return {
        "name": found.name,
        "channel": found.channel,
        "settings": dict(found.settings),
        "needs": list(found.needs),
        "why": found.why,
        "readable": place.readable,
        "words": place.words,
        "known_as": _known_as(found, settings),
        "add": None if found.needs else _add_line(found, partner),
        "toml": _block(found, partner),
    }


def _known_as(found: Found, settings: Settings) -> str | None:
    """Return the name under which the configuration listens there already."""
    for source in settings.sources:
        same = all(source.settings.get(key) == value for key, value in found.settings.items())
        if source.channel == found.channel and same:
            return source.name
    return None


def _add_line(found: Found, partner: str | None) -> str:
    words = ["earshot", "source", "add", found.name]
    if found.channel != "rss":
        words += ["--channel", found.channel]
    for key, value in found.settings.items():
        words += ["--url", value] if key == "url" else ["--set", f"{key}={value}"]
    if partner is not None:
        words += ["--partner", partner]
    return shlex.join(words)


def _block(found: Found, partner: str | None) -> str:
    from config.writing import quoted

    references = {key: f"env:{found.channel.upper()}_{key.upper()}" for key in found.needs}
    keys = {"name": found.name, "channel": found.channel, **found.settings, **references}
    if partner is not None:
        keys["partner"] = partner
    return "\n".join(["[[sources]]", *(f"{key} = {quoted(value)}" for key, value in keys.items()), ""])


def _tell(found: Discovery, settings: Settings, partner: str | None) -> None:
    if not found.places:
        say(f"{shown(found.url)} leads to no place that can be listened to.")
    for place in found.places:
        known = _known_as(place.found, settings)
        state = {True: "can be read", False: "cannot be read", None: "not tried"}[place.readable]
        words = place.words.removeprefix("not tried: ")
        say(f"{place.found.name} ({place.found.channel}): {state}: {shown(words)}")
        say(f"  because {shown(place.found.why)}")
        if known is not None:
            say(f"  It is listened to already, as {shown(known)}.")
        elif place.found.needs:
            say("  It takes a key, so it is written into the configuration:")
            say(
                "".join(f"    {shown(line)}\n" for line in _block(place.found, partner).splitlines()).rstrip()
            )
        else:
            say(f"  {shown(_add_line(place.found, partner))}")
        say()
    if found.accounts:
        handles = ", ".join(f"{channel} {handle}" for channel, handle in found.accounts)
        say(f"Accounts, for the handles of the partner: {shown(handles)}")
    for line in found.told:
        warn(shown(line))
    say("Nothing was stored.")
