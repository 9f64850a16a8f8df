"""`earshot check`: whether the configuration is right, and what in it had better be otherwise."""

from __future__ import annotations

import typer

from commands.layout import counted
from commands.opening import load_settings
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say, warn


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
