"""What both tiers say of a mention together: neither is overruled, and what only one told stays its own."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.both import by_both
from analysis.heads import CONCERN, HEADS, SENTIMENT
from model import Annotation


def _said(concern: float = 0.0, feeling: tuple[float, float, float] | None = None) -> np.ndarray:
    found = np.full(len(HEADS), 0.3, np.float32)
    found[CONCERN] = concern
    if feeling is not None:
        found[SENTIMENT] = feeling
    return found


def _concern(probability: float) -> Annotation:
    yes = probability >= 0.4
    return Annotation(
        kind="concern",
        label="yes" if yes else "no",
        confidence=probability if yes else 1 - probability,
        origin="model",
        version="1",
    )


def _feeling(negative: float, neutral: float, positive: float) -> Annotation:
    label = ("negative", "neutral", "positive")[int(np.argmax((negative, neutral, positive)))]
    return Annotation(
        kind="sentiment",
        label=label,
        confidence=max(negative, neutral, positive),
        score=round(positive - negative, 3),
        origin="model",
        version="1",
    )


@pytest.mark.parametrize(("accurate", "fast"), [(0.9, 0.9), (0.9, 0.1), (0.0, 0.6), (1.0, 1.0)])
def test_a_concern_lies_between_what_both_tiers_say_and_nearer_to_the_encoder(
    accurate: float, fast: float
) -> None:
    both = by_both(_said(accurate), [_concern(fast)])[CONCERN]

    assert min(accurate, fast) - 2e-3 <= both <= max(accurate, fast) + 2e-3
    assert abs(both - accurate) <= abs(both - fast) + 2e-3  # who tells concerns better weighs more


@pytest.mark.parametrize("fast", [(0.8, 0.15, 0.05), (0.2, 0.6, 0.2), (0.05, 0.05, 0.9)])
def test_a_feeling_is_that_of_both_tiers(fast: tuple[float, float, float]) -> None:
    sure, torn = (0.7, 0.2, 0.1), (0.34, 0.33, 0.33)

    agreed = by_both(_said(feeling=fast), [_feeling(*fast)])[SENTIMENT]
    told = by_both(_said(feeling=torn), [_feeling(*fast)])[SENTIMENT]
    moved = by_both(_said(feeling=sure), [_feeling(*fast)])[SENTIMENT]

    assert agreed.sum() == pytest.approx(1.0)
    assert agreed.max() >= max(fast) - 1e-3  # two who say the same are surer
    assert agreed.argmax() == told.argmax() == int(np.argmax(fast))
    assert moved[0] > told[0]


def test_what_the_fast_tier_did_not_tell_is_the_encoders_alone() -> None:
    said = _said(0.7, (0.2, 0.5, 0.3))

    assert by_both(said, []).tolist() == said.tolist()
    heads = [at for at in range(len(HEADS)) if at not in (0, 1, 2, CONCERN)]
    both = by_both(said, [_concern(0.1), _feeling(0.9, 0.05, 0.05)])
    assert both[heads].tolist() == said[heads].tolist()
