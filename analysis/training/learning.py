"""Learning every head: which texts teach it, from what, and how freely."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.linear import COLUMNS, FACT_COLUMNS, FIRST_ZONE, SOUTHERN
from analysis.sheet import FACTS, ZONES
from analysis.training.corpus import Corpus
from analysis.training.design import Block, facts_block, pairs_block, words_block, zone_blocks
from analysis.training.fit import fit
from analysis.words import PAIR_ROWS, WORD_ROWS

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_FREEDOM = {"sentiment": 3.0, "southern": 30.0, "shared": 3.0, "own": 10.0}
"""How closely each group of heads may fit: chosen on the folds of the training texts."""

_SHARED = tuple(
    HEADS.index(f"intent:{label}") for label in ("thanks", "praise", "question", "request", "suggestion")
)
"""Heads that public texts teach too."""


_HINTS = tuple(
    fact
    for fact in FACTS
    if fact.startswith(("on ", "lang ")) or fact in ("short", "long", "has title", "link")
)
_TELLING = tuple(fact for fact in (*FACTS, "") if fact not in _HINTS)
_OF_A_HINT = 0.25
"""How freely a hint is learned beside what tells something: else the mix of our texts by channel was learned."""


@dataclass(frozen=True)
class Learned:
    """The weights in floats: rows × analysis.linear.COLUMNS, and facts with a constant × FACT_COLUMNS."""

    words: Floats
    pairs: Floats
    facts: Floats


@dataclass(frozen=True)
class Blocks:
    """The features of a corpus, made once."""

    plain: Sequence[Block]  # words, pairs, telling facts, hints
    zones: Sequence[Block]
    facts: Block  # all of them, unscaled


def blocks_of(corpus: Corpus) -> Blocks:
    """Return the features of all texts."""
    sheet, vocabulary = corpus.sheet, corpus.vocabulary
    plain = (
        words_block(sheet, vocabulary),
        pairs_block(sheet, scale=2.0),
        facts_block(sheet, only=_TELLING),
        facts_block(sheet, only=_HINTS, scale=_OF_A_HINT),
    )
    return Blocks(plain, zone_blocks(sheet, vocabulary, scale=1.0, pairs=2.0), facts_block(sheet))


def learn(corpus: Corpus, blocks: Blocks, chosen: Mask) -> Learned:
    """Return what the chosen texts teach."""
    learned = Learned(
        np.zeros((WORD_ROWS, len(COLUMNS))),
        np.zeros((PAIR_ROWS, len(COLUMNS))),
        np.zeros((len(FACTS) + 1, len(FACT_COLUMNS))),
    )
    _learn_sentiment(corpus, blocks, chosen, learned)
    for head in _SHARED:
        _learn(corpus, blocks.plain, chosen, [head], _FREEDOM["shared"], learned, [head + 3])
    alone = [head for head in range(SENTIMENT.stop, CONCERN) if head not in _SHARED]
    ours = chosen & np.isin(corpus.sources, ("own", "joined", "phrases"))
    _learn(corpus, blocks.plain, ours, alone, _FREEDOM["own"], learned, [head + 3 for head in alone])
    _learn_concern(corpus, blocks, ours, learned)
    return learned


def _learn_sentiment(corpus: Corpus, blocks: Blocks, chosen: Mask, learned: Learned) -> None:
    heads = list(range(SENTIMENT.start, SENTIMENT.stop))
    spoken = chosen & np.isin(corpus.langs, ("en", *SOUTHERN))
    _learn(corpus, blocks.plain, spoken, heads, _FREEDOM["sentiment"], learned, heads)
    southern = chosen & np.isin(corpus.langs, tuple(SOUTHERN))
    _learn(corpus, blocks.plain, southern, heads, _FREEDOM["southern"], learned, [3, 4, 5])


def _learn(
    corpus: Corpus,
    design: Sequence[Block],
    chosen: Mask,
    heads: Sequence[int],
    freedom: float,
    learned: Learned,
    columns: Sequence[int],
) -> None:
    """Fit some heads together and write their weights into ``columns``."""
    rows = np.flatnonzero(chosen & np.any([corpus.known(head) for head in heads], axis=0))
    narrow, parts = _fitted(corpus, design, rows, heads, freedom)
    tables = (learned.words, learned.pairs, learned.facts, learned.facts)
    for block, weights, table in zip(narrow, parts, tables, strict=True):
        table[:, list(columns)] += block.widen(weights)
    log.info("learned", extra={"heads": [HEADS[head] for head in heads], "texts": len(rows)})


def _learn_concern(corpus: Corpus, blocks: Blocks, chosen: Mask, learned: Learned) -> None:
    """Fit the concern: what holds everywhere and what each zone adds, summed up zone by zone."""
    rows = np.flatnonzero(chosen & corpus.known(CONCERN))
    design = [*blocks.plain, *blocks.zones]
    narrow, parts = _fitted(corpus, design, rows, [CONCERN], _FREEDOM["own"])
    wide = [block.widen(weights)[:, 0] for block, weights in zip(narrow, parts, strict=True)]
    words, pairs, facts, hints, *zones = wide
    learned.facts[:, -1] = facts + hints
    for zone in range(len(ZONES)):
        learned.words[:, FIRST_ZONE + zone] = words + zones[2 * zone]
        learned.pairs[:, FIRST_ZONE + zone] = pairs + zones[2 * zone + 1]
    log.info("learned", extra={"heads": [HEADS[CONCERN]], "texts": len(rows)})


def _fitted(
    corpus: Corpus, design: Sequence[Block], rows: npt.NDArray[np.int64], heads: Sequence[int], freedom: float
) -> tuple[list[Block], list[Floats]]:
    """Return the narrowed blocks and the weights of each."""
    narrow = [block.rows(rows).narrow() for block in design]
    kind: Literal["one of", "any of"] = "one of" if heads[0] in range(SENTIMENT.stop) else "any of"
    weights = corpus.weights(heads[0])[rows]
    flat = fit(narrow, corpus.targets[rows][:, list(heads)], weights, strength=freedom, kind=kind)
    ends = np.cumsum([block.width for block in narrow])
    return narrow, np.split(flat, ends[:-1])
