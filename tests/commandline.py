"""Running the command line as a person does, in this process, and what it printed."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

import cli
from net import gate


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str


class Terminal(StringIO):
    """A screen, as far as a program can tell."""

    def isatty(self) -> bool:
        return True


def earshot(*words: str | Path, stdin: bytes = b"", onto: type[StringIO] = StringIO) -> Ran:
    """Run one command to its end; the gate and the logging that it sets up for its process are undone."""
    out, err = onto(), onto()
    with (
        _as_a_process_of_its_own(["earshot", *map(str, words)], stdin),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return Ran(code, out.getvalue(), err.getvalue())


@contextmanager
def _as_a_process_of_its_own(words: list[str], stdin: bytes) -> Iterator[None]:
    from io import BytesIO

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in cli.CHATTY}
    root.handlers = []
    try:
        with patch.object(sys, "argv", words), patch.object(sys, "stdin", TextIOWrapper(BytesIO(stdin))):
            yield
    finally:
        root.handlers, root.level = handlers, level
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)
        gate.unguard()
