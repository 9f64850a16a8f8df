"""Opening the analyser: one spaCy pipeline, made for one organisation and its partners."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.contract import Analyzer
from model import Organisation, Partner


def open_analyzer(organisation: Organisation, partners: Sequence[Partner]) -> Analyzer:
    """Return the fast analyser for one organisation; loads spaCy, which takes most of its time and memory."""
    from analysis.fast import FastAnalyzer

    return FastAnalyzer(organisation, partners)
