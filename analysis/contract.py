"""What an analyser promises: mentions in, tags out, the same for the same text; no network, database or clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from model import Annotation, Mention


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in one mention. ``lang`` is ISO 639-1 or ``und``; ``author_partner`` a partner's name."""

    lang: str
    annotations: tuple[Annotation, ...]


class Analyzer(Protocol):
    """A spaCy component or a plain function. A new ``version`` asks old mentions again."""

    name: str
    version: str

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        """Return one Analysis a mention, in the same order; a mention's tags never depend on its neighbours."""
        ...
