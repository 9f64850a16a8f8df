"""What the command line lets into its log."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cli

TELLS_A_LEVEL = (
    "import logging, sys, cli; cli._before_every_command(verbose=2); "
    "print(logging.getLogger(sys.argv[1]).getEffectiveLevel())"
)


@pytest.mark.parametrize("library", cli.CHATTY)
def test_a_library_that_writes_headers_to_the_log_stays_quiet_at_the_most_verbose(library: str) -> None:
    """faults.md 90."""
    told = subprocess.run(
        [sys.executable, "-c", TELLS_A_LEVEL, library], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "20"
