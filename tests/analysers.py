"""Analysers for tests: opened once a process, about an invented organisation that no demo uses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from analysis import Analysis, Analyzer, open_analyzer
from model import Annotation, Mention, Organisation, Partner

RIVERSIDE = Organisation(
    name="Riverside Food Network",
    languages=("en", "es", "pt"),
    aliases=("Riverside", "RFN"),
    programmes=("Weekend Box", "Pantry on Wheels"),
    handles={"x": ("riversidefood",), "mastodon": ("@rfn@social.example",)},
)
PARTNERS = (
    Partner(
        name="Northside Shelter",
        aliases=("Northside", "NSS"),
        handles={"mastodon": ("@northside@social.example",), "rss": ("northside.example",)},
    ),
    Partner(name="St Mary's Kitchen", aliases=("St Mary's",), handles={"reddit": ("stmaryskitchen",)}),
    Partner(name="Associação Mãos Dadas", aliases=("Mãos Dadas",)),
    Partner(name="Hope", handles={"x": ("@hope_house",)}),
)


@cache
def analyser() -> Analyzer:
    """Return the analyser of RIVERSIDE and PARTNERS."""
    return open_analyzer(RIVERSIDE, PARTNERS)


def analysed(
    text: str,
    *,
    title: str = "",
    channel: str = "x",
    lang: str | None = None,
    in_our_thread: bool = False,
    parent_text: str = "",
    by_us: bool = False,
) -> Analysis:
    """Return what is found in one text."""
    mention = Mention(
        channel=channel,
        external_id="1",
        text=text,
        title=title,
        lang=lang,
        in_our_thread=in_our_thread,
        parent_text=parent_text,
        by_us=by_us,
    )
    return analyser().analyze([mention])[0]


def of_kind(analysis: Analysis, kind: str) -> Sequence[Annotation]:
    """Return the annotations of one kind."""
    return [annotation for annotation in analysis.annotations if annotation.kind == kind]


def labels(analysis: Analysis, kind: str) -> set[str]:
    """Return the labels of one kind."""
    return {annotation.label for annotation in of_kind(analysis, kind)}
