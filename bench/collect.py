"""What listening costs, in ratios of one run: beside another reader, beside the usual loop, in memory, in a crowd.

`make bench`, or `python -m bench.collect --rounds 3 [PART …]`. Each contender runs in a process of its own against a
server in another, and they take turns; of several rounds the median counts. Ratios carry over to another machine,
seconds do not. docs/bench.md keeps the last results.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

from bench.contenders import FIRST, SECOND, THIRD
from stages.turns import PER_HOST

Rows = Sequence[tuple[str, float, float | None]]
"""What was measured, its ratio, and the goal that it has to stay under."""


@contextmanager
def served(feeds: int, *options: str) -> Iterator[int]:
    """Run the server for one contender and yield its port."""
    command = [sys.executable, "-m", "bench.feeds", str(feeds), *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.communicate()


def told(module: str, *arguments: object) -> Mapping[str, Any]:
    """Run a module of this folder in a process of its own; return the JSON that it prints."""
    command = [sys.executable, "-m", f"bench.{module}", *map(str, arguments)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(ran.stdout))


def polled(name: str, feeds: int, *, entries: int = 50, latency: float = 0.0) -> Mapping[str, Any]:
    """Let one contender poll a fresh server into a fresh store."""
    options = ("--entries", str(entries), "--latency", str(latency))
    with served(feeds, *options) as port, tempfile.TemporaryDirectory() as folder:
        return told("contenders", name, feeds, entries, port, folder)


def beside_reader(rounds: int) -> Rows:
    """500 feeds of 50 entries, beside lemon24/reader with 20 workers."""
    ours, theirs = in_turns(rounds, lambda: polled("earshot", 500), lambda: polled("reader", 500))
    goals = {(FIRST, "cpu"): 0.5, (FIRST, "wall"): 0.5, (SECOND, "cpu"): 0.25}
    rows = []
    for poll in (FIRST, SECOND, THIRD):
        for clock in ("cpu", "wall"):
            ratio = middle(ours, "polls", poll, clock) / middle(theirs, "polls", poll, clock)
            rows.append((f"{poll}, {clock}, beside reader", ratio, goals.get((poll, clock))))
    rows.append(("peak memory, beside reader", middle(ours, "peak_mb") / middle(theirs, "peak_mb"), None))
    return rows


def beside_the_loop(rounds: int) -> Rows:
    """100 feeds whose answers come after 50 ms, beside a loop of feedparser.parse(url)."""
    ours, theirs = in_turns(
        rounds,
        lambda: polled("earshot", 100, latency=0.05),
        lambda: polled("feedparser", 100, latency=0.05),
    )
    ratio = middle(ours, "polls", SECOND, "wall") / middle(theirs, "polls", SECOND, "wall")
    return [(f"{SECOND}, wall, beside a loop of feedparser.parse(url), 50 ms away", ratio, 0.05)]


def parsing(rounds: int) -> Rows:
    """One feed of 50 entries again, beside feedparser.parse of the same bytes."""
    runs = [told("parsing") for _ in range(rounds)]
    goals = {"one new entry of 50": 0.10, "the same bytes": 0.01}
    return [
        (f"{name}, CPU, beside feedparser.parse", middle(runs, name), goals.get(name)) for name in runs[0]
    ]


def memory(_rounds: int) -> Rows:
    """Peak memory of polling 5,000 feeds three times, beside 500: of 10 entries each."""
    many, few = polled("earshot", 5000, entries=10), polled("earshot", 500, entries=10)
    return [("peak memory at 5,000 feeds, beside 500", many["peak_mb"] / few["peak_mb"], 1.1)]


def crowd(_rounds: int) -> Rows:
    """10,000 sources of two entries, 40 on a host, due at once."""
    with (
        served(10_000, "--entries", "2", "--latency", "0.05") as port,
        tempfile.TemporaryDirectory() as folder,
    ):
        run = told("crowd", 10_000, port, folder)
    print(json.dumps(run), file=sys.stderr)
    return [
        (
            "10,000 due at once: most readings of one host, beside what is allowed",
            run["most_at_one_host"] / PER_HOST,
            1.0,
        ),
        ("10,000 due at once: the longest look for what is to be told, in s", run["longest_wait"], 2.0),
    ]


PARTS: Mapping[str, Callable[[int], Rows]] = {
    "reader": beside_reader,
    "loop": beside_the_loop,
    "parsing": parsing,
    "memory": memory,
    "crowd": crowd,
}


def in_turns(rounds: int, *runs: Callable[[], Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Run each once a round; return the results by contender."""
    results: list[list[Mapping[str, Any]]] = [[] for _ in runs]
    for _ in range(rounds):
        for kept, run in zip(results, runs, strict=True):
            kept.append(run())
    return results


def middle(runs: Sequence[Mapping[str, Any]], *path: str) -> float:
    """Return the median of a figure over rounds."""
    figures: list[float] = []
    for run in runs:
        value: Any = run
        for key in path:
            value = value[key]
        figures.append(value)
    return median(figures)


def main() -> None:
    """Measure what is asked for, and print it as a table; exit with 1 where a goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("part", nargs="*", choices=[*PARTS, []])
    wanted = arguments.parse_args()
    print("| what | ratio | goal |\n|---|---|---|", flush=True)
    missed = False
    for part in wanted.part or PARTS:
        for what, ratio, goal in PARTS[part](wanted.rounds):
            missed = missed or (goal is not None and ratio > goal)
            print(f"| {what} | {ratio:.3f} | {'' if goal is None else f'≤ {goal:g}'} |", flush=True)
    raise SystemExit(missed)


if __name__ == "__main__":
    main()
