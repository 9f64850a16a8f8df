"""Learning from corrections: what people said of tags becomes a copy of the model, kept where it is better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.heads import HEADS
from model import SENTIMENTS, Correction
from stages.line import Line
from storage.corrections import corrected_mentions

if TYPE_CHECKING:
    from analysis.teaching import Outcome

NOT_LEARNED_FROM: Mapping[str, str] = {
    "x": "X's developer terms allow no training of models on X content",
    "reddit": "Reddit's terms allow no training of models on its content without Reddit's own agreement",
}
"""Channels whose terms forbid training, and why (docs/corrections.md)."""

MOST_LESSONS = 1_000
"""The newest; the texts are compared with each other, so twice as many take four times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training did. ``left_out`` counts corrected mentions by channel whose terms forbid it."""

    lessons: int
    left_out: Mapping[str, int]
    outcomes: Sequence[Outcome]
    model: str | None  # the copy's name; null: nothing was better, and the model is as it was


def train(line: Line, folder: Path) -> Trained:
    """Learn from the store's corrections, always from the installed model on; keep what is better in ``folder``."""
    with line.store.reading() as connection:
        corrected = corrected_mentions(connection)
    allowed = [(mention, said) for mention, said in corrected if mention.channel not in NOT_LEARNED_FROM]
    left_out = Counter(mention.channel for mention, _ in corrected if mention.channel in NOT_LEARNED_FROM)
    told = [(mention, labels) for mention, said in allowed if (labels := labels_of(said))]
    if not told:
        return Trained(lessons=0, left_out=left_out, outcomes=(), model=None)
    from analysis.own_model import keep_copy
    from analysis.teaching import teach
    from analysis.textbook import Lesson, lay_out_lessons

    lessons = [Lesson(mention, labels) for mention, labels in told[-MOST_LESSONS:]]
    us = line.settings
    book = lay_out_lessons(
        lessons, us.organisation, us.partners, missed_concern_costs=us.missed_concern_costs
    )
    taught = teach(book)
    name = None if taught.weights is None else keep_copy(folder, taught.weights, book.judgement)
    return Trained(lessons=len(lessons), left_out=left_out, outcomes=taught.outcomes, model=name)


def labels_of(said: Iterable[Correction]) -> dict[str, float]:
    """Return what corrections say of the model's heads; what was said last holds. Of partners it learns nothing."""
    labels: dict[str, float] = {}
    for one in said:
        if one.kind == "sentiment":
            labels |= {f"sentiment:{label}": float(label == one.label) for label in SENTIMENTS}
        elif one.kind == "concern":
            labels["concern:yes"] = float(one.label == "yes")
        elif f"{one.kind}:{one.label}" == "intent:other":
            if one.holds:
                labels |= {head: 0.0 for head in HEADS if head.startswith("intent:")}
        elif f"{one.kind}:{one.label}" in HEADS:
            labels[f"{one.kind}:{one.label}"] = float(one.holds)
    labels.pop("intent:other", None)  # it is what is left where no other intent is
    return labels
