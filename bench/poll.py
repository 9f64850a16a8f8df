"""Polls hundreds of local feeds beside lemon24/reader, in the same run, and prints costs as ratios.

`make bench`, or `python -m bench.poll --feeds 500 --rounds 3`. The contenders take turns, each in a process of its
own against a server in another; of several rounds the median counts. Ratios carry over to another machine, seconds do
not. Both stores are SQLite files in the same folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

CONTENDERS = ("earshot", "reader")


@contextmanager
def served(feeds: int) -> Iterator[int]:
    """Run the server for one contender and yield its port."""
    command = [sys.executable, "-m", "bench.feeds", str(feeds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.communicate()


def run(name: str, feeds: int) -> Mapping[str, Any]:
    """Let one contender poll a fresh server into a fresh store."""
    with served(feeds) as port, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.contenders", name, str(feeds), str(port), folder]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return dict(json.loads(ran.stdout))


def report(runs: Mapping[str, Sequence[Mapping[str, Any]]], feeds: int) -> str:
    """Return the table: seconds of each contender, and how many times less Earshot took."""
    rounds = len(runs[CONTENDERS[0]])
    lines = [
        f"{feeds} feeds of 50 entries; rounds in turn: {rounds}; ratio = reader / earshot",
        f"{'':14}{'CPU s':>26}{'':8}{'wall s':>18}",
        f"{'':14}{'earshot':>9}{'reader':>9}{'ratio':>8}{'earshot':>10}{'reader':>8}{'ratio':>8}",
    ]
    for poll in runs[CONTENDERS[0]][0]["polls"]:
        cells = []
        for clock in ("cpu", "wall"):
            ours, theirs = (median(run["polls"][poll][clock] for run in runs[name]) for name in CONTENDERS)
            cells.append(f"{ours:>9.2f}{theirs:>9.2f}{theirs / ours:>8.1f}")
        lines.append(f"{poll:14}{cells[0]}{cells[1]}")
    for key, title in (("peak_mb", "peak MB"), ("store_mb", "store MB")):
        ours, theirs = (median(run[key] for run in runs[name]) for name in CONTENDERS)
        lines.append(f"{title:14}{ours:>9.0f}{theirs:>9.0f}{theirs / ours:>8.1f}")
    lines.append(
        "Each stored every entry once. Earshot's store includes its full-text index; reader's does not."
    )
    return "\n".join(lines)


def main() -> None:
    """Run all rounds and print the report."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--feeds", type=int, default=500)
    arguments.add_argument("--rounds", type=int, default=1)
    wanted = arguments.parse_args()
    runs: dict[str, list[Mapping[str, Any]]] = {name: [] for name in CONTENDERS}
    for number in range(wanted.rounds):
        for name in CONTENDERS:
            print(f"round {number + 1} of {wanted.rounds}: {name}", file=sys.stderr)
            runs[name].append(run(name, wanted.feeds))
    print(report(runs, wanted.feeds))


if __name__ == "__main__":
    main()
