"""Opening the analyser of a tier, made for one organisation and its partners."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from analysis.contract import Analyzer, Tier
from model import Organisation, Partner

Judged = Literal["uncertain", "every"]


def open_analyzer(
    organisation: Organisation,
    partners: Sequence[Partner],
    *,
    tier: Tier = "fast",
    judged: Judged = "uncertain",
    pipeline: str | None = None,
    missed_concern_costs: float = 10.0,
    copies: Path | None = None,
) -> Analyzer:
    """Return the analyser of a tier for one organisation; loads spaCy, which takes most of its time and memory.

    Python's collector of rubbish is touched, that of the whole process: all that is there afterwards is frozen
    (``gc.freeze``), until an analyser is opened again; if opening fails, nothing is.

    ``judged`` says which mentions the accurate tier judges: those that are uncertain or near an alert, or
    every one. ``pipeline`` names a spaCy pipeline of the user's own, which is asked after the tier.
    ``missed_concern_costs`` counts false alarms: how many are as bad as one concern that a partner told in vain.
    ``copies`` is the folder where the organisation's own copies of the fast model may lie, that learned from
    corrections (analysis/own_model.py). Raises NeedsAttention where any of these, or a model's files, are missing or
    damaged.
    """
    from analysis.beside import Beside
    from analysis.fast import FOLDER, FastAnalyzer
    from analysis.own_model import own_model

    _let_go()
    folder = (None if copies is None else own_model(copies)) or FOLDER
    fast = partial(
        FastAnalyzer, organisation, partners, missed_concern_costs=missed_concern_costs, folder=folder
    )
    opened = _tier(fast, organisation, tier, judged, missed_concern_costs)
    if pipeline is not None:
        from analysis.own_pipeline import OwnPipeline, open_pipeline

        opened = OwnPipeline(opened, open_pipeline(pipeline))
    _settle()
    return Beside(opened, organisation)


def _let_go() -> None:
    """Let an analyser go that was open before and is not used any more: a pipeline and its names hold each other."""
    gc.unfreeze()
    gc.collect()


def _settle() -> None:
    """Spare the collector of rubbish what stays as long as the analyser: to walk through spaCy's objects again and
    again took a tenth of the fast tier's time."""
    gc.collect()
    gc.freeze()


def _tier(
    fast: Callable[[], Analyzer], organisation: Organisation, tier: Tier, judged: Judged, costs: float
) -> Analyzer:
    if tier == "fast":
        return fast()
    from analysis.accurate import AccurateAnalyzer, every, worth_it
    from analysis.judge import open_judge

    judge = open_judge()  # first: what is missing is told before the fast tier takes its seconds
    deserves = every if judged == "every" else worth_it
    return AccurateAnalyzer(
        fast(),
        judge,
        organisation,
        deserves=deserves,
        missed_concern_costs=costs,
    )
