"""Learning every head: which texts teach it, from what, and how freely."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.linear import COLUMNS, FACT_COLUMNS, FIRST_ZONE
from analysis.sheet import FACTS, ZONES
from analysis.training.corpus import SHARED, Corpus
from analysis.training.design import Block, facts_block, pairs_block, words_block, zone_blocks
from analysis.training.fit import fit
from analysis.training.material import Material, english, labelled, southern, with_teacher
from analysis.words import PAIR_ROWS, WORD_ROWS

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_FREEDOM = {"sentiment": 2.0, "southern": 10.0, "shared": 3.0, "own": 10.0, "concern": 3.0}
"""How closely each group of heads may fit: chosen on the folds of the training texts, that of the English sentiment
on tweets held back (docs/decisions/0011)."""

_ACTS = tuple(HEADS.index(f"intent:{label}") for label in ("question", "request", "suggestion"))
"""Those of them that the accurate tier teaches on texts without a label of theirs."""

_FEELINGS = ("sentiment", "southern")
ENGLISH, SOUTHERN_COLUMNS = [0, 1, 2], [3, 4, 5]

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
    _learn(blocks.plain, english(corpus, chosen), "sentiment", learned, ENGLISH)
    _learn_southern(blocks, southern(corpus, chosen), learned)
    for head in SHARED:
        material = with_teacher(corpus, chosen, head) if head in _ACTS else labelled(corpus, chosen, [head])
        _learn(blocks.plain, material, "shared", learned, [head + 3])
    alone = [head for head in range(SENTIMENT.stop, CONCERN) if head not in SHARED]
    ours = chosen & np.isin(corpus.sources, ("own", "joined", "phrases"))
    _learn(blocks.plain, labelled(corpus, ours, alone), "own", learned, [head + 3 for head in alone])
    _learn_concern(corpus, blocks, ours, learned)
    return learned


def _learn(
    design: Sequence[Block], material: Material, group: str, learned: Learned, columns: Sequence[int]
) -> None:
    """Fit some heads together and write their weights into ``columns``."""
    narrow, parts = _fitted(design, material, group)
    _write(narrow, parts, learned, columns)
    log.info("learned", extra={"columns": [COLUMNS[at] for at in columns], "texts": len(material.rows)})


def _learn_southern(blocks: Blocks, material: Material, learned: Learned) -> None:
    """Fit the sentiment of Spanish and Portuguese; what English says of a text is one thing more to go by.

    The weights of English are mixed into theirs as far as this helps, so the runtime knows nothing of it.
    """
    spoken = plain_scores(blocks, learned, ENGLISH)[material.rows]
    narrow, parts = _fitted(blocks.plain, material, "southern", Block("English", sparse.csr_matrix(spoken)))
    _write(narrow, parts[:-1], learned, SOUTHERN_COLUMNS)
    for table in (learned.words, learned.pairs, learned.facts):
        table[:, SOUTHERN_COLUMNS] += table[:, ENGLISH] @ parts[-1]
    log.info(
        "learned", extra={"columns": [COLUMNS[at] for at in SOUTHERN_COLUMNS], "texts": len(material.rows)}
    )


def plain_scores(blocks: Blocks, learned: Learned, columns: slice | Sequence[int]) -> Floats:
    """Return what some columns say of all texts but for the zones, mentions × columns."""
    words, pairs = blocks.plain[:2]
    told = words.said(learned.words[:, columns]) + pairs.said(learned.pairs[:, columns])
    return np.asarray(told + blocks.facts.said(learned.facts[:, columns]))


def _write(
    narrow: Sequence[Block], parts: Sequence[Floats], learned: Learned, columns: Sequence[int]
) -> None:
    tables = (learned.words, learned.pairs, learned.facts, learned.facts)
    for block, weights, table in zip(narrow, parts, tables, strict=True):
        table[:, list(columns)] += block.widen(weights)


def _learn_concern(corpus: Corpus, blocks: Blocks, chosen: Mask, learned: Learned) -> None:
    """Fit the concern: what holds everywhere and what each zone adds, summed up zone by zone."""
    material = labelled(corpus, chosen, [CONCERN])
    narrow, parts = _fitted([*blocks.plain, *blocks.zones], material, "concern")
    wide = [block.widen(weights)[:, 0] for block, weights in zip(narrow, parts, strict=True)]
    words, pairs, facts, hints, *zones = wide
    learned.facts[:, -1] = facts + hints
    for zone in range(len(ZONES)):
        learned.words[:, FIRST_ZONE + zone] = words + zones[2 * zone]
        learned.pairs[:, FIRST_ZONE + zone] = pairs + zones[2 * zone + 1]
    log.info("learned", extra={"columns": [HEADS[CONCERN]], "texts": len(material.rows)})


def _fitted(
    design: Sequence[Block], material: Material, group: str, *beside: Block
) -> tuple[list[Block], list[Floats]]:
    """Return the narrowed blocks and the weights of each; ``beside`` are of the material's texts already."""
    narrow = [block.rows(material.rows).narrow() for block in design] + list(beside)
    kind: Literal["one of", "any of"] = "one of" if group in _FEELINGS else "any of"
    flat = fit(narrow, material.targets, material.weights, strength=_FREEDOM[group], kind=kind)
    ends = np.cumsum([block.width for block in narrow])
    return narrow[: len(design)], np.split(flat, ends[:-1])
