"""Analysers for workers: they are opened in other processes, so they live in a module and open fast."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.contract import Analysis
from model import Annotation, Mention


@dataclass(slots=True)
class Worker:
    """Tags each text by its length and by the process that did it; it dies at ``kill``, ends at ``bug``.

    At ``once PATH`` it dies if there is no such file, and makes it.
    """

    name: str = "worker"
    version: str = "worker 1"

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        return [self._one(mention.text) for mention in mentions]

    def _one(self, text: str) -> Analysis:
        if "kill" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "bug" in text:
            raise ValueError("a bug")
        if text.startswith("once ") and not Path(text[5:]).exists():
            Path(text[5:]).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        said = Annotation(kind="need", label=f"{len(text)}", confidence=1.0)
        by = Annotation(kind="us", label=str(os.getpid()), confidence=1.0)
        return Analysis("en", (said, by))


def cannot_be_opened() -> Worker:
    """End before there is an analyser, as for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return Worker()
