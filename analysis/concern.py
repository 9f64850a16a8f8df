"""The component that says whether the words are a concern about us: a fault, claimed, and ours.

What a fault is, the rules say; whether it is claimed, analysis/faults.py; whose it is, analysis/blame.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.blame import actors, is_about_us
from analysis.fold import fold
from analysis.names import Names
from analysis.reading import Hit, Name, Reading, reading_of, reason
from analysis.rulebook import version
from analysis.scope import sentences_apart
from model import Annotation

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc


class Concern:
    """Judges a reading; keeps the names to see whether what a mention answers named us."""

    def __init__(self, nlp: Language, names: Names) -> None:
        self._nlp = nlp
        self._names = names

    def __call__(self, doc: Doc) -> Doc:
        """Add the one annotation ``concern``, yes or no; nothing where no rules are known."""
        reading = reading_of(doc)
        if not reading.readable:
            return doc
        ours = self._is_our_thread(reading)
        named = actors(reading) if reading.faults else []
        standing = [hit for hit in reading.faults if _stands(reading, hit, named, ours)]
        reading.annotations.append(_annotation(doc, standing))
        return doc

    def _is_our_thread(self, reading: Reading) -> bool:
        """Whether the mention answers us, or something that named us."""
        mention = reading.mention
        if mention.in_our_thread or not mention.parent_text:
            return mention.in_our_thread
        parent = self._nlp.make_doc(fold(mention.parent_text).text)
        return any(name.who == "us" for name in self._names.named(parent, mention.channel))


def _stands(reading: Reading, hit: Hit, named: Sequence[Name], ours: bool) -> bool:
    if _is_nobodys(reading, hit):
        return False
    if reading.mention.by_us:
        return _is_admitted(reading, hit)
    return is_about_us(reading, hit, named, ours)


def _annotation(doc: Doc, standing: list[Hit]) -> Annotation:
    """Return the verdict; the confidence is rough (rules are not calibrated): it grows with each fault."""
    because = tuple(reason(doc, hit.start, hit.end, 1.0 / len(standing)) for hit in standing)
    confidence = min(0.95, 0.7 + 0.1 * len(standing)) if standing else 0.8
    return Annotation(
        kind="concern",
        label="yes" if standing else "no",
        confidence=round(confidence, 2),
        because=because,
        version=version("concern"),
    )


def _is_nobodys(reading: Reading, hit: Hit) -> bool:
    """Whether a storm or an accident stands beside the fault as its cause."""
    return any(sentences_apart(reading, cue, hit) == 0 for cue in reading.of("context", "excuse"))


def _is_admitted(reading: Reading, hit: Hit) -> bool:
    """Whether we say ourselves that the fault is ours, in the sentence of the fault or the one before."""
    return any(0 <= sentences_apart(reading, cue, hit) <= 1 for cue in reading.of("actor", "admits"))
