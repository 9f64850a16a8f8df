"""The card of the fast model, ``docs/models/fast.md``: written from what one training measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from analysis.training.corpus import Corpus
from analysis.training.measures import Figure
from analysis.training.sentences import SENTENCES

CARD = Path(__file__).parents[2] / "docs" / "models" / "fast.md"
_TEXT = Path(__file__).parent / "fast_card.md"

_SET_ASIDE = "de"
"""German tweets brought nothing (docs/decisions/0011)."""

_SETS = {
    "semeval": ("SemEval-2013 to 2016 Twitter sentiment, subtask A", "CC BY 3.0"),
    "validation": ("TweetEval sentiment, validation part: thresholds and figures only", "CC BY 3.0"),
    "umsab": (
        "UMSAB (xlm-t), training part: Spanish, Portuguese, French, Italian",
        "Apache-2.0 over several research sets; provenance is mixed",
    ),
    "goemotions": ("GoEmotions: gratitude and admiration", "Apache-2.0"),
    "tac": ("Tweet act classification: question, request, suggestion", "BSD-2"),
    "disaster": ("Disaster response messages: request", "CC BY 4.0"),
    "own": ("our own texts, `analysis/training/texts`", "Apache-2.0"),
}


def write_card(corpus: Corpus, figures: Sequence[Figure], version: str, size: int) -> None:
    """Write the card from the corpus, the figures, the model's version and its bytes."""
    text = _TEXT.read_text(encoding="utf-8")
    parts = {
        "VERSION": version,
        "SIZE": f"{size / 1e6:.1f} MB",
        "DATA": _data(corpus),
        "SENTENCES": f"{int((corpus.sources == SENTENCES).sum()):,}",
        "FIGURES": _figures(figures),
    }
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    CARD.parent.mkdir(parents=True, exist_ok=True)
    CARD.write_text(text, encoding="utf-8")


def _data(corpus: Corpus) -> str:
    rows = ["| set | licence | learned from | held back |", "|---|---|---|---|"]
    for source, (what, licence) in _SETS.items():
        here = (corpus.sources == source) & (corpus.langs != _SET_ASIDE)
        learned = int((here & corpus.learned).sum())
        rows.append(f"| {what} | {licence} | {learned:,} | {int(here.sum()) - learned:,} |")
    return "\n".join(rows)


def _figures(figures: Sequence[Figure]) -> str:
    by_set: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        by_set[figure.on].append(figure)
    lines = []
    for on, those in by_set.items():
        told = " · ".join(f"{one.what} **{_number(one)}** ({one.texts})" for one in those)
        lines.append(f"- *{on}*: {told}")
    return "\n".join(lines)


def _number(figure: Figure) -> str:
    return f"{figure.value:.3f}" if "calibration" in figure.what else f"{figure.value:.1f}"
