"""The fast tier's model as a spaCy component: it sets ``doc.cats``, ``doc.spans`` and the reading's annotations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from analysis import files
from analysis.because import reasons
from analysis.concern import told_together
from analysis.heads import CONCERN, HEADS, SENTIMENT, parts
from analysis.judgement import Judgement, alert_pays, chance, held, sentiment_chances
from analysis.linear import SOUTHERN, Weights, score
from analysis.reading import Reading, reading_of
from analysis.sheet import lay_out
from analysis.vocabulary import Vocabulary
from model import Annotation, AnnotationKind

MODEL = "earshot_model"

_KINDS = tuple(cast("tuple[AnnotationKind, str]", parts(head)) for head in HEADS)

AT_ONCE = 256
"""Mentions that are scored together: what a batch shares is a third of the work of one (bench/analyze.py)."""


class Model:
    """Judges docs whose reading has its language and names. ``version`` is a hash of what was learned."""

    version = ""

    def __init__(self) -> None:
        self._weights: Weights | None = None
        self._judgement: Judgement | None = None
        self.weigh(10.0)

    def learned(self, weights: Weights, judgement: Judgement, version: str) -> None:
        """Judge by this from now on."""
        self._weights, self._judgement, self.version = weights, judgement, version
        self._judged = judgement.arrays()
        self._vocabulary = Vocabulary(weights.words)

    def weigh(self, missed_concern_costs: float) -> None:
        """Take a partner's words for a concern from where an alert is cheaper than to miss one."""
        least = alert_pays(missed_concern_costs)
        self._least_of_partner = math.log(least / (1 - least))

    def __call__(self, doc: Doc) -> Doc:
        """Judge one doc."""
        self._judge([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = AT_ONCE) -> Iterator[Doc]:
        """Judge many docs, ``batch_size`` at a time."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            self._judge(batch)
            yield from batch

    def _judge(self, docs: Sequence[Doc]) -> None:
        read = [(doc, reading) for doc in docs if (reading := reading_of(doc)).readable]
        if not read:
            return
        assert self._weights is not None, "a pipeline that was not loaded from disk"
        sheet = lay_out([doc for doc, _ in read], self._vocabulary)
        southern = np.array([reading.lang in SOUTHERN for _, reading in read])
        scored = score(sheet, self._vocabulary, self._weights, southern)
        slopes, shifts, least = (part[southern.astype(int)] for part in self._judged)
        scores = told_together(scored, sheet, self._vocabulary, self._weights.trees)
        logits = slopes * scores + shifts
        partners = [reading.mention.author_partner is not None for _, reading in read]
        least[partners, CONCERN] = np.minimum(least[partners, CONCERN], self._least_of_partner)
        holds = (logits >= least).tolist()
        # each recall counts alike in what is chosen, as in training; how sure it is counts what is frequent
        feelings = scores[:, SENTIMENT].argmax(axis=1)
        chances = 1.0 / (1.0 + np.exp(-np.clip(logits, -500.0, 500.0)))
        is_word = self._vocabulary.is_word[sheet.words].tolist()
        tokens, starts = sheet.tokens.tolist(), sheet.starts.tolist()
        for row, (doc, reading) in enumerate(read):
            words = slice(starts[row], starts[row + 1])
            given = partial(scored.given, words)
            feeling = int(feelings[row])
            told = logits[row].tolist()
            tag = _Tagging(doc, reading, self.version, told, feeling, given, tokens[words], is_word[words])
            doc.cats = dict(zip(HEADS, chances[row].tolist(), strict=True))
            reading.annotations.extend(tag.annotations(holds[row]))

    def to_disk(self, path: Path, *, exclude: Sequence[str] = ()) -> None:  # noqa: ARG002  spaCy passes it
        """Write what was learned into a folder."""
        assert self._weights is not None
        assert self._judgement is not None
        files.write(Path(path), self._weights, self._judgement)

    def from_disk(self, path: Path, *, exclude: Sequence[str] = ()) -> Model:  # noqa: ARG002  spaCy passes it
        """Read what was learned; NeedsAttention where the files are missing, cut, or of another version."""
        self.learned(*files.read(Path(path)))
        return self


@dataclass(frozen=True, slots=True)
class _Tagging:
    """One doc of a batch, with its part of what was scored."""

    doc: Doc
    reading: Reading
    version: str
    logits: list[float]
    feeling: int
    given: Callable[[int], list[float]]
    tokens: list[int]
    is_word: list[bool]

    def annotations(self, holds: Sequence[bool]) -> Iterator[Annotation]:
        """Yield the sentiment, what holds of intents and needs, and the concern."""
        chances = sentiment_chances(self.logits[SENTIMENT])
        for at, sure in enumerate(chances):
            self.doc.cats[HEADS[at]] = sure
        yield self._annotation(self.feeling, chances[self.feeling], score=round(chances[2] - chances[0], 3))
        for head in held(holds):
            yield self._annotation(head, chance(self.logits[head]))
        sure = chance(self.logits[CONCERN])
        concern = self._annotation(CONCERN, sure) if holds[CONCERN] else None
        if concern is not None and concern.because:
            yield concern
        else:  # also where no word speaks for it: nobody could be shown why
            yield Annotation(
                kind="concern",
                label="no",
                confidence=round(1.0 - sure, 3),
                origin="model",
                version=self.version,
            )

    def _annotation(self, head: int, sure: float, *, score: float | None = None) -> Annotation:
        kind, label = _KINDS[head]
        return Annotation(
            kind=kind,
            label=label,
            confidence=round(sure, 3),
            score=score,
            because=reasons(self.doc, self.reading, self.tokens, self.given(head), self.is_word),
            origin="model",
            version=self.version,
        )


@Language.factory(MODEL)
def _model(nlp: Language, name: str) -> Model:  # noqa: ARG001  spaCy passes both by name
    return Model()
