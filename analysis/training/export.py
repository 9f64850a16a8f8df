"""From what was learned in floats to the files that are shipped: small whole numbers, in a spaCy pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import spacy

from analysis.component import MODEL, Model
from analysis.convolution import Convolution
from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.judgement import Judgement
from analysis.linear import COLUMNS, Weights
from analysis.readers import LANGUAGE, NAMES
from analysis.training.learning import Learned
from analysis.trees import Trees

Floats = npt.NDArray[np.float64]

_STEPS = 500
"""Whole numbers to each side of zero: with 127 the rare strong words lost what they say, and thanks were missed."""


def weights_of(learned: Learned, trees: Trees, convolution: Convolution) -> Weights:
    """Return the weights as whole numbers, with one step for each head, and what stands beside them."""
    groups = _columns_of_heads()
    words, word_steps = _whole(learned.words, groups, _STEPS)
    pairs, pair_steps = _whole(learned.pairs, groups, _STEPS)
    by_fact = [group if len(group) < 3 else [learned.facts.shape[1] - 1] for group in groups]
    facts, fact_steps = _whole(learned.facts, by_fact, 32_000)
    return Weights(
        words=words.astype(np.int16),
        pairs=np.vstack((pairs, np.zeros((1, pairs.shape[1])))).astype(np.int16),
        facts=facts.astype(np.int16),
        steps=np.array((word_steps, pair_steps, fact_steps)),
        trees=trees,
        convolution=convolution,
    )


def _columns_of_heads() -> list[list[int]]:
    """Return, for each head, its columns: those of a head share one step."""
    zones = [at for at, column in enumerate(COLUMNS) if column.startswith(HEADS[CONCERN])]
    return [
        [head, head + 3] if head < SENTIMENT.stop else (zones if head == CONCERN else [head + 3])
        for head in range(len(HEADS))
    ]


def _whole(table: Floats, groups: list[list[int]], most: int) -> tuple[Floats, Floats]:
    found = np.zeros_like(table)
    steps = np.ones(len(groups))
    for head, columns in enumerate(groups):
        used = table[:, columns][table[:, columns] != 0]
        if not len(used):
            continue
        largest = float(np.abs(used).max())
        steps[head] = largest / most
        found[:, columns] = np.clip(np.round(table[:, columns] / steps[head]), -most, most)
    return found, steps


def save(folder: Path, weights: Weights, judgement: Judgement) -> None:
    """Write the pipeline: language, names and model."""
    nlp = spacy.blank("xx")
    nlp.meta.update(
        name="earshot_fast", description="Earshot's fast tier", license="Apache-2.0", spacy_version=">=3.8,<4"
    )
    for component in (LANGUAGE, NAMES, MODEL):
        nlp.add_pipe(component)
    model = nlp.get_pipe(MODEL)
    assert isinstance(model, Model)
    model.learned(weights, judgement, "")
    folder.mkdir(parents=True, exist_ok=True)
    nlp.to_disk(folder)
