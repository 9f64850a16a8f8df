"""The fast tier's model as a spaCy component: it sets ``doc.cats`` and the reading's annotations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import cast

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from analysis import files
from analysis.batches import AT_ONCE, batches
from analysis.because import Mask, stretches
from analysis.concern import told_together
from analysis.heads import CONCERN, HEADS, SENTIMENT, parts
from analysis.judgement import Judgement, alert_pays, chances, held, least_concerns, logit
from analysis.linear import SOUTHERN, Scored, Weights, score
from analysis.reading import Reading, reading_of, reason
from analysis.sheet import Sheet, lay_out
from analysis.vocabulary import Vocabulary
from model import Annotation, AnnotationKind

MODEL = "earshot_model"

_KINDS = tuple(cast("tuple[AnnotationKind, str]", parts(head)) for head in HEADS)

Earned = tuple[int, int, float]
"""Where a stretch begins and ends in the folded text, and its share of all that speaks for the tag."""

_WORDS_AT_ONCE = 100_000
"""Words, counted once a tag, for which it is found at once what each of them gave: some 20 MB."""


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
        self._vocabulary = Vocabulary(weights.words, weights.convolution)

    def weigh(self, missed_concern_costs: float) -> None:
        """Take a partner's words for a concern from where an alert is cheaper than to miss one, others' no sooner."""
        self._alert_pays = float(logit(alert_pays(missed_concern_costs)))

    def __call__(self, doc: Doc) -> Doc:
        """Judge one doc."""
        self._judge([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = AT_ONCE) -> Iterator[Doc]:
        """Judge many docs, ``batch_size`` at a time, or fewer that are long."""
        for batch in batches(stream, batch_size):
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
        shares, slopes, shifts, least = (part[southern.astype(int)] for part in self._judged)
        scores = told_together(scored, sheet, self._vocabulary, self._weights, shares)
        logits = slopes * scores + shifts
        partners = np.array([reading.mention.author_partner is not None for _, reading in read])
        least[:, CONCERN] = least_concerns(least[:, CONCERN], partners, self._alert_pays)
        holds = (logits >= least).tolist()
        # each recall counts alike in what is chosen, as in training; how sure it is counts what is frequent
        feelings = scores[:, SENTIMENT].argmax(axis=1).tolist()
        tagged = [_heads(feeling, holding) for feeling, holding in zip(feelings, holds, strict=True)]
        earned = _earned(tagged, scored, sheet, self._vocabulary.is_word[sheet.words])
        for (doc, reading), heads, sure in zip(read, tagged, chances(logits).tolist(), strict=True):
            doc.cats = dict(zip(HEADS, sure, strict=True))
            tag = _Tagging(reading, self.version, sure)
            reading.annotations.extend(tag.annotations(heads, list(islice(earned, len(heads)))))

    def to_disk(self, path: Path, *, exclude: Sequence[str] = ()) -> None:  # noqa: ARG002  spaCy passes it
        """Write what was learned into a folder."""
        assert self._weights is not None
        assert self._judgement is not None
        files.write(Path(path), self._weights, self._judgement)

    def from_disk(self, path: Path, *, exclude: Sequence[str] = ()) -> Model:  # noqa: ARG002  spaCy passes it
        """Read what was learned; NeedsAttention where the files are missing, cut, or of another version."""
        self.learned(*files.read(Path(path)))
        return self


def _heads(feeling: int, holds: Sequence[bool]) -> list[int]:
    """Return the heads that a mention is tagged with, in the order in which they are told."""
    found = [feeling, *held(holds)]
    if holds[CONCERN]:
        found.append(CONCERN)
    return found


def _earned(
    tagged: Sequence[Sequence[int]], scored: Scored, sheet: Sheet, is_word: Mask
) -> Iterator[Sequence[Earned]]:
    """Yield the stretches that earned each tag, mention after mention; as many tags at once as take little memory."""
    heads = np.array([head for found in tagged for head in found])
    mentions = np.repeat(np.arange(len(tagged)), [len(found) for found in tagged])
    lengths = np.diff(sheet.starts)[mentions]
    cuts = np.flatnonzero(np.diff(np.cumsum(lengths) // _WORDS_AT_ONCE)) + 1
    for some in np.split(np.arange(len(heads)), cuts):
        starts = np.concatenate(([0], np.cumsum(lengths[some])))
        shift = sheet.starts[mentions[some]] - starts[:-1]
        words = np.arange(starts[-1]) + np.repeat(shift, lengths[some])
        given = scored.given(words, np.repeat(heads[some], lengths[some]))
        found = stretches(given, starts, is_word[words])
        firsts = sheet.spans[words[found.firsts], 0]
        ends = sheet.spans[words[found.ends - 1], 1]
        each = list(zip(firsts.tolist(), ends.tolist(), found.shares.tolist(), strict=True))
        of_tag = np.searchsorted(found.tags, np.arange(len(some) + 1)).tolist()
        yield from (each[first:end] for first, end in pairwise(of_tag))


@dataclass(frozen=True, slots=True)
class _Tagging:
    """One mention of a batch, and how sure each head is."""

    reading: Reading
    version: str
    sure: Sequence[float]

    def annotations(self, heads: Sequence[int], earned: Sequence[Sequence[Earned]]) -> Iterator[Annotation]:
        """Yield a tag for each head, with the stretches that earned it; that it is no concern where none is held, or
        where no word speaks for it: nobody could be shown why."""
        concern = False
        for head, found in zip(heads, earned, strict=True):
            if head != CONCERN:
                yield self._annotation(head, found)
            elif found:
                concern = True
                yield self._annotation(head, found)
        if not concern:
            yield Annotation(
                kind="concern",
                label="no",
                confidence=round(1.0 - self.sure[CONCERN], 3),
                origin="model",
                version=self.version,
            )

    def _annotation(self, head: int, found: Sequence[Earned]) -> Annotation:
        kind, label = _KINDS[head]
        return Annotation(
            kind=kind,
            label=label,
            confidence=round(self.sure[head], 3),
            score=round(self.sure[2] - self.sure[0], 3) if head < SENTIMENT.stop else None,
            because=tuple([reason(self.reading, *stretch) for stretch in found]),
            origin="model",
            version=self.version,
        )


@Language.factory(MODEL)
def _model(nlp: Language, name: str) -> Model:  # noqa: ARG001  spaCy passes both by name
    return Model()
