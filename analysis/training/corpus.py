"""All texts of a training: which of them are learned from, which are held back, and how much each counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from analysis.heads import CONCERN, HEADS, SENTIMENT
from analysis.judge import open_judge
from analysis.sheet import FACTS, Sheet
from analysis.training.examples import Example, targets
from analysis.training.joined import joined_examples
from analysis.training.own import HARD, TEXTS, own_examples
from analysis.training.phrases import phrase_examples
from analysis.training.public import public_examples, validation_examples
from analysis.training.reading_texts import sheet_of
from analysis.training.sentences import SENTENCES, sentence_examples
from analysis.training.teacher import taught_chances
from analysis.vocabulary import Vocabulary

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FOLDS = 3
_LINKS = ("names us", "our thread", "answers us", "speaks to you", "by us")
_OF_PUBLIC = 10
"""One of so many public texts is held back, chosen by a hash of its words."""

SHARED = tuple(
    HEADS.index(f"intent:{label}") for label in ("thanks", "praise", "question", "request", "suggestion")
)
"""Heads beside the sentiment that public texts teach too."""

_OWN_COUNTS, _OF_SHARED, _OF_FEELING = 3.0, 1.5, 0.5
"""What one of ours counts: beside a phrase, beside a public text for the heads that both know, and for feelings. Ours
are as many as the tweets: where they counted as much for a feeling, tweets lost a point of recall."""

_IN_PUBLIC = frozenset(
    ("rss", "reddit", "x", "mastodon", "bluesky", "hackernews", "lemmy", "stackexchange", "youtube")
)
_OF_OTHERS = 5.0
"""What says nothing of us, in no thread of ours, in public: the world has far more of it than our texts, of which one
in three such is a concern. It counts for so many."""


@dataclass(frozen=True)
class Corpus:
    """Examples with their sheet; the masks have one entry an example."""

    examples: Sequence[Example]
    sheet: Sheet
    vocabulary: Vocabulary
    targets: Floats
    by_teacher: (
        Floats  # what the accurate tier says of some public texts, where they are learned from; else NaN
    )
    sources: npt.NDArray[np.str_]
    langs: npt.NDArray[np.str_]
    learned: Mask
    beside: Mask  # what only the convolution learns from: hard texts, and single sentences
    folds: npt.NDArray[np.int64]  # in which fold a text that is learned from is set apart for calibration

    @property
    def own(self) -> Mask:
        """Which are ours."""
        return np.asarray(self.sources == "own")

    def known(self, head: int) -> Mask:
        """Which have a label of the head."""
        return np.asarray(~np.isnan(self.targets[:, head]))

    def weights(self, head: int) -> Floats:
        """Return how much each text counts for a head; classes of a sentiment count alike within each set."""
        counts = np.array([example.counts for example in self.examples])
        if head < SENTIMENT.stop:
            return np.asarray(np.where(self.own, _OF_FEELING, 1.0) * counts * self.balance())
        counts = np.where(self.own, _OF_SHARED if head in SHARED else _OWN_COUNTS, 1.0) * counts
        return np.asarray(counts * self.frequency() if head == CONCERN else counts)

    def frequency(self) -> Floats:
        """Return how much more frequent each text is in the world than among ours, as far as the concern goes."""
        about_us = self.sheet.facts[:, [FACTS.index(fact) for fact in _LINKS]].any(axis=1)
        public = np.array([example.channel in _IN_PUBLIC for example in self.examples])
        return np.where(public & ~about_us & (self.targets[:, CONCERN] == 0), _OF_OTHERS, 1.0)

    def balance(self) -> Floats:
        """Return weights by which the classes of a sentiment count alike within each set."""
        classes = np.nan_to_num(self.targets[:, SENTIMENT]).argmax(axis=1)
        balance = np.ones(len(classes))
        for source in np.unique(self.sources):
            here = (self.sources == source) & self.known(0)
            counts = np.bincount(classes[here & self.learned], minlength=3)
            if counts.all():
                balance[here] = (counts.mean() / counts)[classes[here]]
        return balance


def gather(data: Path, texts: Path = TEXTS) -> Corpus:
    """Return all texts, the public ones of ``data`` and ours."""
    judge = open_judge()  # first: what is missing is told before the texts take their minutes
    validation = validation_examples(data)
    own = own_examples(texts)
    hard = [replace(one, source=kind) for kind, folder in HARD.items() for one in own_examples(folder)]
    sentences = sentence_examples([one for one in (*own, *hard) if not one.held_back])
    ours = [*own, *joined_examples([one for one in own if not one.held_back]), *phrase_examples()]
    examples = [*public_examples(data), *validation, *ours, *hard, *sentences]
    sources = np.array([example.source for example in examples])
    sheet, vocabulary = sheet_of(examples)
    learned = np.array([is_learned(example) for example in examples])
    beside = learned & np.isin(sources, (*HARD, SENTENCES))
    return Corpus(
        examples=examples,
        sheet=sheet,
        vocabulary=vocabulary,
        targets=targets(examples),
        by_teacher=taught_chances(judge, examples, learned),
        sources=sources,
        langs=np.array([example.lang for example in examples]),
        learned=learned & ~beside,
        beside=beside,
        folds=np.array([_fold(example) for example in examples]),
    )


def _fold(example: Example) -> int:
    """Return the fold in which a text is set apart; -1 for phrases, which are never judged."""
    if example.source == "phrases":
        return -1
    return _hash(example.named.slug or example.key()) // 16 % FOLDS


def is_learned(example: Example) -> bool:
    """Return whether an example is learned from; else it is held back."""
    if example.source == "validation":
        return False
    if example.source in ("own", "joined", "phrases", SENTENCES, *HARD):
        return not example.held_back
    return _hash(example.key()) % _OF_PUBLIC != 0


def _hash(words: str) -> int:
    return crc32(words.encode("utf-8", "surrogatepass"))


__all__ = ["FOLDS", "HEADS", "Corpus", "gather"]
