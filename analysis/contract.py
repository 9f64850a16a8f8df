"""What an analyser promises: mentions in, tags out, the same for the same text; no network, database or clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from model import Annotation, Mention, Proposal

Tier = Literal["fast", "accurate"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in one mention. ``lang`` is ISO 639-1 or ``und``; ``tier`` the one that judged this mention.

    ``failed``: its text breaks the analysis, and nothing was found. ``proposals``: of one of our own replies.
    """

    lang: str
    annotations: tuple[Annotation, ...]
    tier: Tier = "fast"
    failed: bool = False
    proposals: tuple[Proposal, ...] = ()


class Analyzer(Protocol):
    """A spaCy component or a plain function. A new ``version`` asks old mentions again."""

    name: str
    version: str

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        """Return one Analysis a mention, in the same order; a mention's tags never depend on its neighbours."""
        ...
