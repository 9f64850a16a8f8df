"""A spaCy pipeline of the user's own, above a tier: its entities and its categories count, where it has them.

- A name that is only part of a longer person, place or event is another's: "Northside" in "Northside Shelter Road".
- A category that is called as one of our heads (``sentiment:negative``, ``need:access``, ``concern:yes``) takes that
  kind of tag over from the tier. Its vectors serve its own components; nothing else of ours reads vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.contract import Analysis, Analyzer
from analysis.fold import fold
from analysis.heads import HEADS, parts
from errors import NeedsAttention
from model import Annotation, AnnotationKind, Mention, Reason

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_LEAST = 0.5
_OTHERS = frozenset({"PERSON", "PER", "FAC", "GPE", "LOC", "EVENT", "WORK_OF_ART"})
"""Entities of these labels are not us; one of another label ("the Northside Shelter") may be."""

_KINDS: Mapping[str, AnnotationKind] = {
    "sentiment": "sentiment",
    "intent": "intent",
    "need": "need",
    "concern": "concern",
}
Span = tuple[str, int, int]


class OwnPipeline:
    """The analyser of a tier with a user's pipeline above it, for the languages that the pipeline is made for."""

    def __init__(self, tier: Analyzer, nlp: Language) -> None:
        self._tier = tier
        self._nlp = nlp
        self.name = tier.name
        made = f"{nlp.meta.get('lang')}_{nlp.meta.get('name')}-{nlp.meta.get('version')}"
        self._version = made
        self.version = hashlib.sha256(f"{tier.version} {made} {nlp.pipe_names}".encode()).hexdigest()[:12]

    def analyze(self, mentions: Sequence[Mention]) -> Sequence[Analysis]:
        """Return one Analysis a mention, in order; a mention in another language keeps what the tier says."""
        read = self._tier.analyze(mentions)
        with self._nlp.memory_zone():
            return [self._above(mention, found) for mention, found in zip(mentions, read, strict=True)]

    def _above(self, mention: Mention, found: Analysis) -> Analysis:
        if self._nlp.lang not in (found.lang, "xx"):
            return found
        folded = fold(mention.text, mention.title)
        if not folded.text.strip():  # some categorizers stop at an empty text
            return found
        doc = self._nlp(folded.text)
        entities = [
            folded.place(entity.start_char, entity.end_char)[:3]
            for entity in doc.ents
            if entity.label_ in _OTHERS
        ]
        kept = [one for one in found.annotations if not any(_is_anothers(one, entity) for entity in entities)]
        own = list(self._own(doc))
        taken = {one.kind for one in own}
        return replace(found, annotations=(*(one for one in kept if one.kind not in taken), *own))

    def _own(self, doc: Doc) -> Iterator[Annotation]:
        """Yield the tags of the pipeline's own categories."""
        cats = {head: float(doc.cats[head]) for head in HEADS if head in doc.cats}
        feelings = {head: told for head, told in cats.items() if head.startswith("sentiment:")}
        if feelings:
            best = max(feelings, key=lambda head: feelings[head])
            score = feelings.get("sentiment:positive", 0.0) - feelings.get("sentiment:negative", 0.0)
            yield self._tag(best, feelings[best], round(score, 3))
        for head, told in cats.items():
            if head == "concern:yes":
                yield self._tag(head if told >= _LEAST else "concern:no", max(told, 1 - told))
            elif head not in feelings and told >= _LEAST:
                yield self._tag(head, told)

    def _tag(self, head: str, confidence: float, score: float | None = None) -> Annotation:
        kind, label = parts(head)
        return Annotation(
            kind=_KINDS[kind],
            label=label,
            confidence=round(confidence, 3),
            score=score,
            origin="model",
            version=self._version,
        )


def open_pipeline(name: str) -> Language:
    """Return the spaCy pipeline of a package's name or a folder; NeedsAttention where there is none."""
    import spacy

    try:
        return spacy.load(name)
    except (OSError, ValueError, ImportError) as error:
        raise NeedsAttention(
            f"[analysis] pipeline = {name!r}: spaCy cannot open it ({str(error).splitlines()[0]}); "
            f"install it (python -m spacy download {name}), give the folder of one, or leave the key out"
        ) from error


def _is_anothers(annotation: Annotation, entity: Span) -> bool:
    """Whether a name is part of a longer entity."""
    if annotation.kind not in ("partner", "us") or not annotation.because:
        return False
    reason: Reason = annotation.because[0]
    place, start, end = entity
    inside = reason.place == place and start <= reason.start and reason.end <= end
    return inside and (start, end) != (reason.start, reason.end)
