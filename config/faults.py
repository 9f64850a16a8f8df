"""What is wrong with the file, told all at once: where, which key, and what to write instead.

A text made here never holds a value that came by ``env:`` or ``file:``, nor the value of a secret key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from errors import NeedsAttention

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a value stands in the file: ``("sources", 1, "subreddit")``; numbers count from 0."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a key, before its line is known."""

    path: KeyPath
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to mend in the file. ``line`` and ``column`` count from 1; None: no place in the file."""

    file: str
    line: int | None
    key: str  # as a person writes it: [[sources]] 2 ("r-foodbanks"): subreddit
    message: str
    column: int | None = None

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class ConfigurationFaults(NeedsAttention):
    """The configuration cannot be used; ``faults`` says all that must be mended, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        n = len(self.faults)
        lines = [str(fault) for fault in self.faults]
        head = [] if n == 1 else [f"{n} faults in the configuration; nothing was started:"]
        super().__init__("\n".join([*head, *lines]))
