"""One training, from texts to files: learned in folds for the judgement, then from all that is not held back."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.contract import Analysis
from analysis.fast import FastAnalyzer
from analysis.heads import HEADS
from analysis.language import TRAINED
from analysis.training.boosting import boosted
from analysis.training.corpus import FOLDS, Corpus, gather, is_learned
from analysis.training.examples import NOBODY, Example
from analysis.training.export import save, weights_of
from analysis.training.judging import judgement_of
from analysis.training.leaning import english_lean, lean_scores, lean_weights
from analysis.training.learning import Blocks, blocks_of, learn
from analysis.training.measures import Figure, figures, judged
from analysis.training.networks import Networks
from analysis.training.scoring import scores_of
from analysis.training.shares import heard_by, shares_of, together
from model import Mention

Floats = npt.NDArray[np.float64]

_LANGUAGES = ("en", "es", "pt")

log = logging.getLogger(__name__)


def train(data: Path, folder: Path) -> Corpus:
    """Write the fast model into ``folder``; return the corpus, whose held-back texts it never saw."""
    started = time.monotonic()
    corpus = gather(data)
    blocks = blocks_of(corpus)
    log.info("gathered %d texts, %.0f s", len(corpus.examples), time.monotonic() - started)
    networks = Networks(corpus)
    apart, heard = set_apart(corpus, blocks, networks)
    share, lean = english_lean(corpus, apart, heard)
    log.info("leaned", extra={"share": share, "lean": lean.tolist()})
    lean_scores(corpus, apart, lean)
    trees, scores = boosted(corpus, apart)
    shares = shares_of(corpus, scores, heard, of_english_feeling=share)
    judgement = judgement_of(corpus, together(corpus, scores, heard, shares), shares)
    log.info("judged, %.0f s", time.monotonic() - started)
    learned = learn(corpus, blocks, corpus.learned)
    lean_weights(learned, lean)
    save(folder, weights_of(learned, trees, networks.whole()), judgement)
    log.info("saved, %.0f s", time.monotonic() - started)
    return corpus


def measure(corpus: Corpus, folder: Path) -> tuple[list[Figure], str]:
    """Return the figures of a saved model on the held-back texts of a corpus, read as at runtime, and its version."""
    analyzer = FastAnalyzer(NOBODY.organisation, (), folder=folder)
    held_back = [
        example for example in corpus.examples if not is_learned(example) and example.lang in TRAINED
    ]

    def judge(examples: Sequence[Example]) -> Sequence[Analysis]:
        named = examples[0].named
        analyzer.know(replace(named.organisation, languages=_LANGUAGES), named.partners)
        return analyzer.analyze([_as_heard(example) for example in examples])

    return figures(judged(held_back, judge)), analyzer.versions["model"]


def _as_heard(example: Example) -> Mention:
    """Return an example without what a channel does not tell: its language, and what would name the set."""
    channel = example.channel if example.source == "own" else ""
    return replace(example.mention(), lang=None, channel=channel)


def set_apart(corpus: Corpus, blocks: Blocks, networks: Networks) -> tuple[Floats, Floats]:
    """Return the scores of each text by sums, and by a convolution, that did not learn from its fold."""
    found, heard = np.full((2, len(corpus.examples), len(HEADS)), np.nan)
    for fold in range(FOLDS):
        others = corpus.folds != fold
        told = corpus.learned & ~others
        if fold == 0:
            told |= corpus.sources == "validation"
        found[told] = scores_of(corpus, blocks, learn(corpus, blocks, corpus.learned & others))[told]
        heard[told] = heard_by(networks.without(fold), corpus)[told]
        log.info("fold %d of %d", fold + 1, FOLDS)
    return found, heard
