"""The page of the evaluation: goals and what was reached, beside the others, and every figure below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.training.examples import Example
from analysis.training.measures import Figure
from analysis.training.own import HARD
from bench.machine import machine, versions

Key = tuple[str, str]
"""What is measured, on which texts."""


@dataclass(frozen=True, slots=True)
class Column:
    """A judge with its figures; ``seconds`` are those of the processor."""

    name: str
    figures: Mapping[Key, Figure]
    seconds: float


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be reached, by the fast and by the accurate tier; ``most``: a goal from above."""

    words: str
    keys: Sequence[Key]  # of several, the mean
    fast: float | None
    accurate: float | None = None
    most: bool = False


RECALL, F1 = "sentiment, macro-averaged recall", "sentiment, macro-F1"
CONCERN, SURE = "concern, F1", "concern, calibration error"
OFF = "sentiment, calibration error"

GOALS = (
    Goal("English tweets: sentiment, mean recall", [(RECALL, "validation en")], 67.5, 71.0),
    Goal("other languages: sentiment, mean macro-F1", [(F1, "umsab es"), (F1, "umsab pt")], 60.0),
    Goal("Spanish: sentiment, macro-F1", [(F1, "umsab es")], 60.0),
    Goal("Portuguese: sentiment, macro-F1", [(F1, "umsab pt")], 66.0),
    Goal("gratitude, F1", [("intent:thanks, F1", "goemotions en")], 90.0),
    Goal("question, F1", [("intent:question, F1", "tac en")], 78.0),
    Goal("disaster request, F1", [("intent:request, F1", "disaster en")], 72.0),
    Goal("concern about us, English, F1", [(CONCERN, "own en")], 80.0, 88.0),
    Goal("concern about us, Spanish, F1", [(CONCERN, "own es")], 72.0),
    Goal("concern about us, Portuguese, F1", [(CONCERN, "own pt")], 72.0),
    Goal("concern in pairs of like words, F1", [(CONCERN, "pairs")], None),
    Goal("concern in odd words, F1", [(CONCERN, "odd")], None),
    Goal("concern: negative but not about us, rightly none",
         [("negative but not about us, rightly no concern", "own")], None),
    Goal("concern: friendly or dry but about us, found", [("friendly or dry but about us, found", "own")], None),
    Goal("partners named, same-name traps among them, F1", [("partners named, F1", "own")], 97.0),
    Goal("calibration error, sentiment (tweets)", [(OFF, "validation en")], 0.05, 0.05, most=True),
    Goal("calibration error, sentiment (own, English)", [(OFF, "own en")], 0.05, 0.05, most=True),
    Goal("calibration error, concern", [(SURE, "own")], 0.05, 0.05, most=True),
    Goal("intents together, English, F1", [("intents together, F1", "own en")], None),
    Goal("needs together, English, F1", [("needs together, F1", "own en")], None),
)  # fmt: skip
"""The goals of understanding.md and of the issue; what has no goal is told all the same."""

_POLARITY = frozenset({"VADER", "TextBlob"})
"""Judges that tell nothing but a polarity: no label, and no confidence."""


def page(columns: Sequence[Column], held_back: Sequence[Example], n_learned: int, *, now: datetime) -> str:
    """Return the page, in Markdown."""
    lines = [
        "# Evaluation",
        "",
        "Written by `make eval`; every figure is of one run, on texts that the fast tier's training never saw.",
        f"{now:%Y-%m-%d}, {machine()}; {versions('spacy', 'vaderSentiment', 'textblob', 'onnxruntime')}.",
        "",
        *_said(held_back, n_learned),
        "",
        "## Goals",
        "",
        *_goals(columns),
        "",
        "**Bold**: the goal is reached. A dash: this judge does not tell it.",
        "",
        _trivial(columns),
        "",
        "## Every figure",
        "",
        *_all(columns),
    ]
    return "\n".join(lines) + "\n"


def _said(held_back: Sequence[Example], n_learned: int) -> Iterator[str]:
    counts = Counter((one.source, one.lang) for one in held_back)
    yield f"spaCy's textcat learned here from {n_learned:,} texts; what each tier learned from is in its card"
    yield "([fast](models/fast.md), [accurate](models/accurate.md)). Held back were:"
    yield ""
    yield "| set | language | texts | held back how |"
    yield "|---|---|--:|---|"
    how = {
        "own": "whole organisations, which training never saw",
        "odd": "whole organisations; hard on purpose, each said in nobody's usual way",
        "pairs": "whole organisations; hard on purpose, most beside another that shares its words, not its label",
        "validation": "TweetEval's validation part; thresholds were chosen on it",
    }
    for (source, lang), n in sorted(counts.items()):
        yield f"| {source} | {lang} | {n:,} | {how.get(source, 'one of ten, by a hash of its words')} |"
    slugs = sorted({one.named.slug for one in held_back if one.source == "own"})
    yield ""
    yield f"Our own held-back organisations: {', '.join(slugs)}."
    for kind in HARD:
        yield from _of_hard(kind, [one for one in held_back if one.source == kind])
    yield "Neither tier learned from any of these. The accurate one judges these three languages."
    yield "The public sets' own test parts are not used here: they are measured from outside."


def _of_hard(kind: str, texts: Sequence[Example]) -> Iterator[str]:
    if texts:
        raised = sum(one.labels["concern:yes"] for one in texts)
        least = 200 * raised / (len(texts) + raised)
        yield f"Of *{kind}* {raised:.0f} raise a concern: who says so of each has an F1 of {least:.1f}."


def _goals(columns: Sequence[Column]) -> Iterator[str]:
    yield f"| | goal: fast | goal: accurate | {' | '.join(column.name for column in columns)} |"
    yield f"|---|--:|--:|{'--:|' * len(columns)}"
    for goal in GOALS:
        cells = [_cell(goal, column) for column in columns]
        yield f"| {goal.words} | {_aim(goal, goal.fast)} | {_aim(goal, goal.accurate)} | {' | '.join(cells)} |"


def _aim(goal: Goal, value: float | None) -> str:
    if value is None:
        return ""
    return f"≤ {value:g}" if goal.most else f"≥ {value:g}"


def _cell(goal: Goal, column: Column) -> str:
    value = _value(goal, column)
    if value is None:
        return "–"
    told = f"{value:.3f}" if goal.most else f"{value:.1f}"
    aim = {"fast": goal.fast, "accurate": goal.accurate}.get(column.name)
    if aim is None:
        return told
    return f"**{told}**" if (value <= aim if goal.most else value >= aim) else told


def _value(goal: Goal, column: Column) -> float | None:
    if not _tells(column, goal) or any(key not in column.figures for key in goal.keys):
        return None
    return sum(column.figures[key].value for key in goal.keys) / len(goal.keys)


def _tells(column: Column, goal: Goal) -> bool:
    """Tell whether a judge says anything of a goal at all."""
    whats = " ".join(what for what, _ in goal.keys)
    if column.name in ("fast", "accurate"):
        return True
    if "partners" in whats:
        return False
    return column.name not in _POLARITY or not (goal.most or "intent" in whats or "need" in whats)


def _trivial(columns: Sequence[Column]) -> str:
    known = next(column for column in columns if column.figures)
    rule = [
        known.figures[("concern by the rule that negative means concern, F1", f"own {lang}")].value
        for lang in ("en", "es", "pt")
    ]
    return (
        "The trivial rule “negative means concern”, given each text's *true* sentiment, has an F1 of "
        f"{rule[0]:.1f} in English, {rule[1]:.1f} in Spanish, {rule[2]:.1f} in Portuguese; "
        "VADER's and TextBlob's columns are that rule with the sentiment that they find."
    )


def _all(columns: Sequence[Column]) -> Iterator[str]:
    keys = dict.fromkeys(key for column in columns for key in column.figures)
    shown = [column for column in columns if column.name not in _POLARITY]
    yield f"| | on | texts | {' | '.join(column.name for column in shown)} |"
    yield f"|---|---|--:|{'--:|' * len(shown)}"
    for what, on in keys:
        row = [column.figures.get((what, on)) for column in shown]
        texts = next(figure.texts for figure in row if figure is not None)
        digits = 3 if "calibration" in what else 1
        cells = ["–" if figure is None else f"{figure.value:.{digits}f}" for figure in row]
        yield f"| {what} | {on} | {texts} | {' | '.join(cells)} |"
