"""Opening the analyser: one spaCy pipeline, made for one organisation and its partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from analysis.contract import Analyzer
from errors import NeedsAttention
from model import Organisation, Partner


def open_analyzer(
    organisation: Organisation, partners: Sequence[Partner], *, tier: Literal["fast", "accurate"] = "fast"
) -> Analyzer:
    """Return the analyser of a tier for one organisation; loads spaCy, which takes most of its time and memory.

    Raises NeedsAttention for a tier that is not there.
    """
    if tier == "accurate":
        raise NeedsAttention(
            'the accurate tier is not part of this version; use --tier fast, or [analysis] tier = "fast"'
        )
    from analysis.fast import FastAnalyzer

    return FastAnalyzer(organisation, partners)
