"""Writes docs/probe.md from the probe's definition: `python -m tests.probe_table`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.probe_situation import Situation, verdict
from tests.probe_suite import GROUPS, PLACES, SITUATIONS, channels

TABLE = Path(__file__).resolve().parent.parent / "docs" / "probe.md"
MARKS = {"played": "✓", "missed": "✗", "not here": "–", "not yet": "?"}
HEAD = """\
# The probe: what is in the store at the end

{n} situations, each played on every channel on which it can come to be: {n_played} runs in all. A channel's service
is acted on this machine, in its own words (for imap it is a real mail server). Earshot's own stages collect from it
and ask again, as a rule over two polls or more, into a real SQLite file, and what counts is what is in that file at
the end. `make test` runs a seventh of it, so that each situation is met on two channels and each channel meets a
seventh of the situations; `make test-long` runs the rest, and the hundred thousand things.

✓ it is so, held by a test · ✗ it is not, and known to be so, held by a test · – it cannot come to be there ·
? not probed yet. What stands behind – and ✗ is told below the tables.

This page is made from the definition of the tests by `make docs`, and a test holds it.
"""


def page() -> str:
    """Return the whole page."""
    n_played = sum(
        verdict(each, PLACES.get(channel)).kind == "played" for each in SITUATIONS for channel in channels()
    )
    parts = [HEAD.format(n=len(SITUATIONS), n_played=n_played)]
    parts += [f"## {title}\n\n{_table(group)}" for title, group in GROUPS.items()]
    parts.append(f"## Known to be lost\n\n{_known_to_be_lost()}")
    parts.append("## What cannot come to be, and why\n")
    parts += [f"**{channel}**\n\n{_why_not(channel)}" for channel in channels()]
    return "\n".join(parts)


def _table(group: Sequence[Situation]) -> str:
    lines = [
        f"| Situation, and what must be in the store | {' | '.join(channels())} |",
        f"|---|{':-:|' * len(channels())}",
    ]
    for each in group:
        marks = [MARKS[verdict(each, PLACES.get(channel)).kind] for channel in channels()]
        lines.append(f"| **{each.name}**: {each.must} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def _known_to_be_lost() -> str:
    lines = [
        f"- {channel}, *{name}*: {why}"
        for channel, place in PLACES.items()
        for name, why in place.misses.items()
    ]
    return "\n".join(lines or ["Nothing."]) + "\n"


def _why_not(channel: str) -> str:
    place = PLACES.get(channel)
    if place is None:
        return "- not probed yet: it has no place in the probe\n"
    lines = []
    for why in place.cannot.values():
        names = [each.name for each in SITUATIONS if verdict(each, place).why == why]
        lines.append(f"- *{'*, *'.join(names)}*: {why}")
    return "\n".join(dict.fromkeys(lines)) + "\n"


if __name__ == "__main__":
    TABLE.write_text(page(), encoding="utf-8")
