"""How fast the fast tier is, beside spaCy's bare tokenizer and VADER in the same run, and what memory it takes.

``python -m bench.analyze [DATA]``. The contenders take turns, each in a process of its own; of several rounds the
median counts. Ratios carry over to another machine; the last results are in docs/bench.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

from bench.analyze_one import ALIASES
from bench.machine import load, machine, versions

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def run(name: str, n: int, data: str | None) -> Mapping[str, Any]:
    """Measure one contender in a process of its own."""
    command = [sys.executable, "-m", "bench.analyze_one", name, str(n), *([data] if data else [])]
    where = {**os.environ, **ONE_THREAD}
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=where)
    return dict(json.loads(ran.stdout))


def rates(names: Sequence[str], n: int, rounds: int, data: str | None) -> Mapping[str, float]:
    """Return the median speed of each, in mentions a second."""
    told: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            told[name].append(run(name, n, data)["rate"])
    return {name: median(found) for name, found in told.items()}


def report(given: argparse.Namespace) -> str:
    """Return what was measured, in Markdown."""
    alone = rates(("earshot", "tokenizer", "vader"), given.mentions, given.rounds, given.data)
    teams = rates(("one process", "two processes"), given.mentions, given.rounds, given.data)
    long = run("million", given.million, given.data)
    held = long["held"][len(long["held"]) // 4 :]
    speed = alone["earshot"]
    rows = [
        ("the whole fast pipeline, mentions a CPU-second", f"{speed:,.0f}", "≥ 5,000"),
        ("spaCy's bare tokenizer", f"{alone['tokenizer']:,.0f}", ""),
        ("VADER alone", f"{alone['vader']:,.0f}", ""),
        ("ratio to the tokenizer", f"{speed / alone['tokenizer']:.2f}", "≥ 0.15"),
        ("ratio to VADER", f"{speed / alone['vader']:.2f}", "≥ 0.2"),
        ("two processes against one, by the clock", f"{teams['two processes'] / teams['one process']:.2f} ×",
         "≥ 1.7 × on an idle machine"),
        (f"{given.million:,} mentions with ever new words, a CPU-second", f"{long['rate']:,.0f}", ""),
        ("memory at the most", f"{long['memory']:.0f} MB", "≤ 400 MB"),
        ("memory held from a quarter of the way on", f"{min(held):.0f} to {max(held):.0f} MB", "flat"),
        ("memory held at the end beside the middle", f"{held[-1] - held[len(held) // 3]:+.0f} MB", "flat"),
    ]  # fmt: skip
    return "\n".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}, {machine()}; {versions('spacy', 'numpy', 'vaderSentiment')}; "
            f"load of the machine at the end {load()}.",
            f"{given.mentions:,} mentions a round, {given.rounds} rounds, {ALIASES:,} names of partners.",
            "",
            "| what | measured | goal |",
            "|---|--:|--:|",
            *(f"| {what} | {value} | {goal} |" for what, value, goal in rows),
        ]
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.analyze", description=__doc__)
    parser.add_argument("data", nargs="?", help="the folder of the public sets, for more texts than our own")
    parser.add_argument("--mentions", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--million", type=int, default=1_000_000, help="mentions of the long way")
    print(report(parser.parse_args()))


if __name__ == "__main__":
    main()
