"""`earshot check`: whether the configuration is right, and what in it had better be otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from commands.layout import counted
from commands.opening import clock, load_settings
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say, warn
from errors import EarshotError

if TYPE_CHECKING:
    from model import Settings


def check(json: Json = False, config: Config = DEFAULT_CONFIG) -> None:
    """Check the configuration. Every fault is told at once, with its line and what to write instead.

    Example: earshot check --config earshot.toml

    Exit code: 0 it is right · 2 it has faults.
    """
    import collectors
    from config import ConfigurationFaults, warnings

    faults: tuple[object, ...] = ()
    advice: list[str] = []
    try:
        settings = load_settings(config)
        advice = [str(fault) for fault in warnings(config, channels=collectors.catalogue())]
        advice += _letters_that_did_not_leave(settings)
    except ConfigurationFaults as error:
        faults = tuple(error.faults)
    if json:
        print_json({"file": str(config), "faults": [str(fault) for fault in faults], "advice": advice})
    elif faults:
        warn("\n".join(str(fault) for fault in faults))
        warn(f"{config}: {counted(len(faults), 'fault')}.")
    else:
        counts = (
            ("source", settings.sources),
            ("partner", settings.partners),
            ("rule", settings.rules),
            ("digest", settings.digests),
        )
        say(f"{config} is right: " + ", ".join(counted(len(things), one) for one, things in counts) + ".")
        if advice:
            say("What had better be otherwise:")
        for words in advice:
            say(f"  {words}")
    if faults:
        raise typer.Exit(2)


def _letters_that_did_not_leave(settings: Settings) -> list[str]:
    """Return in words which letters failed and which way out is dead, as the store knows it, where there is one."""
    from storage.engines import engine_for
    from storage.health import examine_letters
    from storage.migrations import HEAD

    engine = engine_for(settings.store_url, settings.store_password)
    try:
        return [
            f"{found.what}: {found.told}; {found.mend}"
            for found in examine_letters(engine, HEAD, now=clock())
        ]
    except EarshotError:  # a store that cannot be opened is `earshot doctor`'s to explain
        return []
    finally:
        engine.dispose()
