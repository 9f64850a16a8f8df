"""What a model answers: one number for each head, in this order, the same in every tier and in training."""

from __future__ import annotations

from model import INTENTS, NEEDS, SENTIMENTS

HEADS: tuple[str, ...] = (
    *(f"sentiment:{label}" for label in SENTIMENTS),
    *(f"intent:{label}" for label in INTENTS),
    *(f"need:{label}" for label in NEEDS),
    "concern:yes",
)
"""Three of the sentiment, of which one holds (softmax), then 9 intents, 10 needs and the concern, each by itself."""

SENTIMENT = slice(0, 3)
INTENT = slice(3, 12)
NEED = slice(12, 22)
CONCERN = 22


def parts(head: str) -> tuple[str, str]:
    """Return kind and label of a head: ``need:access`` is (need, access)."""
    kind, _, label = head.partition(":")
    return kind, label
