"""`earshot check`: whether the configuration is right, and what in it had better be otherwise."""

from __future__ import annotations

import typer

from commands.opening import load_settings
from commands.options import DEFAULT_CONFIG, Config, Json
from commands.printing import print_json, say, warn


def check(json: Json = False, config: Config = DEFAULT_CONFIG) -> None:
    """Check the configuration; every fault is told at once, with its line and what to write instead.

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
        warn(f"{config}: {len(faults)} faults." if len(faults) != 1 else f"{config}: 1 fault.")
    else:
        counts = (
            ("sources", settings.sources),
            ("partners", settings.partners),
            ("rules", settings.rules),
            ("digests", settings.digests),
        )
        say(f"{config} is right: " + ", ".join(f"{len(things)} {name}" for name, things in counts) + ".")
        for words in advice:
            say(f"  {words}")
    if faults:
        raise typer.Exit(2)
