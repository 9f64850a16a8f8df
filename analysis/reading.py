"""What is known of one mention while it walks through the pipeline; each component adds its part.

It lies in ``doc.user_data``, so that a component of another make (a trained model, a user's own spaCy pipeline) can
take the place of one of ours by writing the same part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from analysis.clauses import Clauses
from analysis.fold import Folded
from model import Annotation, Mention, Reason

if TYPE_CHECKING:
    from spacy.tokens import Doc

KEY = "earshot"
UNKNOWN = "und"
NO_CLAUSES = Clauses((), (), frozenset())

Who = Literal["us", "partner", "other"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that was met, at the tokens ``start`` to ``end``; ``gaps`` are the tokens that it left open."""

    group: str
    label: str
    start: int
    end: int
    gaps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """Somebody who is named: us, a partner, or somebody else, at tokens ``start`` to ``end``."""

    who: Who
    name: str
    start: int
    end: int


@dataclass(slots=True)
class Reading:
    """The work on one mention: facts in, annotations out."""

    mention: Mention
    folded: Folded
    written: list[str] = field(default_factory=list)  # the tokens, folded
    words: list[str] = field(default_factory=list)  # the same in lower case
    lang: str = UNKNOWN
    lang_confidence: float = 0.0
    readable: tuple[str, ...] = ()  # the languages whose rules are tried
    names: list[Name] = field(default_factory=list)
    hits: Mapping[str, list[Hit]] = field(default_factory=dict)  # by group
    faults: list[Hit] = field(default_factory=list)  # of fault and trouble, those that are really claimed
    clauses: Clauses = NO_CLAUSES
    annotations: list[Annotation] = field(default_factory=list)

    def of(self, group: str, *labels: str) -> Iterator[Hit]:
        """Yield the hits of a group, of the labels if some are given, in the order of the text."""
        for hit in self.hits.get(group, ()):
            if not labels or hit.label in labels:
                yield hit


def reading_of(doc: Doc) -> Reading:
    """Return the reading that a component works on."""
    reading = doc.user_data[KEY]
    assert isinstance(reading, Reading)
    return reading


def reason(doc: Doc, start: int, end: int, weight: float) -> Reason:
    """Return tokens ``start`` to ``end`` as the words that were written, with their weight."""
    span = doc[start:end]
    place, first, last, text = reading_of(doc).folded.place(span.start_char, span.end_char)
    return Reason(place, first, last, text, round(weight, 3))
