"""Writes the digests that are due, in a process of its own, when it is told to: `python -m tests.digest_writer`."""

from __future__ import annotations

import sys
from datetime import datetime

from model import Digest
from stages.digest import build_digests
from tests.lines import Clock, a_line
from tests.stores import settings


def main(url: str, now: str, *readers: str) -> None:
    """Say that all is ready, wait for a line, and print how many were written."""
    daily = Digest(name="daily", at=6 * 60, timezone="UTC", to=readers)
    with a_line(url, settings(digests=(daily,), rules=()), clock=Clock(datetime.fromisoformat(now))) as line:
        print("ready", flush=True)  # noqa: T201
        sys.stdin.readline()
        print(build_digests(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
