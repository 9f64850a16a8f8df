"""`earshot run`: listen until told to stop."""

from __future__ import annotations

from commands.opening import opened_line
from commands.options import DEFAULT_CONFIG, Config
from commands.printing import say


def run(config: Config = DEFAULT_CONFIG) -> None:
    """Run all stages by the clock until told to stop. Ctrl-C finishes what is in flight, a second one quits.

    Example: earshot run --config /etc/earshot/earshot.toml

    Exit code: 0 stopped as told · 1 something needs attention · 2 wrong use.
    """
    from scheduler import run as by_the_clock
    from scheduler import stopped_by_signals

    with stopped_by_signals() as stop, opened_line(config) as line:
        say(f"Listening to {len(line.settings.sources)} sources; Ctrl-C stops.")
        by_the_clock(line, stop=stop)
